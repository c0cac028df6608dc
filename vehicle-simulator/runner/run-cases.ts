import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../scenarios/case.ts';
import { faultsOfTraces } from './check-traces.ts';
import { faultsOfWay } from './check-way.ts';
import { Due, type Followed, follow, isEnd, type Seen } from './follow.ts';
import { inParallel } from './in-parallel.ts';
import { look, type Sorted, sortLeftovers } from './look.ts';
import type { StageUnderTest } from './stage-under-test.ts';

/** What became of a case. */
export interface Outcome {
  readonly case: Case;
  readonly result: 'HELD' | 'FAILED' | 'UNFINISHED';
  /** A line for each thing that is not as it must be. */
  readonly faults: readonly string[];
  /** The command, if the request was accepted. */
  readonly eventId: string | undefined;
  /** What polls showed. */
  readonly seen: readonly Seen[];
  /** From the request to the end, as the app sees it. */
  readonly seconds: number | undefined;
}

/** How far a run is. */
export interface Progress {
  readonly cases: number;
  readonly sent: number;
  readonly ended: number;
  readonly checked: number;
  readonly failed: number;
}

export interface RunOptions {
  /** New commands a second, at most. */
  readonly rate: number;
  /** Cases at the same time from which the stage owes something: new ones wait. */
  readonly concurrency: number;
  /** Seconds that may pass, when everything is quiet, until everything is stored and told. */
  readonly patienceSeconds: number;
  /** Once it is aborted, what is known by then is the result. */
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

/** A vehicle's last message is processed within a second, unless the stage is busy: then it is waited for. */
const SETTLE_MS = 1000;
/** Looks at the same time: each is some five requests. */
const LOOKS = 8;
const PAUSE_BETWEEN_LOOKS_MS = 1000;

/**
 * Runs cases against a stage: sends their commands, follows them, and looks at what they left behind when everything is
 * quiet, for only then it can be seen that there is nothing else. Those that take long begin first.
 * @returns what became of each, in the order of `cases`
 * @throws Error if it cannot be read what the commands left behind
 */
export async function runCases(
  cases: readonly Case[],
  stage: StageUnderTest,
  options: RunOptions,
): Promise<Outcome[]> {
  const run = new Run(cases, options.onProgress);
  const followed = await followAll(run, stage, options);
  await pause(Math.max(0, ...followed.map(quietInMs)) + SETTLE_MS, options.signal);
  await lookAtAll(
    run,
    followed.filter((end) => run.isOpen(end.case)),
    stage,
    options,
  );
  const ends = new Map(followed.map((end) => [end.case, end]));
  return cases.map((one) => run.outcomeOf(one) ?? unfinished(one, ends.get(one)));
}

/** What is known so far. */
class Run {
  readonly cases: readonly Case[];
  readonly #counts;
  readonly #outcomes = new Map<Case, Outcome>();
  readonly #onProgress: RunOptions['onProgress'];

  constructor(cases: readonly Case[], onProgress: RunOptions['onProgress']) {
    this.cases = cases;
    this.#counts = { cases: cases.length, sent: 0, ended: 0, checked: 0, failed: 0 };
    this.#onProgress = onProgress;
  }

  count(name: 'sent' | 'ended' | 'checked' | 'failed'): void {
    this.#counts[name] += 1;
    this.#onProgress(this.#counts);
  }

  settle(outcome: Outcome): void {
    this.#outcomes.set(outcome.case, outcome);
    if (outcome.result === 'FAILED') this.count('failed');
    this.count('checked');
  }

  isOpen(one: Case): boolean {
    return !this.#outcomes.has(one);
  }

