import { setTimeout as sleep } from 'node:timers/promises';
import type { Case } from '../scenarios/case.ts';
import type { Accepted, AppClient, Refused, Shown } from './app-client.ts';

/** A status as polls showed it first. */
export interface Seen extends Shown {
  /** From the request on, as the app sees it. */
  readonly seconds: number;
}

/** What an app saw of one case, from the request to the end. */
export interface Followed {
  readonly case: Case;
  readonly answer: Accepted | Refused;
  /** Each change that polls showed, in order. */
  readonly seen: readonly Seen[];
  /** Commands that the vehicle's history had before, of a case that must be refused: it gets no id of its own. */
  readonly earlier: ReadonlySet<string>;
}

/**
 * Counts cases from which the stage owes something: an answer to the request, or an end. Those that wait for a time-out
 * do not count. New cases wait while there are many, so that a slow stage is not flooded.
 */
export class Due {
  #cases = 0;
  #changed = Promise.withResolvers<void>();

  async during<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#cases += 1;
    try {
      return await run();
    } finally {
      this.#cases -= 1;
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  /** Waits until there are fewer. */
  async below(limit: number): Promise<void> {
    while (this.#cases >= limit) await this.#changed.promise;
  }
}

/** Most vehicles answer within a second: then the first polls tell the time well. */
const FIRST_PAUSE_MS = 200;
/** Where it takes long, two seconds more or less do not matter. */
const LONGEST_PAUSE_MS = 2000;

/**
 * Sends a case's command and polls until it ends, or should have ended.
 * @throws Error if the stage fails, and what the signal says once it is aborted
 */
export async function follow(
  one: Case,
  app: AppClient,
  { due, signal }: { due: Due; signal: AbortSignal },
): Promise<Followed> {
  const { service, vehicle, body, expect } = one;
  const earlier = new Set<string>();
  if (expect.end === 'REFUSED') {
    for (const { eventId } of await app.history(vehicle.vin)) earlier.add(eventId);
  }
  const answer = await due.during(() => app.trigger(service, vehicle.vin, body));
  if (!('eventId' in answer)) return { case: one, answer, seen: [], earlier };

  const [from] = one.seconds;
  // Up to a thousand cases wait for time-outs at once: nobody looks before something can be seen.
  await sleep(Math.max(0, from - secondsSince(answer)) * 1000, undefined, { signal });
  const seen = await due.during(() => pollUntilEnd(one, answer, app, signal));
  return { case: one, answer, seen, earlier };
}

async function pollUntilEnd(
  { seconds: [, until] }: Case,
  accepted: Accepted,
  app: AppClient,
  signal: AbortSignal,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(1.5 * pause, LONGEST_PAUSE_MS)) {
    const asked = secondsSince(accepted);
    const shown = await app.poll(accepted.eventId);
    const last = seen.at(-1);
    if (shown.word !== last?.word || shown.reason !== last.reason) {
      seen.push({ ...shown, seconds: secondsSince(accepted) });
    }
    if (isEnd(shown.word) || asked > until) return seen;
    await sleep(pause, undefined, { signal });
  }
}

const secondsSince = ({ sentMs }: Accepted): number => (performance.now() - sentMs) / 1000;

export const isEnd = (word: string): boolean => word === 'EXECUTED' || word === 'ERROR';
