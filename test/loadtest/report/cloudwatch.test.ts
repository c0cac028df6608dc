import type { GetMetricDataCommandInput } from '@aws-sdk/client-cloudwatch';
import { describe, expect, test } from 'vitest';
import { type OnAws, withCloudWatch } from '../../../loadtest/report/cloudwatch.ts';
import { resourcesOf } from '../../../loadtest/report/stage-resources.ts';
import type { Sample } from '../../../loadtest/result.ts';

const START = Date.parse('2026-01-02T03:04:00.000Z');
const MINUTE_MS = 60_000;

/** A value as it came. */
interface Value {
  readonly at: number;
  readonly value: number;
}

/** CloudWatch with the values of metrics, by namespace, name and dimensions; its answers come in pages of a hundred metrics. */
class FakeCloudWatch {
  readonly inputs: GetMetricDataCommandInput[] = [];
  readonly #metrics = new Map<string, Value[]>();
  now = START;

  put(namespace: string, metric: string, dimensions: Record<string, string>, ...values: Value[]): void {
    const key = keyOf(namespace, metric, dimensions);
    this.#metrics.set(key, [...(this.#metrics.get(key) ?? []), ...values]);
  }

  readonly getMetricData: OnAws['getMetricData'] = async (input) => {
    this.inputs.push(input);
    const queries = input.MetricDataQueries ?? [];
    expect(queries.length).toBeLessThanOrEqual(500);
    const page = Number(input.NextToken ?? 0);
    const MetricDataResults = queries.slice(page * 100, (page + 1) * 100).map(({ Id, MetricStat }) => {
      const { Metric, Period = 0, Stat = '' } = MetricStat ?? {};
      expect(Period).toBe(60);
      const dimensions = Object.fromEntries(
        (Metric?.Dimensions ?? []).map(({ Name = '', Value = '' }) => [Name, Value]),
      );
      const all =
        this.#metrics.get(keyOf(Metric?.Namespace ?? '', Metric?.MetricName ?? '', dimensions)) ?? [];
      const known = all.filter(
        ({ at }) => at >= Number(input.StartTime) && at < Number(input.EndTime) && at < this.now,
      );
      const minutes = [...Map.groupBy(known, ({ at }) => Math.floor(at / MINUTE_MS) * MINUTE_MS)];
      return {
        Id,
        Timestamps: minutes.map(([minute]) => new Date(minute)),
        Values: minutes.map(([, values]) =>
          statistic(
            Stat,
            values.map(({ value }) => value),
          ),
        ),
      };
    });
    return { MetricDataResults, ...((page + 1) * 100 < queries.length ? { NextToken: `${page + 1}` } : {}) };
  };
}

const keyOf = (...parts: unknown[]): string => JSON.stringify(parts);

/** As «CloudWatch statistics definitions» has them. */
function statistic(name: string, values: readonly number[]): number {
  const ascending = values.toSorted((one, other) => one - other);
  if (name === 'SampleCount') return values.length;
  if (name === 'Sum') return values.reduce((sum, value) => sum + value, 0);
  if (name === 'Maximum') return ascending.at(-1) ?? 0;
  const [, percent] = /^p(\d+)$/.exec(name) ?? [];
  if (percent !== undefined) return ascending[Math.ceil((Number(percent) / 100) * values.length) - 1] ?? 0;
  const [, from, to] = /^TC\(([\d.]*):([\d.]*)\)$/.exec(name) ?? [];
  if (from === undefined || to === undefined) throw new Error(`There is no statistic ${name}`);
  return values.filter((value) => (from === '' || value > Number(from)) && (to === '' || value <= Number(to)))
    .length;
}

const ARN = 'eu-central-1:123456789012';
const RESOURCES = resourcesOf('dev-a', [
  [`arn:aws:lambda:${ARN}:function:validate-1`, { environment: 'blue', 'building-block': 'event-creation' }],
  [`arn:aws:lambda:${ARN}:function:validate-2`, { environment: 'green', 'building-block': 'event-creation' }],
  [`arn:aws:lambda:${ARN}:function:mock`, { environment: 'shared', 'building-block': 'vehicle-simulator' }],
  [
    `arn:aws:states:${ARN}:stateMachine:creation`,
    { environment: 'blue', 'building-block': 'event-creation' },
  ],
  [
    `arn:aws:elasticloadbalancing:${ARN}:loadbalancer/app/door/123`,
    { environment: 'shared', 'building-block': 'traffic' },
  ],
  [`arn:aws:sqs:${ARN}:queue-1`, { environment: 'blue', queue: 'EventProcessing/PersistenceQueue' }],
  [
    `arn:aws:sqs:${ARN}:queue-2`,
    { environment: 'blue', queue: 'EventProcessing/PersistenceQueue', 'dead-letters': 'received' },
  ],
]);

