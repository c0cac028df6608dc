import { setTimeout as sleep } from 'node:timers/promises';
import { Histogram } from '../../local/control/histogram.ts';
import type { LoadTestResult, Sample } from '../result.ts';
import { COARSE, describe, type LatencyQuery, latenciesOf, latencyQueries } from './end-to-end-metrics.ts';
import {
  type Answered,
  answers,
  cloudWatch,
  type GetMetricData,
  MINUTE_MS,
  minuteOf,
  sumOf,
} from './metric-data.ts';
import { merged } from './spans.ts';
import { stageMinutes } from './stage-metrics.ts';
import { type StageResources, stageResources } from './stage-resources.ts';

type Measured = Pick<LoadTestResult, 'samples' | 'phases' | 'total'>;

export interface OnAws {
  /** Name of the stage. */
  readonly stage: string;
  readonly resources: StageResources;
  /** Remote services that were asked for. */
  readonly services: readonly string[];
  readonly getMetricData: GetMetricData;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Ends the wait for metrics: those that are there must do. */
  readonly signal: AbortSignal;
}

/** Metrics come a minute or two late. */
const LATE_MS = 3 * MINUTE_MS;
/** Whether they have all come, only those of commands tell; after so long, others will not come either. */
const LATEST_MS = 10 * MINUTE_MS;
const LOOK_INTERVAL_MS = 15_000;

/**
 * `withCloudWatch` in the account and region that the AWS SDK finds. Where CloudWatch cannot be read, what the load
 * generator has measured is not lost: a note says why.
 */
export async function fromCloudWatch(
  measured: Measured,
  options: Pick<OnAws, 'stage' | 'services' | 'signal'>,
): Promise<Measured & { readonly notes: readonly string[] }> {
  const { getMetricData, close } = cloudWatch();
  try {
    return await withCloudWatch(measured, {
      ...options,
      resources: await stageResources(options.stage),
      getMetricData,
      now: Date.now,
      pause: (milliseconds) =>
        sleep(milliseconds, undefined, { signal: options.signal }).catch(() => undefined),
    });
  } catch (error) {
    return { ...measured, notes: [`CloudWatch could not be read: ${String(error)}`] };
  } finally {
    close();
  }
}

/**
 * Adds what CloudWatch knows of a deployed stage to what the load generator has measured: samples become those of
 * minutes, and latencies end to end are those that the stage measured. Memory does not exist there.
 *
 * Waits for the metrics, which come late: three minutes at least, ten at most.
 * @returns also what is to be said of it, for people
 */
export async function withCloudWatch(
  measured: Measured,
  onAws: OnAws,
): Promise<Measured & { readonly notes: readonly string[] }> {
  const { samples, phases, total } = measured;
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return { ...measured, notes: [] };
  const begin = Date.parse(first.at);
  const end = Date.parse(last.at) + last.seconds * 1000;

  const ended = await endsOf(onAws, total.accepted, begin, end);
  const knownEnds = sumOf(ended.flatMap(({ values }) => [...values.values()]));
  // What ended last may have ended after the last request.
  const until = Math.max(
    end,
    ...ended.flatMap(({ values }) => [...values.keys()].map((at) => at + MINUTE_MS)),
  );
  const latencies = await latenciesOf(
    onAws.getMetricData,
    ended.filter(({ values }) => values.size > 0).map(({ query }) => query),
    begin,
    until,
  );
  const stage = await stageMinutes(onAws.getMetricData, onAws.resources, begin, until);

  const byMinute = Map.groupBy(samples, ({ at }) => minuteOf(Date.parse(at)));
  const minutes: Sample[] = [];
  for (let minute = minuteOf(begin); minute < until; minute += MINUTE_MS) {
    const latency = latencies.get(minute);
    const count = (status: string) =>
      sumOf(
        ended.filter(({ query }) => query.status === status).map(({ values }) => values.get(minute) ?? 0),
      );
    minutes.push({
      ...merged(byMinute.get(minute) ?? []),
      at: new Date(minute).toISOString(),
      seconds: MINUTE_MS / 1000,
      endToEnd: latency && describe(latency),
      ended: { EXECUTED: count('EXECUTED'), FAILED: count('FAILED') },
      ...stage(minute),
    });
  }

  const distribution = (from: number, to: number) => {
    const within = [...latencies].filter(([minute]) => {
      const middle = minute + MINUTE_MS / 2;
      return middle >= from && middle < to;
    });
    const joined = new Histogram();
    for (const [, { buckets }] of within) joined.add(buckets);
    const histogram = joined.buckets();
    const latency = describe({
      buckets: histogram,
      maxMs: Math.max(...within.map(([, { maxMs }]) => maxMs)),
    });
    return latency && { latency, histogram };
  };
  return {
    samples: minutes,
    phases: phases.map((phase, index) => {
      // What ended later counts in the last phase.
      const to = index === phases.length - 1 ? Number.POSITIVE_INFINITY : Date.parse(phase.to);
      const endToEnd = distribution(index === 0 ? Number.NEGATIVE_INFINITY : Date.parse(phase.from), to);
      return { ...phase, outcome: { ...phase.outcome, ...(endToEnd && { endToEnd }) } };
    }),
    total: (() => {
      const endToEnd = distribution(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
      return { ...total, ...(endToEnd && { endToEnd }) };
    })(),
    notes: [
      `latencies end to end are CloudWatch’s, by the minute, and at most ${Math.round((COARSE - 1) * 100)} % above the true ones`,
      ...(knownEnds === total.accepted
        ? []
        : [
            `CloudWatch tells of ${knownEnds} ends of ${total.accepted} commands: others use the stage, or metrics are still to come`,
          ]),
    ],
  };
}

/** Counts of commands that ended, once they are all there, or will not come any more. */
async function endsOf(
  onAws: OnAws,
  expected: number,
  begin: number,
  end: number,
): Promise<Answered<LatencyQuery>[]> {
  const { stage, resources, services, getMetricData, now, pause, signal } = onAws;
  const queries = latencyQueries(stage, resources.environments, services);
  await pause(Math.max(0, end + LATE_MS - now()));
  for (;;) {
    const found = await answers(getMetricData, queries, begin, now());
    const count = sumOf(found.flatMap(({ values }) => [...values.values()]));
    if (count >= expected || now() > end + LATEST_MS || signal.aborted) return found;
    await pause(LOOK_INTERVAL_MS);
  }
}