  outcomeOf(one: Case): Outcome | undefined {
    return this.#outcomes.get(one);
  }
}

/** @returns the cases that were followed to their end; of these, what is wrong with the way itself is settled */
async function followAll(run: Run, stage: StageUnderTest, options: RunOptions): Promise<Followed[]> {
  const followed: Followed[] = [];
  const longestFirst = [...run.cases].sort((a, b) => durationOf(b) - durationOf(a));
  await paced(longestFirst, options, async (one, due) => {
    run.count('sent');
    try {
      const end = await follow(one, stage.app, { due, signal: options.signal });
      followed.push(end);
      const faults = faultsOfWay(end);
      if (faults.length > 0) run.settle(outcomeOf(end, faults));
    } catch (error) {
      if (options.signal.aborted) return;
      run.settle({ ...NOTHING_SEEN, case: one, result: 'FAILED', faults: [describe(error)] });
    }
    run.count('ended');
  });
  return followed;
}

/** Looks until nothing is missing any more, or patience ends. */
async function lookAtAll(
  run: Run,
  followed: readonly Followed[],
  stage: StageUnderTest,
  { signal, patienceSeconds }: RunOptions,
): Promise<void> {
  const vins = new Set(run.cases.map(({ vehicle }) => vehicle.vin));
  const deadline = performance.now() + patienceSeconds * 1000;
  let open = followed;
  while (open.length > 0 && !signal.aborted) {
    const last = performance.now() >= deadline;
    const left = sortLeftovers(await stage.leftovers(), vins);
    await inParallel(open, LOOKS, async (end) => {
      if (signal.aborted) return;
      const faults = await faultsLeftBehind(end, stage, left);
      if (faults.length === 0 || last) run.settle(outcomeOf(end, faults));
    });
    open = open.filter((end) => run.isOpen(end.case));
    if (open.length > 0) await pause(PAUSE_BETWEEN_LOOKS_MS, signal);
  }
}

/** Seconds until it has ended and everything of it is quiet, at most. */
const durationOf = ({ seconds: [, until], quietAfterSeconds }: Case): number =>
  Math.max(until, quietAfterSeconds);

/** From now until the vehicle has nothing more to say. */
function quietInMs({ case: { quietAfterSeconds }, answer }: Followed): number {
  return 'eventId' in answer ? answer.sentMs + quietAfterSeconds * 1000 - performance.now() : 0;
}

/** Begins one after the other at the rate, unless too many are due, until it is aborted. */
async function paced(
  cases: readonly Case[],
  { rate, concurrency, signal }: RunOptions,
  run: (one: Case, due: Due) => Promise<void>,
): Promise<void> {
  const due = new Due();
  const running: Promise<void>[] = [];
  let next = performance.now();
  for (const one of cases) {
    await pause(next - performance.now(), signal);
    await due.below(concurrency);
    if (signal.aborted) break;
    // What was held up is not made up for.
    next = Math.max(next, performance.now()) + 1000 / rate;
    running.push(run(one, due));
  }
  await Promise.all(running);
}

async function faultsLeftBehind(end: Followed, stage: StageUnderTest, left: Sorted): Promise<string[]> {
  try {
    return faultsOfTraces(end, await look(end, stage, left));
  } catch (error) {
    return [describe(error)];
  }
}

const NOTHING_SEEN = { faults: [], eventId: undefined, seen: [], seconds: undefined } as const;

function outcomeOf({ case: one, answer, seen }: Followed, faults: readonly string[]): Outcome {
  const last = seen.at(-1);
  return {
    case: one,
    result: faults.length === 0 ? 'HELD' : 'FAILED',
    faults,
    eventId: 'eventId' in answer ? answer.eventId : undefined,
    seen,
    seconds: last !== undefined && isEnd(last.word) ? last.seconds : undefined,
  };
}

function unfinished(one: Case, end: Followed | undefined): Outcome {
  const known = end === undefined ? { ...NOTHING_SEEN, case: one } : outcomeOf(end, []);
  return { ...known, result: 'UNFINISHED' };
}

/** fetch hides what happened in the cause of its error. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `stage: ${error.message}${error.cause instanceof Error ? `, ${error.cause.message}` : ''}`;
}

/** Ends early, and without an error, when it is aborted. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (milliseconds <= 0 || signal.aborted) return;
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}
