import { describe, expect, test } from 'vitest';
import { withEmbeddedMetrics } from '../../../local/cloudwatch/embedded-metrics.ts';
import { type MetricId, Metrics } from '../../../local/cloudwatch/metrics.ts';
import {
  observeLoadBalancer,
  observeRestApi,
  readQueues,
  withMetrics,
} from '../../../local/cloudwatch/sources.ts';
import type { LambdaFunction } from '../../../local/lambda/function.ts';
import { accountId, region } from '../../../local/messaging/account.ts';
import { startMessaging } from '../messaging/start.ts';

const NOW = Date.UTC(2026, 0, 1);

/** Metrics of which some are watched: their sums and numbers of samples in the last minute. */
function watching(...ids: MetricId[]) {
  const metrics = new Metrics(() => NOW);
  const reads = ids.map((id) => ({
    sum: metrics.watch(id, 60, 'Sum'),
    count: metrics.watch(id, 60, 'SampleCount'),
  }));
  const period = { seconds: 60, number: 0 };
  return { metrics, values: () => reads.map(({ sum, count }) => [sum(period), count(period)]) };
}

test('a REST API: every request counts for the rates of errors', () => {
  const ofApi = (name: string, dimensions = {}) => ({
    namespace: 'AWS/ApiGateway',
    name,
    dimensions: { ApiName: 'blue', ...dimensions },
  });
  const { metrics, values } = watching(
    ofApi('Count'),
    ofApi('4XXError'),
    ofApi('5XXError'),
    ofApi('5XXError', { Stage: 'api' }),
    ofApi('5XXError', { Stage: 'other' }),
  );
  const observe = observeRestApi(metrics, 'blue', 'api');
  for (const status of [200, 404, 429, 500, 504]) observe(status);
  observeRestApi(metrics, 'green', 'api')(500);
  expect(values()).toEqual([
    [5, 5],
    [2, 5],
    [2, 5],
    [2, 5],
    [undefined, undefined],
  ]);
});

test('a load balancer: what targets answer, and what it answers itself', () => {
  const ofDoor = (name: string, dimensions = {}) => ({
    namespace: 'AWS/ApplicationELB',
    name,
    dimensions: { LoadBalancer: 'app/door/1', ...dimensions },
  });
  const { metrics, values } = watching(
    ofDoor('RequestCount'),
    ofDoor('HTTPCode_Target_5XX_Count'),
    ofDoor('HTTPCode_Target_5XX_Count', { TargetGroup: 'targetgroup/blue/1' }),
    ofDoor('HTTPCode_ELB_5XX_Count'),
    ofDoor('HTTPCode_Target_4XX_Count', { TargetGroup: 'targetgroup/blue/1' }),
    ofDoor('HTTPCode_Target_4XX_Count', { TargetGroup: 'targetgroup/green/1' }),
    ofDoor('RequestCount', { TargetGroup: 'targetgroup/blue/1' }),
  );
  const observe = observeLoadBalancer(metrics, 'app/door/1');
  observe(200, 'targetgroup/blue/1');
  observe(500, 'targetgroup/blue/1');
  observe(502, 'targetgroup/green/1');
  for (const status of [400, 429]) observe(status, 'targetgroup/blue/1');
  for (const status of [503, 301, 404]) observe(status);
  expect(values()).toEqual([
    [5, 5],
    [2, 2],
    [1, 1],
    [1, 1],
    [2, 2],
    // As of load balancers: nothing is reported where there was none.
    [undefined, undefined],
    [4, 4],
  ]);
});

describe('a function', () => {
  const lambda: LambdaFunction = {
    invoke: async (payload) =>
      payload === 'bad'
        ? { ok: false, errorType: 'E', errorMessage: 'm', trace: [] }
        : { ok: true, payload: 'answer' },
    warm: async () => undefined,
    environments: () => 0,
    grow: () => undefined,
    reload: () => undefined,
    stop: async () => undefined,
    stats: () => ({ workers: 0, initMs: [], invocations: 0, billedMs: 0 }),
  };

  test('its invocations and errors', async () => {
    const of = (name: string) => ({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'f' } });
    const { metrics, values } = watching(of('Invocations'), of('Errors'));
    const watched = withMetrics(lambda, metrics, 'f');
    expect(await watched.invoke('good')).toEqual({ ok: true, payload: 'answer' });
    expect(await watched.invoke('bad')).toMatchObject({ ok: false });
    expect(values()).toEqual([
      [2, 2],
      [1, 2],
    ]);
  });

  test('that nobody watches stays as it is', () => {
    expect(withMetrics(lambda, new Metrics(), 'f')).toBe(lambda);
  });
});

