import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import type { Execution, ShiftStep } from './shifting.ts';
import type { TrafficControl } from './stage.ts';
import { shareOf } from './traffic.ts';

export interface Clock {
  now(): Date;
  /** Ends early, and without an error, when it is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/**
 * One try of the new version. `unsent` is one that never got there, or not as it should: the caller's network, another
 * command at the same vehicle; it says nothing about the version.
 */
export type ProbeResult =
  | { readonly result: 'held' }
  | { readonly result: 'failed' | 'unsent'; readonly reason: string };
export type Probe = (environment: EnvironmentName) => Promise<ProbeResult>;

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
  readonly probes: Readonly<Record<ProbeResult['result'], number>>;
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

/** Fast enough for a person who watches; two reads each. */
const LOOK_MS = 1000;
/** Each round is a few commands; a bad version is seen within that and a command's time. */
const PROBE_EVERY_MS = 5000;

/**
 * Follows an execution of the shifting workflow to its end, and probes the environment meanwhile. The first probe that
 * fails is a wish to go back: the scenarios have held for this version, so a failure is news. The workflow fulfils it,
 * as it watches alarms, without anybody who follows.
 * @returns its end, and the probe that failed, whether it was rolled back for that or not
 * @throws AppError if the signal ends it; the shift goes on
 */
export async function followShift(
  { traffic, probe, steps, clock, tell, onProgress, signal }: FollowParts,
  { arn, environment, isRunner }: { arn: string; environment: EnvironmentName; isRunner: () => boolean },
): Promise<{ execution: Execution; failedProbe: string | undefined }> {
  const probes = { held: 0, failed: 0, unsent: 0 };
  let failedProbe: string | undefined;
  const probeOnce = async (): Promise<void> => {
    const result = await probe?.(environment);
    if (result === undefined) return;
    probes[result.result] += 1;
    if (result.result === 'unsent') tell(`A probe does not count: ${result.reason}`);
    if (result.result !== 'failed' || failedProbe !== undefined) return;
    const reason = `probe failed: ${result.reason}`;
    tell(`A probe failed, traffic goes back: ${result.reason}`);
    // A wish that did not get through is thrown, and the next probe fails as this one did.
    await traffic.wish(reason);
    failedProbe = reason;
  };

  let probing: Promise<void> | undefined;
  let nextProbe = 0;
  for (;;) {
    const execution = await traffic.execution(arn);
    if (execution === undefined) throw new AppError(`There is no execution ${arn}`);
    if (execution.status !== 'RUNNING') {
      await probing;
      return { execution, failedProbe };
    }
    if (signal.aborted) {
      throw new AppError(
        'The shift goes on without you, but without probes. Run this again to follow it; npm run traffic -- rollback takes it back',
      );
    }
    const now = clock.now().getTime();
    // Two who probe the same vehicles would be in each other's way.
    if (probing === undefined && now >= nextProbe && failedProbe === undefined && isRunner()) {
      nextProbe = now + PROBE_EVERY_MS;
      probing = probeOnce()
        .catch((error: unknown) => tell(`A probe could not be made: ${String(error)}`))
        .finally(() => {
          probing = undefined;
        });
    }
    const { blue, changedAt } = await traffic.traffic();
    const percent = shareOf(environment, blue);
    const index = steps.findIndex((step) => step.percent === percent);
    const standsFor = (now - Date.parse(changedAt)) / 1000;
    const seconds = steps[index]?.seconds;
    onProgress({
      environment,
      percent,
      step: index < 0 ? undefined : index + 1,
      steps: steps.length,
      secondsLeft: seconds === undefined ? undefined : Math.max(0, Math.ceil(seconds - standsFor)),
      probes,
    });
    await clock.pause(LOOK_MS, signal);
  }
}
