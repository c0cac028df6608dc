import { randomBytes } from 'node:crypto';
import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import { type Clock, followShift, type Probe, type ShiftProgress } from './follow-shift.ts';
import {
  isOpen,
  type ReleaseRecord,
  type ReleaseState,
  type ReleaseStep,
  type ScenariosTried,
} from './record.ts';
import { asRunner, type Role } from './runner.ts';
import {
  BUSY,
  type Execution,
  executionName,
  lastAttempt,
  type ShiftingInput,
  type ShiftStep,
} from './shifting.ts';
import { Conflict, type RecordChange, type ReleaseRecords, type TrafficControl } from './stage.ts';
import { idleEnvironment, shareOf, splitText } from './traffic.ts';

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
  /** How long alarms speak of what `prove` has done: cars that were silent on purpose look like a backend that fails. */
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

/** Failed cases that the record names. */
const NAMED = 10;

/**
 * The whole sequence: the idle environment gets the code, is tried, and takes over traffic step by step. What is done
 * next is read from the record alone, and every effect is conditional or may be repeated; so a release that was broken
 * off goes on from there, whoever calls this, and several callers at once do the same release once.
 * @returns the record, of a release that has ended
 * @throws AppError if it cannot go on now; then the release stays open
 */
export async function release(parts: ReleaseParts): Promise<ReleaseRecord> {
  const { records, tell } = parts;
  const { releaseId } = await openOrResume(parts);
  const read = async () => {
    const record = await records.get(releaseId);
    if (record === undefined) throw new AppError(`The record of the release ${releaseId} is gone`);
    return record;
  };
  await asRunner(parts, releaseId, async (role) => {
    for (let record = await read(); isOpen(record); record = await read()) {
      try {
        if (record.state === 'SHIFTING') await shift(parts, record, role);
        else await bringUp(parts, record);
      } catch (error) {
        if (!(error instanceof Conflict)) throw error;
        if (!(await role.takeAgain())) {
          throw new AppError('Another process has taken the release over. Run this again to look on', {
            cause: error,
          });
        }
        tell('The release was changed meanwhile: looks again');
      }
    }
  });
  return read();
}

async function openOrResume({ records, traffic, clock, tell }: ReleaseParts): Promise<ReleaseRecord> {
  for (;;) {
    const newest = await records.newest();
    if (newest !== undefined && isOpen(newest)) {
      tell(`Goes on with release ${newest.releaseId} of ${newest.environment}, which is ${newest.state}`);
      return newest;
    }
    const now = await traffic.traffic();
    const environment = idleEnvironment(now);
    if (now.holder !== undefined) throw busy(now.holder);
    if (environment === undefined) {
      throw new AppError(
        `Traffic is split (${splitText(now.blue)}) and no release is under way. ` +
          'Move all of it to one environment (npm run traffic -- set blue 100), then run this again',
      );
    }
    const at = clock.now().toISOString();
    const record: ReleaseRecord = {
      releaseId: releaseIdAt(at),
      environment,
      state: 'DEPLOYING',
      startedAt: at,
      steps: [{ at, what: 'opened', detail: `${splitText(now.blue)}; ${environment} is released` }],
    };
    try {
      await records.open(record, newest?.releaseId);
      tell(`Release ${record.releaseId}: ${environment} has no traffic and gets the new version`);
      return record;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      // Somebody opened one in between: go on with that.
    }
  }
}

/** Begins with the time, so that ids sort by it; the rest keeps two of the same second apart. */
const releaseIdAt = (at: string): string =>
  `${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;

const busy = (holder: string): AppError =>
  new AppError(
    `Busy: ${holder.split(':').at(-1)} moves traffic now. ` +
      'Wait until it is done (npm run traffic -- show), then run this again',
  );

/** Deploys and proves: up to here, no customer is on the new version. */
async function bringUp(parts: ReleaseParts, record: ReleaseRecord): Promise<void> {
  const { records, deploy, prove, scenarios, runner, tell, traffic } = parts;
  const { releaseId, environment } = record;
  const change = (states: readonly ReleaseState[], changes: RecordChange) =>
    records.change(releaseId, changes, { states, runner });

  await requireIdle(parts, environment);
  if (record.version !== undefined) {
    tell(
      `Version ${record.version} is there; deploys it again in case that something else was deployed since`,
    );
  }
  const version = await deploy(environment);
  await change(['DEPLOYING', 'PROVING'], {
    state: 'PROVING',
    version,
    ...(record.version === version ? {} : { step: stepOf(parts, 'deployed', `version ${version}`) }),
  });

  if (record.proved === version && (record.scenarios === scenarios || record.scenarios === 'all')) {
    tell(`Version ${version} has been proved before`);
  } else {
    tell(`Proves version ${version} at ${environment}`);
    const { detail, failures } = await prove(environment, version);
    if (failures.length > 0) {
      const step = stepOf(parts, 'refused', refusal(detail, failures));
      await change(['PROVING'], { state: 'REFUSED', endedAt: step.at, step });
      return;
    }
    await change(['PROVING'], { proved: version, scenarios, step: stepOf(parts, 'proved', detail) });
    tell(`Proved: ${detail}`);
  }

  await settleAlarms(parts, releaseId);
  await requireIdle(parts, environment);
  // Said before it is started: a start that was not recorded could not be found again.
  await change(['PROVING'], {
    state: 'SHIFTING',
    execution: traffic.executionArn(executionName(releaseId, 1)),
  });
}

async function settleAlarms(
  { records, settleSeconds, clock, tell, signal }: ReleaseParts,
  releaseId: string,
): Promise<void> {
  const record = await records.get(releaseId);
  const proved = record?.steps.findLast(({ what }) => what === 'proved');
  if (proved === undefined) return;
  const left = Date.parse(proved.at) + settleSeconds * 1000 - clock.now().getTime();
  if (left <= 0) return;
  tell(`Waits ${Math.ceil(left / 1000)} s, until alarms have forgotten the scenarios' failures`);
  await clock.pause(left, signal);
  signal.throwIfAborted();
}

