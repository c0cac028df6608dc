import type { QuotaPeriod } from './definition.ts';

/**
 * The first millisecond of the period, in UTC. AWS does not document when a week begins; an earlier reference of the
 * API let it begin on Sundays.
 */
const STARTS: Readonly<
  Record<QuotaPeriod, (year: number, month: number, day: number, weekday: number) => number>
> = {
  DAY: (year, month, day) => Date.UTC(year, month, day),
  WEEK: (year, month, day, weekday) => Date.UTC(year, month, day - weekday),
  MONTH: (year, month) => Date.UTC(year, month),
};

/** So many requests in a calendar day, week or month. */
export class Quota {
  readonly #limit: number;
  readonly #period: QuotaPeriod;
  readonly #now: () => number;
  #start = Number.NaN;
  #used = 0;

  /** @param now the time in milliseconds since 1970 */
  constructor(limit: number, period: QuotaPeriod, now: () => number = () => Date.now()) {
    this.#limit = limit;
    this.#period = period;
    this.#now = now;
  }

  /** Whether the request may pass; counts it if so. */
  take(): boolean {
    const now = new Date(this.#now());
    const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
    const start = STARTS[this.#period](year, month, day, now.getUTCDay());
    if (start !== this.#start) {
      this.#start = start;
      this.#used = 0;
    }
    if (this.#used >= this.#limit) return false;
    this.#used += 1;
    return true;
  }
}
