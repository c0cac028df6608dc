import { metricsNamespace } from '../../lib/event-processing/metrics.ts';
import { type Buckets, GROWTH, Histogram, type Latency, latencyOf } from '../../local/control/histogram.ts';
import { answers, type GetMetricData, type Query } from './metric-data.ts';

/** Commands that ended, of one service, state and environment. */
export interface LatencyQuery extends Query {
  readonly status: string;
}

/** By the dimensions that functions/event-processing/distribution/handler.ts writes; `service` is Powertools' own. */
export function latencyQueries(
  stage: string,
  environments: readonly string[],
  services: readonly string[],
): LatencyQuery[] {
  return environments.flatMap((environment) =>
    services.flatMap((serviceType) =>
      ['EXECUTED', 'FAILED'].map((status) => ({
        namespace: metricsNamespace({ name: stage }),
        metric: 'EndToEndLatency',
        dimensions: { service: 'Distribution', serviceType, status, environment },
        statistic: 'SampleCount',
        status,
      })),
    ),
  );
}

/** So many buckets of a histogram are one here: each is a query. */
const JOINED = 5;
export const COARSE = GROWTH ** JOINED;
/** What is shorter is in the first one, what is longer in the last: 175 queries, which are 0.2 cents. */
const SHORTEST_MS = 10;
const LONGEST_MS = 60_000;

/** Of the histogram's own scale, so that it takes them. */
const BOUNDS: readonly number[] = (() => {
  const histogram = new Histogram();
  for (let bound = SHORTEST_MS; bound < LONGEST_MS; bound *= COARSE) histogram.record(bound);
  return histogram.buckets().map(([upToMs]) => upToMs);
})();

export interface MinuteOfLatencies {
  readonly buckets: Buckets;
  readonly maxMs: number;
}

/**
 * The latencies of each minute. CloudWatch has percentiles of one metric only, and environments, services and states are
 * metrics of their own; but it counts values between two bounds (TC), the lower one exclusive, and counts add up.
 * Source: CloudWatch User Guide, «CloudWatch statistics definitions».
 */
export async function latenciesOf(
  getMetricData: GetMetricData,
  metrics: readonly LatencyQuery[],
  begin: number,
  end: number,
): Promise<ReadonlyMap<number, MinuteOfLatencies>> {
  const ranges = [
    ...BOUNDS.map((to, index) => ({ upToMs: to, statistic: `TC(${BOUNDS[index - 1] ?? ''}:${to})` })),
    { upToMs: Number.POSITIVE_INFINITY, statistic: `TC(${BOUNDS.at(-1) ?? ''}:)` },
  ];
  const [counts, longest] = [
    await answers(
      getMetricData,
      metrics.flatMap((metric) => ranges.map((range) => ({ ...metric, ...range }))),
      begin,
      end,
    ),
    await answers(
      getMetricData,
      metrics.map((metric) => ({ ...metric, statistic: 'Maximum' })),
      begin,
      end,
    ),
  ];
  const maxima = new Map<number, number>();
  for (const { values } of longest) {
    for (const [minute, value] of values) maxima.set(minute, Math.max(value, maxima.get(minute) ?? 0));
  }
  return new Map(
    [...maxima].map(([minute, maxMs]) => {
      const histogram = new Histogram();
      for (const { query, values } of counts) {
        const count = values.get(minute) ?? 0;
        if (count === 0) continue;
        if (Number.isFinite(query.upToMs)) histogram.add([[query.upToMs, count]]);
        else for (let number = 0; number < count; number += 1) histogram.record(maxMs);
      }
      return [minute, { buckets: histogram.buckets(), maxMs }];
    }),
  );
}

/** The longest is known exactly, and nothing took longer. */
export function describe({ buckets, maxMs }: MinuteOfLatencies): Latency | undefined {
  const latency = latencyOf(buckets);
  if (latency === undefined) return undefined;
  const { count, p50Ms, p90Ms, p95Ms, p99Ms } = latency;
  const atMost = (value: number) => Math.min(value, maxMs);
  return {
    count,
    p50Ms: atMost(p50Ms),
    p90Ms: atMost(p90Ms),
    p95Ms: atMost(p95Ms),
    p99Ms: atMost(p99Ms),
    maxMs,
  };
}
