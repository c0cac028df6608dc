import { expect, test, vi } from 'vitest';
import { AwsError, type AwsRequest, type Json, type JsonObject } from '../../../local/aws.ts';
import { startPipe } from '../../../local/pipes/pipe.ts';
import { fakeConsume, recordsOf } from '../messaging/consume.ts';
import { startMessaging } from '../messaging/start.ts';

const PIPE = {
  RoleArn: 'arn:aws:iam::000000000000:role/pipe',
  Source: 'arn:aws:sqs:eu-central-1:000000000000:incoming',
  SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
  Target: 'arn:aws:states:eu-central-1:000000000000:stateMachine:routing',
  TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } },
};

const succeeded = (output: Json): JsonObject => ({ status: 'SUCCEEDED', output: JSON.stringify(output) });

/** The pipe on its own; `handle` gives it a batch. */
function start(answer: () => JsonObject, properties: JsonObject = {}) {
  const messaging = fakeConsume();
  const awsCall = vi.fn(async (_request: AwsRequest) => answer());
  const log = vi.fn<(line: string) => void>();
  const pipe = startPipe({ ...PIPE, ...properties }, { messaging, awsCall, log });
  return { ...messaging, awsCall, log, pipe };
}

test('a message of the queue starts the workflow with a list of one record, and is deleted', async () => {
  const messaging = await startMessaging();
  const { arn, url } = messaging.createQueue('incoming', {});
  const awsCall = vi.fn(async (_request: AwsRequest) => succeeded({ routed: 'blue' }));
  startPipe({ ...PIPE, Source: arn }, { messaging, awsCall, log: () => undefined });
  messaging.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: '{"vin":"X"}' });

  await vi.waitFor(() => expect(awsCall).toHaveBeenCalledOnce());
  expect(awsCall).toHaveBeenCalledWith({
    service: 'states',
    action: 'StartSyncExecution',
    role: PIPE.RoleArn,
    input: { stateMachineArn: PIPE.Target, input: expect.any(String) },
  });
  expect(JSON.parse(String(awsCall.mock.lastCall?.[0].input.input))).toEqual([
    {
      messageId: expect.any(String),
      receiptHandle: expect.any(String),
      body: '{"vin":"X"}',
      attributes: expect.objectContaining({ ApproximateReceiveCount: '1' }),
      messageAttributes: {},
      md5OfBody: expect.any(String),
      eventSource: 'aws:sqs',
      eventSourceARN: arn,
      awsRegion: 'eu-central-1',
    },
  ]);
  await vi.waitFor(() => expect(messaging.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }));
});

test.each<[string, () => JsonObject, string[], RegExp | undefined]>([
  ['an output of its own', () => succeeded([1, 'x']), [], undefined],
  ['no output', () => ({ status: 'SUCCEEDED' }), [], undefined],
  ['an empty list of failures', () => succeeded({ batchItemFailures: [] }), [], undefined],
  ['one failure', () => succeeded({ batchItemFailures: [{ itemIdentifier: 'b' }] }), ['b'], undefined],
  ['an unknown id', () => succeeded({ batchItemFailures: [{ itemIdentifier: 'x' }] }), ['a', 'b'], undefined],
  [
    'FAILED',
    () => ({ status: 'FAILED', error: 'NoRoute', cause: 'no table' }),
    ['a', 'b'],
    /FAILED: NoRoute no table/,
  ],
  ['TIMED_OUT', () => ({ status: 'TIMED_OUT' }), ['a', 'b'], /TIMED_OUT/],
  [
    'an execution that does not start',
    () => {
      throw new AwsError('AccessDeniedException', 'not allowed');
    },
    ['a', 'b'],
    /not allowed/,
  ],
])('%s', async (_what, answer, failed, line) => {
  const { handle, log } = start(answer);
  expect(await handle(recordsOf('a', 'b'))).toEqual(failed);
  expect(log.mock.calls).toEqual(line === undefined ? [] : [[expect.stringMatching(line)]]);
});

test.each<[JsonObject, number]>([
  [{}, 1],
  [{ SourceParameters: { SqsQueueParameters: { BatchSize: 7, MaximumBatchingWindowInSeconds: 0 } } }, 7],
  [{ SourceParameters: {} }, 10],
])('batches as %j says', (properties, batchSize) => {
  const { consume } = start(() => succeeded(null), properties);
  const options = { batchSize, concurrency: expect.any(Function) };
  expect(consume).toHaveBeenCalledExactlyOnceWith(PIPE.Source, options, expect.any(Function));
  expect(consume.mock.lastCall?.[1].concurrency(0)).toBe(5);
});

test('a pipe that is to be stopped leaves the queue alone', async () => {
  const { consume, pipe } = start(() => succeeded(null), { DesiredState: 'STOPPED' });
  await pipe.stop();
  expect(consume).not.toHaveBeenCalled();
});

test.each<[string, JsonObject, RegExp]>([
  ['enrichment', { Enrichment: 'arn:aws:lambda:x' }, /Enrichment/],
  ['a filter', { SourceParameters: { FilterCriteria: {} } }, /FilterCriteria/],
  [
    'a batching window',
    { SourceParameters: { SqsQueueParameters: { MaximumBatchingWindowInSeconds: 1 } } },
    /MaximumBatchingWindowInSeconds 1/,
  ],
  ['a large batch', { SourceParameters: { SqsQueueParameters: { BatchSize: 11 } } }, /BatchSize 11/],
  ['an input template', { TargetParameters: { InputTemplate: '{}' } }, /InputTemplate/],
  [
    'not waiting',
    { TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'FIRE_AND_FORGET' } } },
    /FIRE_AND_FORGET/,
  ],
  ['another source', { Source: 'arn:aws:kinesis:x' }, /arn:aws:kinesis/],
  ['another target', { Target: 'arn:aws:lambda:x' }, /arn:aws:lambda/],
])('%s is refused by name', (_what, properties, message) => {
  expect(() => start(() => succeeded(null), properties)).toThrow(message);
});
