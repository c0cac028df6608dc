import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import type { Clock } from './clock.ts';
import { executionOf } from './executions.ts';
import { type Probe, type ProbeCounts, Prober } from './prober.ts';
import type { Execution, ShiftStep } from './shifting.ts';
import type { TrafficControl } from './stage.ts';
import { shareOf } from './traffic.ts';

/** Where a shift stands. */
export interface ShiftProgress {
  readonly environment: EnvironmentName;
  /** Of traffic that the environment gets. */
  readonly percent: number;
  /** Counted from 1; undefined between steps. */
  readonly step: number | undefined;
  readonly steps: number;
  /** Until the next step. */
  readonly secondsLeft: number | undefined;
  readonly probes: ProbeCounts;
}

export interface FollowParts {
  readonly traffic: TrafficControl;
  readonly probe?: Probe;
  readonly steps: readonly ShiftStep[];
  readonly clock: Clock;
  readonly tell: (line: string) => void;
  readonly onProgress: (progress: ShiftProgress) => void;
  readonly signal: AbortSignal;
}

export interface Followed {
  /** Of the execution. */
  readonly arn: string;
  readonly environment: EnvironmentName;
  /** Started by this process, which so knows of all its probes. */
  readonly isNew: boolean;
  readonly isRunner: () => boolean;
  /** That was found before, by a process that did not come to the end. */
  readonly failure?: string;
  /** Writes down that the version must not keep traffic. May be repeated. */
  readonly remember: (failure: string) => Promise<void>;
}

/** Fast enough for a person who watches; two reads each. */
const LOOK_MS = 1000;

/**
 * Follows an execution of the shifting workflow to its end, and probes the environment meanwhile. The first failure is
 * a wish to go back, which is repeated until the execution has it: it may not have taken hold yet. It fulfils the wish
 * as it watches alarms, without anybody who follows.
 * @returns its end, and why the version must not keep traffic, whether it was rolled back for that or not
 * @throws AppError if the signal ends it; the shift goes on
 */
export async function followShift(
  parts: FollowParts,
  { arn, environment, isNew, isRunner, failure, remember }: Followed,
): Promise<{ execution: Execution; failure: string | undefined }> {
  const { traffic, probe, clock, tell, onProgress, signal } = parts;
  const prober = new Prober({
    probe,
    environment,
    clock,
    tell,
    ...(failure === undefined ? {} : { failure }),
  });
  let wished = false;
  for (;;) {
    const execution = await executionOf(parts, arn);
    if (execution.status !== 'RUNNING') {
      await prober.end(isNew);
      return { execution, failure: prober.failure };
    }
    if (prober.failure !== undefined && !wished) {
      try {
        await remember(prober.failure);
        wished = await traffic.wish(arn, prober.failure);
      } catch (error) {
        prober.tellOnce(`The wish to go back did not get through, is sent again: ${String(error)}`);
      }
    }
    if (signal.aborted) {
      throw new AppError(
        'The shift goes on without you, but without probes. Run this again to follow it; ' +
          `npm run traffic -- rollback${traffic.where} takes it back`,
      );
    }
    // Two who probe the same vehicles would be in each other's way.
    if (isRunner()) prober.next();
    onProgress({ environment, ...(await position(parts, environment)), probes: prober.counts });
    await clock.pause(LOOK_MS, signal);
  }
}

async function position({ traffic, steps, clock }: FollowParts, environment: EnvironmentName) {
  const { blue, changedAt } = await traffic.traffic();
  const percent = shareOf(environment, blue);
  const index = steps.findIndex((step) => step.percent === percent);
  const standsFor = (clock.now().getTime() - Date.parse(changedAt)) / 1000;
  const seconds = steps[index]?.seconds;
  return {
    percent,
    step: index < 0 ? undefined : index + 1,
    steps: steps.length,
    secondsLeft: seconds === undefined ? undefined : Math.max(0, Math.ceil(seconds - standsFor)),
  };
}
