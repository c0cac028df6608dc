import { randomBytes } from 'node:crypto';
import { AppError } from '../bin/call.ts';
import { busy } from './executions.ts';
import { isOpen, type ReleaseRecord } from './record.ts';
import type { ReleaseParts } from './release-parts.ts';
import { Conflict } from './stage.ts';
import { idleEnvironment, splitText } from './traffic.ts';

/** Who loses against somebody else finds their release the next time; more often only if releases end at once. */
const ATTEMPTS = 5;
const PAUSE_MS = 1000;

/**
 * Opens a release of the idle environment, or finds the one that is open.
 * @returns its id
 * @throws AppError if traffic is split, or somebody moves it
 */
export async function openOrResume(parts: ReleaseParts): Promise<string> {
  const { records, clock, tell, signal } = parts;
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted();
    const newestId = await records.newestId();
    // The record may be gone, if somebody has deleted it by hand: the next one takes its place.
    const newest = newestId === undefined ? undefined : await records.get(newestId);
    if (newest !== undefined && isOpen(newest)) {
      tell(`Goes on with release ${newest.releaseId} of ${newest.environment}, which is ${newest.state}`);
      return newest.releaseId;
    }
    const record = await newRecord(parts);
    try {
      await records.open(record, newestId);
      tell(`Release ${record.releaseId}: ${record.environment} has no traffic and gets the new version`);
      return record.releaseId;
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      if (attempt === ATTEMPTS) {
        throw new AppError('Other releases were opened at the same time, again and again. Run this again', {
          cause: error,
        });
      }
    }
    await clock.pause(PAUSE_MS, signal);
  }
}

async function newRecord({ traffic, clock }: ReleaseParts): Promise<ReleaseRecord> {
  const { blue, holder } = await traffic.traffic();
  if (holder !== undefined) throw await busy(traffic, holder);
  const environment = idleEnvironment({ blue });
  if (environment === undefined) {
    throw new AppError(
      `Traffic is split (${splitText(blue)}) and no release is under way. ` +
        `Move all of it to one environment (npm run traffic -- set blue 100${traffic.where}), then run this again`,
    );
  }
  const at = clock.now().toISOString();
  return {
    releaseId: releaseIdAt(at),
    environment,
    state: 'DEPLOYING',
    startedAt: at,
    steps: [{ at, what: 'opened', detail: `${splitText(blue)}; ${environment} is released` }],
  };
}

/** Begins with the time, so that ids sort by it; the rest keeps two of the same second apart. */
const releaseIdAt = (at: string): string =>
  `${at.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;