const stepOf = ({ clock }: Pick<ReleaseParts, 'clock'>, what: string, detail?: string): ReleaseStep => ({
  at: clock.now().toISOString(),
  what,
  ...(detail === undefined ? {} : { detail }),
});

const refusal = (detail: string, failures: readonly string[]): string =>
  [
    detail,
    ...failures.slice(0, NAMED),
    ...(failures.length > NAMED ? [`and ${failures.length - NAMED} more`] : []),
  ].join('; ');

/** Nothing is deployed where customers are. */
async function requireIdle({ traffic }: ReleaseParts, environment: EnvironmentName): Promise<void> {
  const { blue, holder } = await traffic.traffic();
  if (holder !== undefined) throw busy(holder);
  const share = shareOf(environment, blue);
  if (share > 0) {
    throw new AppError(
      `${environment} gets ${share} % of traffic, moved by somebody while it was released. ` +
        `Move it away (npm run traffic -- set ${environment} 0 --force) and run this again, ` +
        'or close the release: npm run release -- --abandon',
    );
  }
}

/** Starts the shift, or finds the one that was started, and follows it to its end. */
async function shift(
  parts: ReleaseParts,
  record: ReleaseRecord,
  { isRunner, lookedOn }: Role,
): Promise<void> {
  const { records, traffic, steps, runner, tell } = parts;
  const { releaseId, environment, version } = record;
  const input: ShiftingInput = {
    action: 'shift',
    environment,
    steps,
    reason: `release ${releaseId} of version ${version}`,
    releaseId,
  };
  let attempt = Math.max(1, lastAttempt(record));
  const found = await traffic.execution(traffic.executionArn(executionName(releaseId, attempt)));
  if (found !== undefined && isAbnormal(found.status)) {
    // Whether it begins anew is for a person to say, and the one who looks on may not even be there.
    if (lookedOn) throw interrupted(found);
    tell(`The shift ended as ${found.status}${found.reason === undefined ? '' : `: ${found.reason}`}`);
    await goBack(parts, record, attempt, found.arn);
    attempt += 1;
    await records.change(
      releaseId,
      { execution: traffic.executionArn(executionName(releaseId, attempt)) },
      { states: ['SHIFTING'], runner },
    );
  }
  const arn =
    found === undefined || isAbnormal(found.status)
      ? await traffic.start(executionName(releaseId, attempt), input)
      : found.arn;
  tell(found?.status === 'RUNNING' ? 'The shift is under way' : `Shifts traffic to ${environment}`);

  const { execution, failedProbe } = await followShift(parts, { arn, environment, isRunner });
  if (isAbnormal(execution.status)) {
    if (execution.reason?.startsWith(BUSY)) throw busy((await traffic.traffic()).holder ?? arn);
    throw interrupted(execution);
  }
  await settle(parts, record, execution.outcome, execution.reason, failedProbe);
}

const interrupted = ({ status, reason }: Execution): AppError =>
  new AppError(
    `The shift ended as ${status}: ${reason ?? 'no reason given'}. ` +
      'The door is brought to what the table says by itself. ' +
      'Run this again to take traffic back and begin the shift anew, or: npm run traffic -- rollback',
  );

const isAbnormal = (status: string): boolean => status !== 'RUNNING' && status !== 'SUCCEEDED';

/**
 * After a shift that ended abnormally half-way: all traffic back, and it begins anew. If it went on from where it was,
 * a rollback would take it back no farther than there.
 */