test('a stage’s resources are found by their tags, those of the simulator left out', () => {
  expect(RESOURCES).toEqual({
    environments: ['blue', 'green'],
    apis: ['remote-services-dev-a-blue-EventCreation', 'remote-services-dev-a-green-EventCreation'],
    loadBalancers: ['app/door/123'],
    functions: ['validate-1', 'validate-2'],
    workflows: [`arn:aws:states:${ARN}:stateMachine:creation`],
    queues: [
      { name: 'blue/EventProcessing/PersistenceQueue', queueName: 'queue-1', holdsDeadLetters: false },
      { name: 'blue/EventProcessing/PersistenceQueue', queueName: 'queue-2', holdsDeadLetters: true },
    ],
  });
});

/** One command a second for two minutes. */
const SAMPLES: Sample[] = Array.from({ length: 120 }, (_, second) => ({
  at: new Date(START + second * 1000).toISOString(),
  seconds: 1,
  sent: 1,
  accepted: 1,
  polls: 0,
  errors: {},
  trigger: { count: 1, p50Ms: second, p90Ms: second, p95Ms: second, p99Ms: second, maxMs: second },
}));
const OUTCOME = { sent: 60, accepted: 60, polls: 0, errors: {} };
const phase = (name: string, minute: number) => ({
  name,
  from: new Date(START + minute * MINUTE_MS).toISOString(),
  to: new Date(START + (minute + 1) * MINUTE_MS).toISOString(),
  seconds: 60,
  fromRate: 1,
  toRate: 1,
  outcome: OUTCOME,
});
const MEASURED = {
  samples: SAMPLES,
  phases: [phase('first', 0), phase('second', 1)],
  total: { ...OUTCOME, sent: 120, accepted: 120 },
};

/** Latencies of 100 to 219 ms in the order of the commands, by turns of two services and environments. */
function filled(): FakeCloudWatch {
  const fake = new FakeCloudWatch();
  for (let second = 0; second < 120; second += 1) {
    const isOdd = second % 2 === 1;
    fake.put(
      'RemoteVehicleServices/dev-a',
      'EndToEndLatency',
      {
        service: 'Distribution',
        serviceType: isOdd ? 'light-flash' : 'horn-blow',
        status: second === 119 ? 'FAILED' : 'EXECUTED',
        environment: isOdd ? 'green' : 'blue',
      },
      { at: START + second * 1000, value: 100 + second },
    );
  }
  return fake;
}

const fill = async (fake: FakeCloudWatch, signal = new AbortController().signal) => {
  const pauses: number[] = [];
  const result = await withCloudWatch(MEASURED, {
    stage: 'dev-a',
    resources: RESOURCES,
    services: ['horn-blow', 'light-flash'],
    getMetricData: fake.getMetricData,
    now: () => fake.now,
    signal,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      fake.now += milliseconds;
    },
  });
  return { ...result, pauses };
};

describe('latencies end to end', () => {
  test('are put together of all services, states and environments', async () => {
    const { total, phases, samples } = await fill(filled());
    const { latency, histogram = [] } = total.endToEnd ?? {};
    expect(latency).toMatchObject({ count: 120, maxMs: 219 });
    expect(histogram.reduce((sum, [, count]) => sum + count, 0)).toBe(120);
    // At most 5.2 % above the true ones, of which half of the commands were at most 159 ms.
    expect(latency?.p50Ms).toBeGreaterThanOrEqual(159);
    expect(latency?.p50Ms).toBeLessThanOrEqual(159 * 1.052);
    expect(latency?.p99Ms).toBeGreaterThanOrEqual(218);
    expect(latency?.p99Ms).toBeLessThanOrEqual(219);
    expect(phases.map(({ outcome }) => outcome.endToEnd?.latency.count)).toEqual([60, 60]);
    expect(phases.map(({ outcome }) => outcome.endToEnd?.latency.maxMs)).toEqual([159, 219]);
    expect(samples.map(({ endToEnd }) => endToEnd?.count)).toEqual([60, 60]);
    expect(samples.map(({ ended }) => ended)).toEqual([
      { EXECUTED: 60, FAILED: 0 },
      { EXECUTED: 59, FAILED: 1 },
    ]);
  });

  test('of less than 10 ms and of more than a minute are counted too', async () => {
    const fake = filled();
    const dimensions = {
      service: 'Distribution',
      serviceType: 'horn-blow',
      status: 'EXECUTED',
      environment: 'blue',
    };
    fake.put(
      'RemoteVehicleServices/dev-a',
      'EndToEndLatency',
      dimensions,
      { at: START, value: 3 },
      { at: START, value: 90_000 },
    );
    const { total } = await fill(fake);
    expect(total.endToEnd?.latency).toMatchObject({ count: 122, maxMs: 90_000 });
    expect(total.endToEnd?.histogram?.[0]?.[0]).toBeLessThan(10.5);
  });
});

