import type { Latency } from '../../local/control/histogram.ts';
import type { Requests, Sample } from '../result.ts';

/** A chart is 1,030 pixels wide inside: more points than these, and lines become bands. */
const MOST_POINTS = 400;
/** Lengths that people can do sums with, in seconds. */
const LENGTHS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/**
 * Samples as a chart can show them: where there are too many, those of a few seconds become one that hides no outlier.
 * Counts are added up. Of p90 and above, and of depths and sizes, the highest remains; p50 is that of the median
 * command. Shares of CPUs are averages.
 * @param samples in their order
 * @returns all of one length, but for the last one
 */
export function spansOf(samples: readonly Sample[]): Sample[] {
  const [first] = samples;
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return [];
  const start = Date.parse(first.at);
  const end = Date.parse(last.at) + last.seconds * 1000;
  const length = spanLength((end - start) / 1000);
  if (length <= first.seconds) return [...samples];
  const groups = Map.groupBy(samples, ({ at }) => Math.floor((Date.parse(at) - start) / 1000 / length));
  return [...groups].map(([index, group]) => ({
    ...merged(group),
    at: new Date(start + index * length * 1000).toISOString(),
  }));
}

const spanLength = (seconds: number): number =>
  LENGTHS.find((length) => seconds / length <= MOST_POINTS) ?? seconds / MOST_POINTS;

/** One sample of several; of none, one in which nothing happened. */
export function merged(samples: readonly Sample[]): Omit<Sample, 'at'> {
  const sum = (value: (sample: Sample) => number | undefined) => present(samples, value)?.reduce(add);
  const highest = (value: (sample: Sample) => number | undefined) => {
    const values = present(samples, value);
    return values === undefined ? undefined : Math.max(...values);
  };
  const average = (value: (sample: Sample) => number | undefined) => {
    const measured = samples.filter((sample) => value(sample) !== undefined);
    const time = measured.reduce((total, sample) => total + sample.seconds, 0);
    const weighted = measured.reduce((total, sample) => total + (value(sample) ?? 0) * sample.seconds, 0);
    return measured.length === 0 ? undefined : weighted / time;
  };
  const executed = sum(({ ended }) => ended?.EXECUTED);
  const failed = sum(({ ended }) => ended?.FAILED);
  return {
    seconds: sum(({ seconds }) => seconds) ?? 0,
    sent: sum(({ sent }) => sent) ?? 0,
    accepted: sum(({ accepted }) => accepted) ?? 0,
    polls: sum(({ polls }) => polls) ?? 0,
    errors: countsOf(
      samples.map(({ errors }) => errors),
      add,
    ),
    trigger: latencyOf(samples.map(({ trigger }) => trigger)),
    poll: latencyOf(samples.map(({ poll }) => poll)),
    endToEnd: latencyOf(samples.map(({ endToEnd }) => endToEnd)),
    ended:
      executed === undefined || failed === undefined ? undefined : { EXECUTED: executed, FAILED: failed },
    queues: samples.some(({ queues }) => queues !== undefined)
      ? countsOf(
          samples.map(({ queues = {} }) => queues),
          Math.max,
        )
      : undefined,
    queued: highest(({ queued }) => queued),
    delayed: highest(({ delayed }) => delayed),
    deadLetters: highest(({ deadLetters }) => deadLetters),
    rssBytes: highest(({ rssBytes }) => rssBytes),
    heapUsedBytes: highest(({ heapUsedBytes }) => heapUsedBytes),
    cpus: average(({ cpus }) => cpus),
    generatorCpus: average(({ generatorCpus }) => generatorCpus),
    generatorRssBytes: highest(({ generatorRssBytes }) => generatorRssBytes),
    api: requestsOf(samples.map(({ api }) => api)),
    door: requestsOf(samples.map(({ door }) => door)),
    functionErrors: sum(({ functionErrors }) => functionErrors),
    functionThrottles: sum(({ functionThrottles }) => functionThrottles),
    concurrentExecutions: highest(({ concurrentExecutions }) => concurrentExecutions),
    workflowsFailed: sum(({ workflowsFailed }) => workflowsFailed),
  };
}

const add = (one: number, other: number): number => one + other;

/** Undefined if no sample has the value. */
function present(
  samples: readonly Sample[],
  value: (sample: Sample) => number | undefined,
): [number, ...number[]] | undefined {
  const [first, ...rest] = samples.map(value).filter((found) => found !== undefined);
  return first === undefined ? undefined : [first, ...rest];
}

function countsOf(
  all: readonly Readonly<Record<string, number>>[],
  join: (one: number, other: number) => number,
): Record<string, number> {
  const joined = new Map<string, number>();
  for (const counts of all) {
    for (const [name, count] of Object.entries(counts)) {
      const before = joined.get(name);
      joined.set(name, before === undefined ? count : join(before, count));
    }
  }
  return Object.fromEntries(joined);
}

function requestsOf(all: readonly (Requests | undefined)[]): Requests | undefined {
  const counted = all.filter((requests) => requests !== undefined);
  if (counted.length === 0) return undefined;
  const sum = (value: (requests: Requests) => number) => counted.map(value).reduce(add);
  return {
    count: sum(({ count }) => count),
    clientErrors: sum(({ clientErrors }) => clientErrors),
    serverErrors: sum(({ serverErrors }) => serverErrors),
    latency: latencyOf(counted.map(({ latency }) => latency)),
  };
}

function latencyOf(latencies: readonly (Latency | undefined)[]): Latency | undefined {
  const measured = latencies.filter((latency) => latency !== undefined);
  if (measured.length === 0) return undefined;
  const highest = (value: (latency: Latency) => number) => Math.max(...measured.map(value));
  const count = measured.map((latency) => latency.count).reduce(add);
  return {
    count,
    p50Ms: medianOf(measured, count),
    p90Ms: highest(({ p90Ms }) => p90Ms),
    p95Ms: highest(({ p95Ms }) => p95Ms),
    p99Ms: highest(({ p99Ms }) => p99Ms),
    maxMs: highest(({ maxMs }) => maxMs),
  };
}

/** The p50 of the second in which the median command was. */
function medianOf(latencies: readonly Latency[], count: number): number {
  const ascending = latencies.toSorted((one, other) => one.p50Ms - other.p50Ms);
  let below = 0;
  for (const latency of ascending) {
    below += latency.count;
    if (below >= count / 2) return latency.p50Ms;
  }
  return ascending.at(-1)?.p50Ms ?? 0;
}
