import { AppError } from '../bin/call.ts';
import { isOpen, type ReleaseRecord } from './record.ts';
import { type ReleaseParts, stepOf } from './release-parts.ts';
import { Conflict } from './stage.ts';
import { shareOf } from './traffic.ts';

type AbandonParts = Pick<ReleaseParts, 'records' | 'traffic' | 'clock' | 'runner'>;

/** As long as the few reads and the write take, and not longer: a release that is broken off here may go on. */
const HOLD_MS = 10_000;

/**
 * Closes an open release whose new version has no customers.
 * @throws AppError if there is none, or customers are on the new version
 */
export async function abandon(parts: AbandonParts): Promise<ReleaseRecord> {
  const { records, clock, runner } = parts;
  const open = await records.newest();
  if (open === undefined || !isOpen(open)) throw new AppError('No release is open');
  const now = clock.now();
  if (!(await records.take(open.releaseId, runner, now, new Date(now.getTime() + HOLD_MS)))) {
    throw new AppError(
      `${open.runner} carries out the release. End that first (Ctrl-C), or wait half a minute`,
    );
  }
  try {
    return await close(parts, open);
  } finally {
    await records.letGo(open.releaseId, runner).catch(() => undefined);
  }
}

async function close(parts: AbandonParts, open: ReleaseRecord): Promise<ReleaseRecord> {
  const { records, traffic, runner } = parts;
  const { releaseId, environment, execution } = open;
  const running = execution === undefined ? undefined : await traffic.execution(execution);
  const share = shareOf(environment, (await traffic.traffic()).blue);
  if (running?.status === 'RUNNING' || share > 0) {
    const back = running?.status === 'RUNNING' ? 'rollback' : `set ${environment} 0`;
    throw new AppError(
      `The shift has begun, ${environment} gets ${share} % of traffic. ` +
        `Take it back instead: npm run traffic -- ${back}${traffic.where}`,
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
    throw new AppError(
      `The release was changed meanwhile. Look at it again: npm run release -- --show${traffic.where}`,
      { cause: error },
    );
  }
  return { ...open, state: 'ABANDONED', steps: [...open.steps, step] };
}
