import * as z from 'zod';
import { ENVIRONMENTS, type EnvironmentName } from '../lib/stages.ts';

const percent = z.number().int().min(0).max(100);

/** How traffic is split: the item `traffic` of the TrafficWeights table, which the shifting workflow writes. */
export const Traffic = z.object({
  /** Percent that goes to blue; the rest goes to green. */
  blue: percent,
  /** Of the item: one more with each change of `blue`. */
  version: z.int(),
  /** The version that the door has taken. */
  applied: z.int(),
  /** `blue` before the last shift began. */
  previous: percent,
  /** ARN of the execution that moves traffic now. */
  holder: z.string().optional(),
  /** Why somebody wants the holder to go back. */
  rollback: z.string().optional(),
  /** Of the holder; only while there is one, and if it moves traffic for a release. */
  releaseId: z.string().optional(),
  /** ISO 8601. */
  changedAt: z.string(),
});
export type Traffic = z.infer<typeof Traffic>;

/** Before anybody has moved traffic there is no item, and all goes to blue. */
export const UNMOVED: Traffic = { blue: 100, version: 0, applied: 0, previous: 100, changedAt: '' };

export const EnvironmentSchema = z.enum(ENVIRONMENTS);

/** Percent of traffic that an environment gets. */
export const shareOf = (environment: EnvironmentName, blue: number): number =>
  environment === 'blue' ? blue : 100 - blue;

/** The environment that gets nothing; undefined while both get something. */
export const idleEnvironment = ({ blue }: Pick<Traffic, 'blue'>): EnvironmentName | undefined =>
  ENVIRONMENTS.find((environment) => shareOf(environment, blue) === 0);

/** `blue 80 %, green 20 %` */
export const splitText = (blue: number): string =>
  ENVIRONMENTS.map((environment) => `${environment} ${shareOf(environment, blue)} %`).join(', ');
