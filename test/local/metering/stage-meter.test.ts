import { PublishBatchCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { AwsCall, JsonObject } from '../../../local/aws.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { callThrough } from '../../../local/faults/service-faults.ts';
import { startEventSourceMapping } from '../../../local/lambda/event-source-mapping.ts';
import { createMessagingEngine, region } from '../../../local/messaging/engine.ts';
import {
  FAILURE_LOG_BYTES,
  INITIALISATION_LOG_BYTES,
  INVOCATION_LOG_BYTES,
} from '../../../local/metering/log-lines.ts';
import { StageMeter } from '../../../local/metering/stage-meter.ts';
import { ExpressWorkflows } from '../../../local/step-functions/executions.ts';
import { functionCalled, stackOf, workflowCalled } from './stack.ts';

const BLOCK = 'event-processing';
const ROLE = 'arn:aws:iam::000000000000:role/blue-WorkflowRole';
const MACHINE = 'arn:aws:states:eu-central-1:000000000000:stateMachine:blue-Workflow';
const STACK = stackOf(BLOCK, {
  ...functionCalled('Persistence'),
  ...workflowCalled('Workflow'),
  Events: { Type: 'AWS::SNS::Topic' },
  Work: { Type: 'AWS::SQS::Queue' },
});
const DEFINITION = {
  name: 'blue-Persistence',
  codeDir: '',
  handler: '',
  environment: {},
  timeoutSeconds: 1,
  memoryMb: 512,
  role: '',
  maxConcurrency: 1,
};

/** A meter, and a queue and a topic that it knows. */
async function start() {
  const meter = new StageMeter([STACK]);
  const faults = new Faults();
  const messaging = await createMessagingEngine({ region, faults, onCall: meter.messagingCall });
  onTestFinished(() => messaging.close());
  const queue = messaging.createQueue('blue-Work', {});
  const topic = messaging.createTopic('blue-Events');
  /** As the stage calls. */
  const awsCall: AwsCall = (request) =>
    callThrough(faults, request, async () => {
      meter.call(request);
      return messaging.call(request.action, request.service as 'sns' | 'sqs', request.input);
    });
  const invocations = vi.fn();
  const lambda = {
    stats: () => ({ workers: 1, initMs: [], invocations: invocations.mock.calls.length, billedMs: 0 }),
  };
  /** Amounts by `unit resource`, of the one building block. */
  const used = async (): Promise<Record<string, number>> => {
    const dynamoDb = { consumption: async () => [] };
    const { uses } = await meter.read({ dynamoDb, functions: [{ definition: DEFINITION, lambda }] });
    expect(uses.every(({ block }) => block === BLOCK)).toBe(true);
    return Object.fromEntries(uses.map(({ unit, resource, amount }) => [`${unit} ${resource}`, amount]));
  };
  return { meter, faults, messaging, queue, topic, awsCall, invocations, used };
}

test.each([
  // One batch of ten: a receive, a delete, an invocation.
  [10, { 'lambda:requests Persistence': 1, 'sqs:requests WorkQueue': 2 }],
  // Ten batches of one.
  [1, { 'lambda:requests Persistence': 10, 'sqs:requests WorkQueue': 20 }],
])('the size of batches (%i) moves the bill', async (BatchSize, expected) => {
  const { meter, messaging, queue, invocations, used } = await start();
  for (let n = 0; n < 10; n += 1) {
    messaging.call('SendMessage', 'sqs', { QueueUrl: queue.url, MessageBody: String(n) });
  }
  const invoke = async () => {
    invocations();
    return { ok: true, payload: null } as const;
  };
  const source = meter.eventSource('blue-Persistence', messaging);
  const properties = { EventSourceArn: queue.arn, FunctionName: 'blue-Persistence', BatchSize };
  const consumer = startEventSourceMapping(
    properties,
    { invoke, environments: () => 1, grow: () => undefined },
    source,
  );
  onTestFinished(() => consumer.stop());
  await vi.waitFor(() => expect(messaging.depth(queue.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }));
  expect(await used()).toMatchObject(expected);
});

test('messages that failed are not deleted; they cost another receive', async () => {
  const { meter, messaging, queue, used } = await start();
  const handle = vi.fn(async () => ['all']);
  const consumer = meter
    .eventSource('blue-Persistence', messaging)
    .consume(queue.arn, { batchSize: 1, concurrency: () => 2 }, handle);
  onTestFinished(() => consumer.stop());
  messaging.call('SendMessage', 'sqs', { QueueUrl: queue.url, MessageBody: 'x' });
  await vi.waitFor(() => expect(handle).toHaveBeenCalled());
  expect(await used()).toMatchObject({ 'sqs:requests WorkQueue': 1 });
});

const publishing = (topicArn: string): JsonObject => ({
  QueryLanguage: 'JSONata',
  StartAt: 'Publish',
  States: {
    Publish: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sns:publish',
      Arguments: { TopicArn: topicArn, Message: 'x' },
      Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2, JitterStrategy: 'FULL' }],
      End: true,
    },
  },
});

