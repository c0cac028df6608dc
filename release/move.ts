import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import type { Clock } from './clock.ts';
import { carryOut, ended } from './executions.ts';
import { nameOf } from './shifting.ts';
import type { ReleaseRecords, TrafficControl } from './stage.ts';
import type { TrafficView } from './texts.ts';

/** Traffic that a person moves. */
export interface MoveParts {
  readonly traffic: TrafficControl;
  readonly records: ReleaseRecords;
  /** Of the execution. */
  readonly name: string;
  readonly clock: Clock;
  /** Ends the waiting; what has begun goes on. */
  readonly signal: AbortSignal;
}

/** The split as the table and the door have it, and whether who holds still runs. */
export async function view({
  traffic,
  records,
}: Pick<MoveParts, 'traffic' | 'records'>): Promise<TrafficView> {
  for (;;) {
    const [table, door, release] = await Promise.all([traffic.traffic(), traffic.door(), records.newest()]);
    const found = { table, door, agree: table.blue === door && table.applied === table.version, release };
    const { holder } = table;
    if (holder === undefined) return found;
    const { status } = (await traffic.execution(holder)) ?? { status: 'UNKNOWN' as const };
    // One that has ended since has given its hold back.
    if (status !== 'RUNNING' && (await traffic.traffic()).holder !== holder) continue;
    return { ...found, holder: status };
  }
}

/**
 * Gives an environment a share at once.
 * @returns the split after that
 * @throws AppError if somebody moves traffic, or a release needs the environment idle
 */
export async function move({
  environment,
  percent,
  reason,
  force,
  ...parts
}: MoveParts & {
  readonly environment: EnvironmentName;
  readonly percent: number;
  readonly reason: string;
  /** Also while a release is open. */
  readonly force: boolean;
}): Promise<TrafficView> {
  const release = await parts.records.newest();
  if ((release?.state === 'DEPLOYING' || release?.state === 'PROVING') && !force) {
    throw new AppError(
      `Release ${release.releaseId} of ${release.environment} is ${release.state}, and needs the split as it is. ` +
        `Let it end, or close it: npm run release -- --abandon${parts.traffic.where}; ` +
        '--force moves traffic all the same',
    );
  }
  const steps = [{ percent, seconds: 0 }];
  await carryOut(parts, parts.name, { action: 'shift', environment, steps, reason });
  return view(parts);
}

/**
 * Takes traffic back to where it was before the last shift began. Who moves it now is asked to.
 * @returns the split after that
 * @throws AppError if it did not come to that
 */
export async function rollBack({
  reason,
  tell,
  ...parts
}: MoveParts & { readonly reason: string; readonly tell: (line: string) => void }): Promise<TrafficView> {
  const { traffic, name } = parts;
  const byItself = async () => {
    await carryOut(parts, name, { action: 'rollback', reason });
    return view(parts);
  };
  const { holder } = await traffic.traffic();
  if (holder === undefined || !(await traffic.wish(holder, reason))) return byItself();
  tell(`${nameOf(holder)} is asked to go back`);
  const { status, outcome, reason: why } = await ended(parts, holder);
  // It had ended when it was asked.
  if (status === 'SUCCEEDED' && outcome === 'SHIFTED') return byItself();
  if (status !== 'SUCCEEDED') {
    throw new AppError(
      `${nameOf(holder)} ended as ${status}: ${why ?? 'no reason given'}. A repair follows that goes back by itself ` +
        `(npm run traffic -- show${traffic.where}). By hand: npm run traffic -- repair${traffic.where}`,
    );
  }
  return view(parts);
}

/**
 * Brings the door to what the table says. The hold of an execution that has ended is freed, and its wish to go back
 * fulfilled; else no weights are changed, nor where a rollback goes to.
 * @returns the split after that
 */
export async function repair(parts: MoveParts): Promise<TrafficView> {
  const { holder: status, table } = await view(parts);
  const { holder } = table;
  // Of one that is unknown the workflow finds out by itself whether it runs: it may have been started just now.
  const hasEnded = status !== undefined && status !== 'RUNNING' && status !== 'UNKNOWN';
  await carryOut(parts, parts.name, {
    action: 'repair',
    ...(hasEnded && holder !== undefined ? { failed: holder } : {}),
  });
  return view(parts);
}
