import * as z from 'zod';

/**
 * Latencies by size: pairs of a bucket's upper bound in milliseconds and the number of values in it, ascending, without
 * empty buckets.
 */
export const Buckets = z.array(z.tuple([z.number(), z.int()]));
export type Buckets = z.infer<typeof Buckets>;

/** What is said of many latencies; milliseconds. */
export const Latency = z.object({
  count: z.int(),
  p50Ms: z.number(),
  p90Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
  maxMs: z.number(),
});
export type Latency = z.infer<typeof Latency>;

/**
 * Each bucket is 1 % wider than the one before, so a percentile is at most 1 % above the true value: 0.1 ms to an hour
 * are 1,750 buckets.
 */
export const GROWTH = 1.01;
const FIRST_MS = 0.1;
const LOG_GROWTH = Math.log(GROWTH);
/** What is longer is in the last one. */
const LAST = Math.ceil(Math.log(3_600_000 / FIRST_MS) / LOG_GROWTH);

const indexOf = (milliseconds: number): number =>
  milliseconds <= FIRST_MS
    ? 0
    : // Just above a bound by rounding only, it still belongs below.
      Math.min(LAST, Math.ceil(Math.log(milliseconds / FIRST_MS) / LOG_GROWTH - 1e-9));

const upperBound = (index: number): number => Number((FIRST_MS * GROWTH ** index).toPrecision(6));

const INDEX_BY_BOUND: ReadonlyMap<number, number> = new Map(
  Array.from({ length: LAST + 1 }, (_, index) => [upperBound(index), index]),
);

/** Counts values in buckets of a fixed, logarithmic scale, so that counts of different times and places add up. */
export class Histogram {
  readonly #counts = new Float64Array(LAST + 1);
  count = 0;

  /** @throws Error for buckets of another scale */
  static of(buckets: Buckets): Histogram {
    const histogram = new Histogram();
    histogram.add(buckets);
    return histogram;
  }

  record(milliseconds: number): void {
    const index = indexOf(milliseconds);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.count += 1;
  }

  /** @throws Error for buckets of another scale */
  add(buckets: Buckets): void {
    for (const [upToMs, count] of buckets) {
      const index = INDEX_BY_BOUND.get(upToMs);
      if (index === undefined) throw new Error(`${upToMs} ms is no bound of a bucket`);
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
      this.count += count;
    }
  }

  buckets(): Buckets {
    const found: Buckets = [];
    for (const [index, count] of this.#counts.entries())
      if (count > 0) found.push([upperBound(index), count]);
    return found;
  }

  clear(): void {
    this.#counts.fill(0);
    this.count = 0;
  }
}

/** What came between two readings of one running histogram. */
export function difference(later: Buckets, earlier: Buckets): Buckets {
  const before = new Map(earlier);
  return later.flatMap(([upToMs, count]): Buckets => {
    const more = count - (before.get(upToMs) ?? 0);
    return more === 0 ? [] : [[upToMs, more]];
  });
}

/** @returns undefined of no values at all */
export function latencyOf(buckets: Buckets): Latency | undefined {
  const count = buckets.reduce((sum, [, number]) => sum + number, 0);
  const last = buckets.at(-1);
  if (count === 0 || last === undefined) return undefined;
  const percentile = (percent: number): number => {
    const rank = Math.max(1, Math.ceil((count * percent) / 100));
    let below = 0;
    for (const [upToMs, number] of buckets) {
      below += number;
      if (below >= rank) return upToMs;
    }
    return last[0];
  };
  return {
    count,
    p50Ms: percentile(50),
    p90Ms: percentile(90),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
    maxMs: last[0],
  };
}
