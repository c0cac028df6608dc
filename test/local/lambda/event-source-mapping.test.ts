import { availableParallelism } from 'node:os';
import { expect, test, vi } from 'vitest';
import type { Json, JsonObject } from '../../../local/aws.ts';
import { startEventSourceMapping } from '../../../local/lambda/event-source-mapping.ts';
import type { InvokeResult } from '../../../local/lambda/function.ts';
import { fakeConsume, recordsOf } from '../messaging/consume.ts';
import { startMessaging } from '../messaging/start.ts';
import { startFunction } from './start.ts';

const SOURCE = { FunctionName: 'test', EventSourceArn: 'arn:aws:sqs:eu-central-1:000000000000:work' };
const REPORTS = { FunctionResponseTypes: ['ReportBatchItemFailures'] };

const ok = (payload: Json): InvokeResult => ({ ok: true, payload });
/** A function that has nothing to do. */
const IDLE = { invoke: async () => ok(null), environments: () => 1, grow: () => undefined };

const broken: InvokeResult = { ok: false, errorType: 'Error', errorMessage: 'x', trace: [] };

test('messages reach a function as the event of Lambda; only what it reports comes back', async () => {
  const lambda = startFunction(`export const handler = async ({ Records }) => {
    console.log(Records.map(({ body, eventSource }) => body + ' from ' + eventSource).join());
    return { batchItemFailures: Records.filter(({ body }) => body === 'bad').map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };`);
  const engine = await startMessaging();
  const dead = engine.createQueue('dead', {});
  const queue = engine.createQueue('work', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
  });
  startEventSourceMapping({ ...SOURCE, ...REPORTS, EventSourceArn: queue.arn }, lambda, engine);
  for (const MessageBody of ['a', 'bad', 'c']) {
    engine.call('SendMessage', 'sqs', { QueueUrl: queue.url, MessageBody });
  }
  await vi.waitFor(() => expect(engine.depth(dead.arn).visible).toBe(1), { timeout: 4000 });
  expect(engine.peek(dead.arn).map(({ body }) => body)).toEqual(['bad']);
  expect(engine.depth(queue.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(lambda.lines).toEqual(['a from aws:sqs,bad from aws:sqs,c from aws:sqs']);
});

test.each<[string, InvokeResult, JsonObject, string[]]>([
  ['no answer: all succeeded', ok(null), REPORTS, []],
  ['an empty answer: all succeeded', ok({}), REPORTS, []],
  ['no list: all succeeded', ok({ batchItemFailures: null }), REPORTS, []],
  ['an empty list: all succeeded', ok({ batchItemFailures: [] }), REPORTS, []],
  ['one named: it failed', ok({ batchItemFailures: [{ itemIdentifier: 'b' }] }), REPORTS, ['b']],
  [
    'an unknown id: all failed',
    ok({ batchItemFailures: [{ itemIdentifier: 'a' }, { itemIdentifier: 'x' }] }),
    REPORTS,
    ['a', 'b'],
  ],
  ['an empty id: all failed', ok({ batchItemFailures: [{ itemIdentifier: '' }] }), REPORTS, ['a', 'b']],
  ['no id: all failed', ok({ batchItemFailures: [{ itemIdentifier: null }] }), REPORTS, ['a', 'b']],
  ['another key: all failed', ok({ batchItemFailures: [{ id: 'a' }] }), REPORTS, ['a', 'b']],
  ['no objects: all failed', ok({ batchItemFailures: ['a', null] }), REPORTS, ['a', 'b']],
  ['not a list: all failed', ok({ batchItemFailures: 'a' }), REPORTS, ['a', 'b']],
  ['an answer of another form: all failed', ok('fine'), REPORTS, ['a', 'b']],
  ['an error: all failed', broken, REPORTS, ['a', 'b']],
  ['without reports the answer does not count', ok({ batchItemFailures: [{ itemIdentifier: 'b' }] }), {}, []],
  ['without reports an error fails all', broken, {}, ['a', 'b']],
])('%s', async (_what, result, properties, failed) => {
  const messaging = fakeConsume();
  const invoke = vi.fn(async () => result);
  startEventSourceMapping({ ...SOURCE, ...properties }, { ...IDLE, invoke }, messaging);
  const records = recordsOf('a', 'b');
  expect(await messaging.handle(records)).toEqual(failed);
  expect(invoke).toHaveBeenCalledExactlyOnceWith({ Records: records });
});

test.each<[JsonObject, object]>([
  [{}, { batchSize: 10, windowMs: 0 }],
  [
    {
      BatchSize: 2,
      ScalingConfig: { MaximumConcurrency: 3 },
      MaximumBatchingWindowInSeconds: 2,
      Enabled: true,
    },
    { batchSize: 2, windowMs: 2000 },
  ],
])('batches as %j says', (properties, options) => {
  const messaging = fakeConsume();
  startEventSourceMapping({ ...SOURCE, ...properties }, IDLE, messaging);
  expect(messaging.consume).toHaveBeenCalledExactlyOnceWith(
    SOURCE.EventSourceArn,
    { ...options, concurrency: expect.any(Function) },
    expect.any(Function),
  );
});

test.each([
  [2, [1, 2, 2, 2]],
  [3, [1, 2, 3, 3]],
])('at most %d batches are under way, and one more than the function has environments', (most, expected) => {
  const messaging = fakeConsume();
  let environments = 0;
  const target = { ...IDLE, environments: () => environments };
  const properties = { ...SOURCE, ScalingConfig: { MaximumConcurrency: most } };
  startEventSourceMapping(properties, target, messaging);
  const asked = expected.map((_, index) => {
    environments = index;
    return messaging.consume.mock.lastCall?.[1].concurrency(0);
  });
  expect(asked).toEqual(expected);
});

test.each([
  ['a backlog for the one environment', 1, 201, availableParallelism() > 1],
  ['less than that', 1, 200, false],
  ['a backlog, but no core that is free', availableParallelism(), 100_000, false],
])('%s', (_what, environments, visible, grows) => {
  const messaging = fakeConsume();
  const grow = vi.fn();
  startEventSourceMapping(SOURCE, { ...IDLE, environments: () => environments, grow }, messaging);
  expect(messaging.consume.mock.lastCall?.[1].concurrency(visible)).toBe(environments + 1);
  expect(grow).toHaveBeenCalledTimes(grows ? 1 : 0);
});

test('a mapping that is not enabled leaves the queue alone', async () => {
  const messaging = fakeConsume();
  const invoke = async () => ok(null);
  await startEventSourceMapping({ ...SOURCE, Enabled: false }, { ...IDLE, invoke }, messaging).stop();
  expect(messaging.consume).not.toHaveBeenCalled();
});

test.each<[string, JsonObject, RegExp]>([
  ['a filter', { FilterCriteria: { Filters: [] } }, /FilterCriteria/],
  ['a longer window', { MaximumBatchingWindowInSeconds: 301 }, /MaximumBatchingWindowInSeconds 301/],
  ['a window that is none', { MaximumBatchingWindowInSeconds: 'x' }, /MaximumBatchingWindowInSeconds NaN/],
  ['a large batch', { BatchSize: 11 }, /BatchSize 11/],
  ['one poller', { ScalingConfig: { MaximumConcurrency: 1 } }, /MaximumConcurrency 1/],
  ['a stream', { EventSourceArn: 'arn:aws:dynamodb:x:y:table/t/stream/1' }, /EventSourceArn .*stream/],
])('%s is refused by name', (_what, properties, message) => {
  const messaging = fakeConsume();
  const starting = () => startEventSourceMapping({ ...SOURCE, ...properties }, IDLE, messaging);
  expect(starting).toThrow(message);
  expect(messaging.consume).not.toHaveBeenCalled();
});
