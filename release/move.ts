import { AppError } from '../bin/call.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import type { Clock } from './follow-shift.ts';
import { isOpen } from './record.ts';
import { BUSY, type Execution, type ShiftingInput } from './shifting.ts';
import type { ReleaseRecords, TrafficControl } from './stage.ts';
import { nameOf, type TrafficView } from './texts.ts';

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

/** The split as the table and the door have it. */
export async function view({
  traffic,
  records,
}: Pick<MoveParts, 'traffic' | 'records'>): Promise<TrafficView> {
  const [table, door, release] = await Promise.all([traffic.traffic(), traffic.door(), records.newest()]);
  return { table, door, agree: table.blue === door && table.applied === table.version, release };
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
  if (release !== undefined && isOpen(release) && release.state !== 'SHIFTING' && !force) {
    throw new AppError(
      `Release ${release.releaseId} of ${release.environment} is ${release.state}, and needs the split as it is. ` +
        'Let it end, or close it: npm run release -- --abandon; --force moves traffic all the same',
    );
  }
  const input: ShiftingInput = {
    action: 'shift',
    environment,
    steps: [{ percent, seconds: 0 }],
    reason,
  };
  return carryOut(parts, input);
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
  const { traffic } = parts;
  const { holder } = await traffic.traffic();
  if (holder === undefined || !(await traffic.wish(reason))) {
    return carryOut(parts, { action: 'rollback', reason });
  }
  tell(`${nameOf(holder)} is asked to go back`);
  const { status, outcome, reason: why } = await ended(parts, holder);
  if (status === 'SUCCEEDED' && outcome === 'SHIFTED') {
    // It had ended when it was asked.
    return carryOut(parts, { action: 'rollback', reason });
  }
  if (status !== 'SUCCEEDED') {
    throw new AppError(
      `${nameOf(holder)} ended as ${status}: ${why ?? 'no reason given'}. ` +
        'What follows it goes back by itself: npm run traffic -- show',
    );
  }
  return view(parts);
}

async function carryOut(parts: MoveParts, input: ShiftingInput): Promise<TrafficView> {
  const { traffic, name } = parts;
  const arn = await traffic.start(name, input);
  const { status, reason } = await ended(parts, arn);
  if (status === 'SUCCEEDED') return view(parts);
  if (reason?.startsWith(BUSY)) {
    const { holder } = await traffic.traffic();
    throw new AppError(
      `Busy: ${holder === undefined ? 'somebody' : nameOf(holder)} moves traffic. ` +
        'Wait until it is done, or: npm run traffic -- rollback',
    );
  }
  throw new AppError(`It ended as ${status}: ${reason ?? 'no reason given'}. Look: npm run traffic -- show`);
}

const LOOK_MS = 500;

/** Waits for the end of an execution. @throws AppError once nobody wants to wait any more */
async function ended({ traffic, clock, signal }: MoveParts, arn: string): Promise<Execution> {
  for (;;) {
    const execution = await traffic.execution(arn);
    if (execution === undefined) throw new AppError(`There is no execution ${nameOf(arn)}`);
    if (execution.status !== 'RUNNING') return execution;
    if (signal.aborted) {
      throw new AppError('It goes on without you. How far it is: npm run traffic -- show');
    }
    await clock.pause(LOOK_MS, signal);
  }
}
