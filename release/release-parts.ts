import type { EnvironmentName } from '../lib/stages.ts';
import type { Clock } from './clock.ts';
import type { ShiftProgress } from './follow-shift.ts';
import type { Probe } from './prober.ts';
import type { ReleaseStep, ScenariosTried } from './record.ts';
import type { ShiftStep } from './shifting.ts';
import type { ReleaseRecords, TrafficControl } from './stage.ts';

/** What speaks for a version, or against it. */
export interface Proof {
  /** How many cases were tried, or which proof was shown. */
  readonly detail: string;
  /** Whatever did not hold, a line for each. */
  readonly failures: readonly string[];
}

export interface ReleaseParts {
  readonly records: ReleaseRecords;
  readonly traffic: TrafficControl;
  /**
   * Brings the code to an environment that has no traffic. To repeat it changes nothing.
   * @returns its version
   */
  readonly deploy: (environment: EnvironmentName) => Promise<string>;
  /** Tries a version where it is deployed. @throws what the signal says once it is aborted */
  readonly prove: (environment: EnvironmentName, version: string) => Promise<Proof>;
  /**
   * How long alarms speak of what `prove` has done: cars that were silent on
   * purpose look like a backend that fails, and requests that must be refused like one that refuses everybody.
   */
  readonly settleSeconds: number;
  /** Which scenarios `prove` runs. */
  readonly scenarios: ScenariosTried;
  /** Absent where nothing can be tried while customers use it. */
  readonly probe?: Probe;
  readonly steps: readonly ShiftStep[];
  /** Who carries it out: a name that no other process has. */
  readonly runner: string;
  readonly clock: Clock;
  /** Is told in a line what happens. */
  readonly tell: (line: string) => void;
  readonly onProgress: (progress: ShiftProgress) => void;
  /** Ends the process's work, not the release: that is resumed later. */
  readonly signal: AbortSignal;
}

/** A step of the record, now. */
export const stepOf = (
  { clock }: Pick<ReleaseParts, 'clock'>,
  what: string,
  detail?: string,
): ReleaseStep => ({
  at: clock.now().toISOString(),
  what,
  ...(detail === undefined ? {} : { detail }),
});