test('queues are looked at when somebody asks', async () => {
  const messaging = await startMessaging();
  const { url } = messaging.createQueue('blue-Dead', {});
  const metrics = new Metrics();
  readQueues(metrics, messaging);
  const read = (name: string, QueueName = 'blue-Dead') =>
    metrics.watch({ namespace: 'AWS/SQS', name, dimensions: { QueueName } }, 60, 'Maximum');
  const [visible, age] = [read('ApproximateNumberOfMessagesVisible'), read('ApproximateAgeOfOldestMessage')];
  const period = { seconds: 60, number: 0 };
  expect([visible(period), age(period)]).toEqual([0, 0]);
  for (const MessageBody of ['1', '2']) messaging.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody });
  const [message] = messaging.peek(`arn:aws:sqs:${region}:${accountId}:blue-Dead`);
  const atMost = (Date.now() - Number(message?.attributes.SentTimestamp)) / 1000;
  expect(visible(period)).toBe(2);
  expect(age(period)).toBeGreaterThanOrEqual(atMost);
  // It was so all the time, as far as anybody knows.
  expect(visible({ seconds: 60, number: 3 })).toBe(2);
});

describe('lines in the embedded metric format', () => {
  const failures = (environment: string) => ({
    namespace: 'Own',
    name: 'Failures',
    dimensions: { environment },
  });
  const line = (members: object, Dimensions = [['environment']]) =>
    JSON.stringify({
      _aws: {
        Timestamp: NOW,
        CloudWatchMetrics: [
          { Namespace: 'Own', Dimensions, Metrics: [{ Name: 'Failures', Unit: 'Count' }] },
          { Namespace: 'Unwatched', Dimensions, Metrics: [{ Name: 'Failures' }] },
        ],
      },
      environment: 'blue',
      ...members,
    });

  test('count for the metrics that they name, and stay lines', () => {
    const { metrics, values } = watching(failures('blue'), failures('green'));
    const lines: string[] = [];
    const log = withEmbeddedMetrics((_source, text) => lines.push(text), metrics);
    const printed = [
      line({ Failures: 1 }),
      line({ Failures: [0, 1] }),
      line({ Failures: 1, environment: 'green' }),
      line({ Failures: 1, service: 's' }, [['environment', 'service']]),
      line({ Failures: 'many' }),
      '{"message":"no metric"}',
      'broken "_aws" line',
      '{"_aws":1}',
    ];
    for (const text of printed) log('blue-Distribution', text);
    expect(values()).toEqual([
      [2, 3],
      [1, 1],
    ]);
    expect(lines).toEqual(printed);
  });

  test('are not looked at where nobody watches such metrics', () => {
    const log = () => undefined;
    const { metrics } = watching({ namespace: 'AWS/SQS', name: 'n', dimensions: {} });
    expect(withEmbeddedMetrics(log, metrics)).toBe(log);
  });
});

test('samples that nobody looks at any more are forgotten', () => {
  let now = NOW;
  const metrics = new Metrics(() => now);
  const id = { namespace: 'Own', name: 'n', dimensions: {} };
  const read = metrics.watch(id, 60, 'SampleCount');
  const record = metrics.recorder(id);
  for (let second = 0; second < 600; second += 1) {
    now = NOW + second * 1000;
    record?.(1);
  }
  expect(read({ seconds: 60, number: 0 })).toBe(60);
  expect(read({ seconds: 600, number: 0 })).toBe(60);
  expect(metrics.recorder({ ...id, name: 'unwatched' })).toBeUndefined();
});
