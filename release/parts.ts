import { hostname, userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WhoActs } from '../bin/session.ts';
import { type StageAccess, testSecretOf } from '../bin/stage-access.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import type { Outcome } from '../vehicle-simulator/runner/run-cases.ts';
import type { StageUnderTest } from '../vehicle-simulator/runner/stage-under-test.ts';
import type { Case } from '../vehicle-simulator/scenarios/case.ts';
import { releaseRecords, trafficControl } from './aws.ts';
import type { Clock } from './clock.ts';
import type { ShiftProgress } from './follow-shift.ts';
import { probeOf } from './probes.ts';
import { proofOf } from './prove.ts';
import type { ScenariosTried } from './record.ts';
import type { ReleaseParts } from './release-parts.ts';
import type { ShiftStep } from './shifting.ts';

export const CLOCK: Clock = {
  now: () => new Date(),
  pause: async (milliseconds, signal) => {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  },
};

/** A name that no other process has, and that says whom to ask. */
export const thisProcess = (): string => `${userInfo().username}@${hostname()} (process ${process.pid})`;

export interface StagePartsOptions {
  readonly access: StageAccess;
  /** Base URL of the stage. */
  readonly base: string;
  readonly who: WhoActs;
  readonly deploy: ReleaseParts['deploy'];
  /** What a version must hold; `run` tries them at the environment. */
  readonly cases: readonly Case[];
  readonly scenarios: ScenariosTried;
  readonly openStageUnderTest: (environment: EnvironmentName) => Promise<StageUnderTest>;
  readonly run: (
    cases: readonly Case[],
    stage: StageUnderTest,
    environment: EnvironmentName,
  ) => Promise<Outcome[]>;
  /** How long failures show in the stage's alarms. */
  readonly alarmSeconds: number;
  /** Cases that are tried again and again while traffic shifts. */
  readonly probes: readonly Case[];
  readonly steps: readonly ShiftStep[];
  readonly tell: (line: string) => void;
  readonly onProgress: (progress: ShiftProgress) => void;
  readonly signal: AbortSignal;
}

/**
 * The parts of a release on a stage with simulated vehicles.
 * @throws AppError if the stage has no front door
 */
export async function partsOf(options: StagePartsOptions): Promise<ReleaseParts> {
  const { access, base, who, deploy, cases, scenarios, run, probes, steps, tell, onProgress, signal } =
    options;
  const alarming = cases.some(({ expect }) => expect.end !== 'EXECUTED');
  const secret = await testSecretOf(access);
  return {
    records: releaseRecords(access),
    traffic: trafficControl(access),
    deploy,
    prove: async (environment) => {
      const stage = await options.openStageUnderTest(environment);
      const outcomes = await run(cases, stage, environment);
      // What was broken off is no proof of anything.
      signal.throwIfAborted();
      return proofOf(outcomes, environment, access);
    },
    settleSeconds: alarming ? options.alarmSeconds : 0,
    scenarios,
    probe: probeOf({ base, who, secret, cases: probes, signal }),
    steps,
    runner: thisProcess(),
    clock: CLOCK,
    tell,
    onProgress,
    signal,
  };
}