async function goBack(
  parts: ReleaseParts,
  { releaseId, environment }: ReleaseRecord,
  attempt: number,
  failed: string,
): Promise<void> {
  const { traffic, records, runner, tell } = parts;
  const before = await traffic.traffic();
  if (before.holder === failed) {
    // EventBridge has started the same repair, or will: either finds nothing left to do.
    await finished(parts, `${releaseId}-repair-${attempt}`, { action: 'repair', failed });
  }
  const { holder, blue } = await traffic.traffic();
  if (holder !== undefined) throw busy(holder);
  const share = shareOf(environment, blue);
  if (share === 0) return;
  tell(`${environment} has ${share} %: takes traffic back first`);
  await finished(parts, `${releaseId}-back-${attempt}`, {
    action: 'shift',
    environment,
    steps: [{ percent: 0, seconds: 0 }],
    reason: `the shift of release ${releaseId} was interrupted`,
  });
  const step = stepOf(parts, 'taken-back', `the shift was interrupted at ${share} %`);
  await records.change(releaseId, { step }, { states: ['SHIFTING'], runner });
}

/** Starts the workflow and waits for its end. @throws AppError unless it succeeds */
async function finished(
  { traffic, clock, signal }: ReleaseParts,
  name: string,
  input: ShiftingInput,
): Promise<void> {
  const arn = await traffic.start(name, input);
  for (;;) {
    const execution = await traffic.execution(arn);
    if (execution?.status === 'SUCCEEDED') return;
    if (execution !== undefined && execution.status !== 'RUNNING') {
      if (execution.reason?.startsWith(BUSY)) throw busy((await traffic.traffic()).holder ?? arn);
      throw new AppError(`${name} ended as ${execution.status}: ${execution.reason ?? 'no reason given'}`);
    }
    signal.throwIfAborted();
    await clock.pause(1000, signal);
  }
}

/** The workflow has written how it ended; unless it could not, for that must not keep it from ending. */
async function settle(
  parts: ReleaseParts,
  { releaseId }: ReleaseRecord,
  outcome: string | undefined,
  reason: string | undefined,
  failedProbe: string | undefined,
): Promise<void> {
  const { records, traffic, clock, tell } = parts;
  const states: readonly ReleaseState[] = ['SHIFTING', 'RELEASED'];
  let rolledBack = outcome === 'ROLLED_BACK';
  let why = reason;
  if (!rolledBack && failedProbe !== undefined) {
    tell('The last probe failed when all traffic had been shifted: takes it back');
    await finished(parts, `${releaseId}-probe`, { action: 'rollback', reason: failedProbe });
    rolledBack = true;
    why = failedProbe;
  }
  const record = await records.get(releaseId);
  const wanted: ReleaseState = rolledBack ? 'ROLLED_BACK' : 'RELEASED';
  if (record !== undefined && record.state !== wanted) {
    const { blue } = await traffic.traffic();
    const step = stepOf(parts, rolledBack ? 'rolled-back' : 'released', why ?? splitText(blue));
    await records
      .change(releaseId, { state: wanted, endedAt: clock.now().toISOString(), step }, { states })
      .catch((error: unknown) => {
        // Another process has settled it the same way.
        if (!(error instanceof Conflict)) throw error;
      });
  }
}

/**
 * Closes an open release whose new version has no customers.
 * @throws AppError if there is none, or customers are on the new version
 */
export async function abandon(
  parts: Pick<ReleaseParts, 'records' | 'traffic' | 'clock' | 'runner'>,
): Promise<ReleaseRecord> {
  const { records, traffic, clock, runner } = parts;
  const open = await records.newest();
  if (open === undefined || !isOpen(open)) throw new AppError('No release is open');
  const { releaseId, environment, execution } = open;
  if (!(await records.take(releaseId, runner, clock.now(), clock.now()))) {
    throw new AppError(
      `${open.runner} carries out the release. End that first (Ctrl-C), or wait half a minute`,
    );
  }
  const running = execution === undefined ? undefined : await traffic.execution(execution);
  const share = shareOf(environment, (await traffic.traffic()).blue);
  if (running?.status === 'RUNNING' || share > 0) {
    throw new AppError(
      `The shift has begun, ${environment} gets ${share} % of traffic. ` +
        `Take it back instead: npm run traffic -- ${running?.status === 'RUNNING' ? 'rollback' : `set ${environment} 0`}`,
    );
  }
  const step = stepOf(parts, 'abandoned', `was ${open.state}`);
  try {
    await records.change(
      releaseId,
      { state: 'ABANDONED', endedAt: step.at, step },
      { states: [open.state], runner },
    );
  } catch (error) {
    if (!(error instanceof Conflict)) throw error;
    throw new AppError('The release was changed meanwhile. Look at it again: npm run release -- --show', {
      cause: error,
    });
  }
  return { ...open, state: 'ABANDONED', steps: [...open.steps, step] };
}
