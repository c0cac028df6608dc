import * as z from 'zod';
import { VehicleAnswer } from '../functions/vehicle-generations/vehicle-message.ts';
import behaviours from './behaviours.json' with { type: 'json' };

const Delay = z.int().min(0).max(900_000);

/** One thing that a vehicle sends after it received a command. */
const Step = z.union([
  z.strictObject({
    /** Milliseconds from the command's receipt. */
    afterMs: Delay,
    state: VehicleAnswer.shape.state,
    /** The vehicle's own code for a rejection. */
    code: z.string().optional(),
    /** How often it sends this very message; once by default. */
    copies: z.int().min(1).max(10).optional(),
  }),
  z.strictObject({
    afterMs: Delay,
    /** Sent as it is, in place of a payload. */
    garbage: z.string(),
  }),
]);
export type Step = z.infer<typeof Step>;

/** A vehicle that does not listen until it is woken, and soon falls asleep again. */
const Sleeps = z.strictObject({
  /** From the wake-up call until it listens; `null`: it never does. */
  wakesAfterSeconds: z.int().min(0).max(900).nullable(),
});

/** What a simulated vehicle does with each command, or with those of single services. */
export const Behaviour = z.strictObject({
  description: z.string(),
  sleeps: Sleeps.optional(),
  steps: z.array(Step),
  /** By the name that vehicles know the service by. */
  services: z.record(z.string(), z.array(Step)).optional(),
});

export type Behaviour = z.infer<typeof Behaviour>;

/** The simulator's scenarios: more cases are more data in `behaviours.json`. */
export const BEHAVIOURS = z.record(z.string(), Behaviour).parse(behaviours);

/** @throws Error for a name that `behaviours.json` does not have */
export function stepsOf(behaviourName: string, service: string): readonly Step[] {
  const behaviour = BEHAVIOURS[behaviourName];
  if (behaviour === undefined) throw new Error(`behaviours.json has no behaviour '${behaviourName}'`);
  return behaviour.services?.[service] ?? behaviour.steps;
}
