import { AppError } from '../bin/call.ts';
import { busy } from './executions.ts';
import { followShift } from './follow-shift.ts';
import type { ReleaseRecord } from './record.ts';
import { type ReleaseParts, stepOf } from './release-parts.ts';
import type { Role } from './runner.ts';
import { BUSY, type Execution, executionName, isAbnormal, lastAttempt } from './shifting.ts';
import { Conflict, type RecordChange, type TrafficControl } from './stage.ts';
import { closeRolledBack, takeBack } from './take-back.ts';
import { splitText } from './traffic.ts';

/** Starts the shift, or finds the one that was started, and follows it to its end. */
export async function shift(
  parts: ReleaseParts,
  record: ReleaseRecord,
  { isRunner, lookedOn }: Role,
): Promise<void> {
  const { records, traffic, steps, runner, tell } = parts;
  const { releaseId, environment, version } = record;
  let attempt = Math.max(1, lastAttempt(record));
  let found = await traffic.execution(traffic.executionArn(executionName(releaseId, attempt)));
  if (found !== undefined && isAbnormal(found)) {
    // Whether it begins anew is for a person to say, and the one who looks on may not even be there.
    if (lookedOn) throw interrupted(traffic, found);
    tell(`The shift ended as ${found.status}${found.reason === undefined ? '' : `: ${found.reason}`}`);
    if (record.takeBack !== undefined) {
      await closeRolledBack(parts, record, found.arn);
      return;
    }
    await beginAnew(parts, record, found.arn);
    found = undefined;
    attempt += 1;
    await records.change(
      releaseId,
      { execution: traffic.executionArn(executionName(releaseId, attempt)) },
      { states: ['SHIFTING'], runner },
    );
  }
  const arn =
    found?.arn ??
    (await traffic.start(executionName(releaseId, attempt), {
      action: 'shift',
      environment,
      steps,
      reason: `release ${releaseId} of version ${version}`,
      releaseId,
    }));
  tell(found?.status === 'RUNNING' ? 'The shift is under way' : `Shifts traffic to ${environment}`);

  const { execution, failure } = await followShift(parts, {
    arn,
    environment,
    isNew: found === undefined,
    isRunner,
    ...(record.takeBack === undefined ? {} : { failure: record.takeBack }),
    remember: (reason) => changeUnlessEnded(parts, releaseId, { takeBack: reason }),
  });
  if (isAbnormal(execution)) {
    if (execution.reason?.startsWith(BUSY)) throw await busy(traffic);
    throw interrupted(traffic, execution);
  }
  await settle(parts, record, execution, failure);
}

const interrupted = ({ where }: TrafficControl, { status, reason }: Execution): AppError =>
  new AppError(
    `The shift ended as ${status}: ${reason ?? 'no reason given'}. ` +
      'The door is brought to what the table says by itself. ' +
      `Run this again to take traffic back and begin the shift anew, or: npm run traffic -- rollback${where}`,
  );

/**
 * After a shift that ended abnormally half-way: all traffic back. If it went on from where it was, a rollback would take
 * it back no farther than there.
 */
async function beginAnew(parts: ReleaseParts, record: ReleaseRecord, failed: string): Promise<void> {
  const { releaseId } = record;
  const share = await takeBack(parts, record, `the shift of release ${releaseId} was interrupted`, failed);
  if (share === 0) return;
  const step = stepOf(parts, 'taken-back', `the shift was interrupted at ${share} %`);
  await parts.records.change(releaseId, { step }, { states: ['SHIFTING'], runner: parts.runner });
}

/**
 * The workflow has written how it ended; unless it could not, for that must not keep it from ending. A version with a
 * failure that came too late for it is released with the intention to take it back.
 */
async function settle(
  parts: ReleaseParts,
  { releaseId }: ReleaseRecord,
  { outcome, reason }: Execution,
  failure: string | undefined,
): Promise<void> {
  const { records, traffic } = parts;
  const rolledBack = outcome === 'ROLLED_BACK';
  if (!rolledBack && failure !== undefined) {
    await changeUnlessEnded(parts, releaseId, { takeBack: failure });
  }
  const record = await records.get(releaseId);
  if (record?.state !== 'SHIFTING') return;
  const { blue } = await traffic.traffic();
  const step = stepOf(parts, rolledBack ? 'rolled-back' : 'released', reason ?? splitText(blue));
  await changeUnlessEnded(parts, releaseId, {
    state: rolledBack ? 'ROLLED_BACK' : 'RELEASED',
    endedAt: step.at,
    step,
  });
}

/** Whoever knows it may say it: also a process that is not the one any more that carries out the release. */
async function changeUnlessEnded(
  { records }: ReleaseParts,
  releaseId: string,
  change: RecordChange,
): Promise<void> {
  const { state } = change;
  // The end is written once; a failure counts also when the workflow has just released.
  const states = state === undefined ? (['SHIFTING', 'RELEASED'] as const) : (['SHIFTING'] as const);
  try {
    await records.change(releaseId, change, { states });
  } catch (error) {
    // Another process has settled it, or the workflow has gone back.
    if (!(error instanceof Conflict)) throw error;
  }
}
