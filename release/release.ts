import { AppError } from '../bin/call.ts';
import { bringUp } from './bring-up.ts';
import { openOrResume } from './open.ts';
import { isOpen, type ReleaseRecord } from './record.ts';
import type { ReleaseParts } from './release-parts.ts';
import { asRunner } from './runner.ts';
import { shift } from './shift.ts';
import { Conflict } from './stage.ts';
import { closeRolledBack } from './take-back.ts';

/**
 * The whole sequence: the idle environment gets the code, is tried, and takes over traffic step by step. What is done
 * next is read from the record alone, and every effect is conditional or may be repeated; so a release that was broken
 * off goes on from there, whoever calls this, and several callers at once do the same release once.
 * @returns the record, of a release that has ended
 * @throws AppError if it cannot go on now; then the release stays open
 */
export async function release(parts: ReleaseParts): Promise<ReleaseRecord> {
  const { records, tell } = parts;
  const releaseId = await openOrResume(parts);
  const read = async () => {
    const record = await records.get(releaseId);
    if (record === undefined) throw new AppError(`The record of the release ${releaseId} is gone`);
    return record;
  };
  await asRunner(parts, releaseId, async (role) => {
    for (let record = await read(); isOpen(record); record = await read()) {
      try {
        if (record.state === 'RELEASED') await closeRolledBack(parts, record);
        else if (record.state === 'SHIFTING') await shift(parts, record, role);
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
