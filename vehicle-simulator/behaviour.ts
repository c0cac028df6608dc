import * as z from 'zod';
import { VehicleAnswer } from '../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../functions/vehicle-reports/catalogue.ts';
import behaviours from './behaviours.json' with { type: 'json' };
import { Delay } from './delay.ts';

/** When, and how often. */
const sending = {
  /** From the command's receipt. */
  afterMs: Delay,
  /** How often it sends this very message, id and all; once by default. */
  copies: z.int().min(1).max(10).optional(),
  /** Milliseconds from one copy to the next; none by default. */
  everyMs: z.int().min(0).max(60_000).optional(),
};

const Data = z.record(z.string(), z.json());

/** It answers the command. */
export const AnswerStep = z.strictObject({
  ...sending,
  state: VehicleAnswer.shape.state,
  /** The vehicle's own code for a rejection. */
  code: VehicleAnswer.shape.code,
  /** What it mistakes the command for; nothing by default. */
  to: z.enum(['UNKNOWN_COMMAND', 'ANOTHER_SERVICE', 'UNKNOWN_SERVICE']).optional(),
  /** In place of what it would truly report when it has executed. */
  result: Data.optional(),
});

/** It sends what is no message. */
export const GarbageStep = z.strictObject({
  ...sending,
  /** Sent as it is, in place of a payload. */
  garbage: z.string(),
  /** How often the text stands in the payload: 100,000 characters at most, for brokers take 128 KB. */
  repeated: z.int().min(1).max(100_000).optional(),
  /** The topic that it is sent to; that of answers by default. */
  on: z.enum(['answers', 'reports']).optional(),
});

/** It tells something on its own. */
export const ReportStep = z.strictObject({
  ...sending,
  report: z.enum(REPORTS.map(({ reportType }) => reportType)),
  /** In place of the catalogue's example. */
  data: Data.optional(),
});

/** One thing that a vehicle sends after it received a command. */
const Step = z.union([AnswerStep, GarbageStep, ReportStep]);
export type Step = z.infer<typeof Step>;
export type AnswerStep = z.infer<typeof AnswerStep>;
export type ReportStep = z.infer<typeof ReportStep>;

/** A vehicle that does not listen until it is woken, and soon falls asleep again. */
export const Sleeps = z.strictObject({
  /** From the wake-up call until it listens; `null`: it never does. */
  wakesAfterSeconds: z.int().min(0).max(900).nullable(),
});

/** What a simulated vehicle does with each command, or with those of single services. */
export const Behaviour = z.strictObject({
  description: z.string(),
  sleeps: Sleeps.optional(),
  /** Other seeds draw other delays; 0 by default. */
  seed: z.int().optional(),
  steps: z.array(Step),
  /** By the name that vehicles know the service by. */
  services: z.record(z.string(), z.array(Step)).optional(),
});

export type Behaviour = z.infer<typeof Behaviour>;

/** What the demo vehicles do, by name: data in `behaviours.json`. */
export const BEHAVIOURS = z.record(z.string(), Behaviour).parse(behaviours);

/** What it does with a command of the service. */
export const stepsOf = ({ steps, services }: Behaviour, service: string): readonly Step[] =>
  services?.[service] ?? steps;