test('what the load generator has measured stays, by the minute', async () => {
  const { samples } = await fill(filled());
  expect(samples.map(({ at, seconds, sent }) => [at, seconds, sent])).toEqual([
    ['2026-01-02T03:04:00.000Z', 60, 60],
    ['2026-01-02T03:05:00.000Z', 60, 60],
  ]);
  expect(samples.map(({ trigger }) => trigger?.p99Ms)).toEqual([59, 119]);
});

test('resources tell of themselves', async () => {
  const fake = filled();
  const at = START + 70_000;
  const [blue, green] = RESOURCES.apis.map((ApiName) => ({ ApiName }));
  const one = { at, value: 1 };
  for (const api of [blue ?? {}, green ?? {}]) {
    fake.put('AWS/ApiGateway', 'Count', api, one, one);
    fake.put('AWS/ApiGateway', '4XXError', api, one, { at, value: 0 });
    fake.put('AWS/ApiGateway', 'Latency', api, { at, value: api === blue ? 20 : 30 });
  }
  const LoadBalancer = 'app/door/123';
  fake.put('AWS/ApplicationELB', 'RequestCount', { LoadBalancer }, one, one, one, one);
  fake.put('AWS/ApplicationELB', 'HTTPCode_ELB_5XX_Count', { LoadBalancer }, one);
  fake.put('AWS/ApplicationELB', 'TargetResponseTime', { LoadBalancer }, { at, value: 0.025 });
  fake.put('AWS/Lambda', 'Errors', { FunctionName: 'validate-1' }, one, { at, value: 0 });
  fake.put('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: 'validate-1' }, one, { at, value: 4 });
  fake.put('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: 'validate-2' }, { at, value: 3 });
  fake.put(
    'AWS/States',
    'ExecutionsFailed',
    { StateMachineArn: `arn:aws:states:${ARN}:stateMachine:creation` },
    one,
  );
  fake.put('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'queue-1' }, { at, value: 5 });
  fake.put('AWS/SQS', 'ApproximateNumberOfMessagesNotVisible', { QueueName: 'queue-1' }, { at, value: 2 });
  fake.put('AWS/SQS', 'ApproximateNumberOfMessagesDelayed', { QueueName: 'queue-1' }, { at, value: 9 });
  fake.put('AWS/SQS', 'ApproximateNumberOfMessagesVisible', { QueueName: 'queue-2' }, one);
  const { samples } = await fill(fake);
  expect(samples[1]).toMatchObject({
    api: { count: 4, clientErrors: 2, serverErrors: 0, latency: { count: 4, p50Ms: 30, maxMs: 30 } },
    door: { count: 4, clientErrors: 0, serverErrors: 1, latency: { p99Ms: 25 } },
    functionErrors: 1,
    functionThrottles: 0,
    concurrentExecutions: 7,
    workflowsFailed: 1,
    queues: { 'blue/EventProcessing/PersistenceQueue': 7 },
    queued: 7,
    delayed: 9,
    deadLetters: 1,
  });
  expect(samples[0]).toMatchObject({ functionErrors: 0, queues: {}, queued: 0 });
  expect(samples[0]?.api).toBeUndefined();
});

describe('metrics come late', () => {
  test('and are waited for, three minutes at least', async () => {
    const { pauses, notes } = await fill(filled());
    expect(pauses).toEqual([5 * MINUTE_MS]);
    expect(notes).toEqual([expect.stringContaining('at most 5 % above')]);
  });

  test('but not if somebody does not want to wait', async () => {
    const { pauses, notes } = await fill(new FakeCloudWatch(), AbortSignal.abort());
    expect(pauses).toHaveLength(1);
    expect(notes.at(-1)).toContain('0 ends of 120 commands');
  });

  test('and if some never come, that is said', async () => {
    const fake = new FakeCloudWatch();
    const { notes, total, samples } = await fill(fake);
    expect(fake.now).toBeGreaterThan(START + 12 * MINUTE_MS);
    expect(notes.at(-1)).toContain('CloudWatch tells of 0 ends of 120 commands');
    expect(total.endToEnd).toBeUndefined();
    expect(samples).toHaveLength(2);
  });
});