test.each([
  [true, 'had its effect', 2],
  [false, 'had none', 1],
])(
  'a task that is tried again publishes again, if the failure (effect: %s) %s',
  async (effect, _, publishes) => {
    const { meter, faults, topic, awsCall, used } = await start();
    /** Only the first call meets the fault. */
    const once: AwsCall = (request) => awsCall(request).finally(() => faults.clear());
    const workflows = new ExpressWorkflows(meter.withTaskLogs(once), () => undefined);
    workflows.onEnd(meter.expressEnded);
    const definition = JSON.stringify(publishing(topic.arn));
    workflows.create(MACHINE, { name: 'blue-Workflow', definition, role: ROLE });
    faults.set({ faults: [{ fault: 'service-fails', service: 'sns', effect }] });
    const execution = await workflows.startSync({ stateMachineArn: MACHINE, input: '{}' });
    expect(execution).toMatchObject({ status: 'SUCCEEDED' });
    const all = await used();
    expect(all).toMatchObject({
      'sns:requests EventsTopic': publishes,
      'step-functions:express-requests Workflow': 1,
      'logs:bytes Workflow': FAILURE_LOG_BYTES,
    });
    // Steps of 64 MB and a tenth of a second.
    const steps = (all['step-functions:express-gb-seconds Workflow'] ?? 0) / 0.00625;
    expect(steps).toBeGreaterThanOrEqual(1);
    expect(steps).toBeCloseTo(Math.round(steps));
  },
);

test('payloads are billed in chunks of 64 KB, those of a batch together', async () => {
  const { messaging, topic, queue, awsCall, used } = await start();
  const call = (service: 'sns' | 'sqs', action: string, input: JsonObject) =>
    awsCall({ service, action, input, role: ROLE });
  await call('sns', 'Publish', { TopicArn: topic.arn, Message: 'x'.repeat(64 * 1024 + 1) });
  expect(await used()).toEqual({ 'sns:requests EventsTopic': 2 });

  const credentials = { accessKeyId: 'blue-Persistence', secretAccessKey: 'x' };
  const [sqs, sns] = [SQSClient, SNSClient].map(
    (Client) => new Client({ endpoint: messaging.endpoint, region, credentials }),
  ) as [SQSClient, SNSClient];
  onTestFinished(() => {
    sqs.destroy();
    sns.destroy();
  });
  const quoted = '"'.repeat(30 * 1024);
  const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: quoted }));
  // 60 KB, which are twice as many in JSON, and thrice in a form.
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));
  await sns.send(
    new PublishBatchCommand({
      TopicArn: topic.arn,
      PublishBatchRequestEntries: ['a', 'b'].map((Id) => ({ Id, Message: quoted })),
    }),
  );
  expect(await used()).toMatchObject({ 'sns:requests EventsTopic': 3, 'sqs:requests WorkQueue': 1 });
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x'.repeat(65 * 1024) }));
  expect(await used()).toMatchObject({ 'sqs:requests WorkQueue': 3 });
});

test.each([
  ['INFO', 3 * INVOCATION_LOG_BYTES + 2 * INITIALISATION_LOG_BYTES],
  ['WARN', undefined],
])('what Lambda itself logs at %s is counted', async (level, bytes) => {
  const meter = new StageMeter([stackOf(BLOCK, functionCalled('Persistence', level))]);
  const { uses } = await meter.read({
    dynamoDb: { consumption: async () => [] },
    functions: [
      {
        definition: DEFINITION,
        lambda: { stats: () => ({ workers: 1, initMs: [99.5, 100], invocations: 3, billedMs: 800 }) },
      },
    ],
  });
  expect(uses).toEqual(
    expect.arrayContaining([expect.objectContaining({ unit: 'lambda:requests', amount: 3 })]),
  );
  expect(uses.find(({ unit }) => unit === 'logs:bytes')?.amount).toBe(bytes);
});

test('what tools do is nobody’s', async () => {
  const { messaging, queue, used } = await start();
  const credentials = { accessKeyId: 'tool', secretAccessKey: 'x' };
  const sqs = new SQSClient({ endpoint: messaging.endpoint, region, credentials });
  onTestFinished(() => sqs.destroy());
  await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' }));
  expect(await used()).toEqual({});
});

test('a trace begins with what is started by something that is not traced', async () => {
  const { meter, used } = await start();
  const begin = (role: string) =>
    meter.call({
      service: 'states',
      action: 'StartSyncExecution',
      input: { stateMachineArn: MACHINE },
      role,
    });
  // A function hands its own trace on.
  begin('arn:aws:iam::000000000000:role/blue-PersistenceRole');
  expect(await used()).toEqual({});
  begin('arn:aws:iam::000000000000:role/blue-ApiRole');
  expect(await used()).toEqual({ 'x-ray:traces Workflow': 1 });
});

test('the reading of what counts for itself is added: capacity units, invocations, initialisations', async () => {
  const meter = new StageMeter([
    STACK,
    { ...stackOf('persistence', { Items: { Type: 'AWS::DynamoDB::Table' } }), stackName: 'x-shared' },
  ]);
  const consumed = (caller: string) => ({ caller, table: 'shared-Items', readUnits: 1.5, writeUnits: 0 });
  const reading = await meter.read({
    dynamoDb: {
      consumption: async () => [consumed('blue-Persistence'), consumed('status-polls'), consumed('me')],
    },
    functions: [
      {
        definition: DEFINITION,
        lambda: { stats: () => ({ workers: 1, initMs: [99.5, 100], invocations: 3, billedMs: 800 }) },
      },
    ],
  });
  expect(reading.uses).toEqual(
    expect.arrayContaining([
      { block: BLOCK, resource: 'ItemsTable', unit: 'dynamodb:read-units', amount: 1.5 },
      { block: 'status-polls', resource: 'ItemsTable', unit: 'dynamodb:read-units', amount: 1.5 },
      { block: BLOCK, resource: 'Persistence', unit: 'lambda:requests', amount: 3 },
      // Half a GB for 1,000 ms.
      { block: BLOCK, resource: 'Persistence', unit: 'lambda:gb-seconds', amount: 0.5 },
    ]),
  );
  expect(reading.uses.filter(({ unit }) => unit.startsWith('dynamodb'))).toHaveLength(2);
});
