import { AppError } from '../bin/call.ts';
import type { Clock } from './clock.ts';
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
  /** Whether it still is the one that carries it out: it said so last, and not too long ago. */
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
  let untilMs = 0;
  const take = async () => {
    const now = clock.now();
    const until = new Date(now.getTime() + ABSENT_MS);
    const taken = await records.take(releaseId, runner, now, until);
    untilMs = taken ? until.getTime() : 0;
    return taken;
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

  let saying: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // A network that is away for a moment: the next one tells, unless another process has taken it by then.
    saying = saying.then(take).catch(() => undefined);
  }, SAY_EVERY_MS);
  try {
    await run({
      isRunner: () => clock.now().getTime() < untilMs,
      takeAgain: take,
      lookedOn: told !== '',
    });
  } finally {
    clearInterval(timer);
    // What still says that it lives would do so after it has let go.
    await saying;
    await records.letGo(releaseId, runner).catch(() => undefined);
  }
}
