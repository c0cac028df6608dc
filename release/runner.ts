import { AppError } from '../bin/call.ts';
import type { Clock } from './follow-shift.ts';
import { isOpen } from './record.ts';
import type { ReleaseRecords } from './stage.ts';

/**
 * How long a process that carries out a release may say nothing before another one goes on with it. It says so six
 * times as often: one that was killed is missed for half a minute, and clocks of laptops may differ by some seconds.
 */
const ABSENT_MS = 30_000;
const SAY_EVERY_MS = 5000;
const LOOK_MS = 2000;

/** Of a process among those that want the same release. */
export interface Role {
  /** Whether it still was the one that carries it out when it said so last. */
  readonly isRunner: () => boolean;
  /** Asks now. */
  readonly takeAgain: () => Promise<boolean>;
  /** Another process was at it before. */
  readonly lookedOn: boolean;
}

interface RunnerParts {
  readonly records: ReleaseRecords;
  readonly runner: string;
  readonly clock: Clock;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Carries out a release as the only process: two would try the same vehicles at the same time, and take each other's
 * commands for failures. If another process is at it, waits for its end, and goes on where it stops.
 */
export async function asRunner(
  { records, runner, clock, tell, signal }: RunnerParts,
  releaseId: string,
  run: (role: Role) => Promise<void>,
): Promise<void> {
  const take = () => {
    const now = clock.now();
    return records.take(releaseId, runner, now, new Date(now.getTime() + ABSENT_MS));
  };
  let told = '';
  while (!(await take())) {
    const record = await records.get(releaseId);
    if (record === undefined || !isOpen(record)) break;
    const { what, detail = '' } = record.steps.at(-1) ?? { what: '' };
    const line = `${record.runner} carries it out, looks on: ${record.state}, ${what} ${detail}`.trimEnd();
    if (line !== told) tell(line);
    told = line;
    if (signal.aborted) throw new AppError('The release goes on without you');
    await clock.pause(LOOK_MS, signal);
  }

  let isRunner = true;
  const timer = setInterval(() => {
    take().then(
      (taken) => {
        isRunner = taken;
      },
      // A network that is away for a moment; the next one tells.
      () => undefined,
    );
  }, SAY_EVERY_MS);
  try {
    await run({ isRunner: () => isRunner, takeAgain: take, lookedOn: told !== '' });
  } finally {
    clearInterval(timer);
    await records.letGo(releaseId, runner).catch(() => undefined);
  }
}
