/** X-Ray's default rule: one request a second, and 5 % of the others. */
const RATE = 0.05;

/**
 * Traces that X-Ray records of what begins here: the expected number, so that two runs do not differ by chance.
 * Whoever is called by something that is traced belongs to that trace, and is none of its own.
 */
export class TraceSampling {
  readonly #lastSeconds = new Map<string, number>();
  readonly #now: () => number;

  /** @param now milliseconds since the epoch */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** @param root the function or workflow that a trace would begin with: each has a second's first request of its own */
  tracesOf(root: string): number {
    const second = Math.floor(this.#now() / 1000);
    if (this.#lastSeconds.get(root) === second) return RATE;
    this.#lastSeconds.set(root, second);
    return 1;
  }
}
