import * as z from 'zod';
import { Fault } from '../local/faults/fault.ts';
import data from './series.json' with { type: 'json' };

const common = {
  name: z.string().min(1),
  /** Load goes on for so long when nothing is wrong any more; by then the stage must have recovered. */
  recoverySeconds: z.int().positive().max(600),
};

const FaultStep = z.strictObject({
  ...common,
  /** All at the same time. */
  faults: z.array(Fault).min(1),
  /** How long they last. */
  seconds: z.int().positive().max(600),
});
export type FaultStep = z.infer<typeof FaultStep>;

const KillStep = z.strictObject({
  ...common,
  /** How often the stage's process is killed, each time a few seconds after it was ready. */
  kills: z.int().positive().max(1000),
});

export const Step = z.union([FaultStep, KillStep]);
export type Step = z.infer<typeof Step>;

export const isKill = (step: Step): step is z.infer<typeof KillStep> => 'kills' in step;

const Series = z.strictObject({
  name: z.string().regex(/^[a-z-]+$/),
  description: z.string(),
  steps: z.array(Step).min(1),
});
export type Series = z.infer<typeof Series>;

/** The game days that there are: data in `series.json`. */
export const SERIES: readonly Series[] = z.array(Series).parse(data);

/** All series one after the other, but those that kill: they need a stage of their own. */
const ALL: Series = {
  name: 'all',
  description: 'all of them but kill, one after the other',
  steps: SERIES.flatMap(({ steps }) => steps.filter((step) => !isKill(step))),
};

export const allSeries = (): readonly Series[] => [ALL, ...SERIES];
