import { busy, carryOut, nextName } from './executions.ts';
import type { ReleaseRecord } from './record.ts';
import { type ReleaseParts, stepOf } from './release-parts.ts';
import type { ShiftingInput } from './shifting.ts';
import { shareOf } from './traffic.ts';

/**
 * Takes all traffic from the environment of a release whose shift has ended.
 * @param failed ARN of the execution that has shifted, if it ended abnormally: it may still hold
 * @returns the share that the environment had
 * @throws AppError if somebody else moves traffic, or it did not come to that
 */
export async function takeBack(
  parts: ReleaseParts,
  { releaseId, environment }: ReleaseRecord,
  reason: string,
  failed?: string,
): Promise<number> {
  const { traffic, tell } = parts;
  if (failed !== undefined && (await traffic.traffic()).holder === failed) {
    // EventBridge has started the same repair, or will: either finds nothing left to do.
    await carryOut(parts, await nextName(traffic, `${releaseId}-repair`), { action: 'repair', failed });
  }
  const { holder, blue, previous } = await traffic.traffic();
  if (holder !== undefined) throw await busy(traffic, holder);
  const share = shareOf(environment, blue);
  if (share === 0) return 0;
  tell(`${environment} has ${share} %: takes traffic back`);
  // A shift would make the bad version what a later rollback goes to; needed only if somebody has moved traffic since.
  const input: ShiftingInput =
    shareOf(environment, previous) === 0
      ? { action: 'rollback', reason }
      : { action: 'shift', environment, steps: [{ percent: 0, seconds: 0 }], reason };
  await carryOut(parts, await nextName(traffic, `${releaseId}-back`), input);
  return share;
}

/** Ends a release as ROLLED_BACK for what its record says, whichever share of traffic it has got. */
export async function closeRolledBack(
  parts: ReleaseParts,
  record: ReleaseRecord,
  failed?: string,
): Promise<void> {
  const { releaseId, state, takeBack: reason = '' } = record;
  parts.tell(`Must not keep traffic: ${reason}`);
  await takeBack(parts, record, reason, failed);
  const step = stepOf(parts, 'rolled-back', reason);
  await parts.records.change(
    releaseId,
    { state: 'ROLLED_BACK', endedAt: step.at, step },
    { states: [state], runner: parts.runner },
  );
}
