import { json, text } from 'node:stream/consumers';
import { SFNClient } from '@aws-sdk/client-sfn';
import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as z from 'zod';
import { vehicleGeneration } from '../functions/vehicle-generations/generations.ts';
import type { JsonObject } from '../local/aws.ts';
import type { MessagingEngine } from '../local/messaging/engine.ts';
import { startPipe } from '../local/pipes/pipe.ts';
import { behaviourOf, demoFleet } from '../vehicle-simulator/fleet.ts';
import { stubLambdaEnvironment } from './aws-environment.ts';
import { brokerMessageTo, eventOf, sqsRecord, VIN, vehicleAnswer } from './factories.ts';
import { sqsClient, startMessaging } from './local/messaging/start.ts';
import { startPeer } from './peer.ts';
import { realTables } from './persistence/tables.ts';

/** One message that nobody can process, in the middle of ten: the others go their way, it becomes a dead letter. */

const open = realTables();
const POISON = '{"poison":true}';
const TRIES = 3;

vi.setConfig({ testTimeout: 30_000 });

type Handler = (event: SQSEvent) => Promise<SQSBatchResponse>;

const ids = Array.from({ length: 9 }, (_, index) => `0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c1${index}`);
const later = new Date(Date.now() + 60_000).toISOString();

/** A queue as the templates make them. */
function queueOf(engine: MessagingEngine, visibilityTimeout: string) {
  const dead = engine.createQueue('dead-letters', {});
  const { arn, url } = engine.createQueue('queue', {
    VisibilityTimeout: visibilityTimeout,
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: TRIES }),
  });
  const send = (bodies: readonly unknown[]) => {
    const all = [
      ...bodies.slice(0, 4).map((body) => JSON.stringify(body)),
      POISON,
      ...bodies.slice(4).map((body) => JSON.stringify(body)),
    ];
    const Entries = all.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    engine.call('SendMessageBatch', 'sqs', { QueueUrl: url, Entries });
  };
  return { arn, url, dead, send };
}

function consume(engine: MessagingEngine, { arn, url }: ReturnType<typeof queueOf>, handler: Handler): void {
  const sqs = sqsClient(engine);
  engine.consume(arn, { batchSize: 10, concurrency: () => 1 }, async (records) => {
    const Records = records.map(({ messageId, receiptHandle, body, attributes }) => ({
      ...sqsRecord(body, messageId, attributes),
      receiptHandle,
    }));
    const { batchItemFailures } = await handler({ Records });
    // They come back at once, where queues wait for their visibility time-out.
    for (const { itemIdentifier } of batchItemFailures) {
      const ReceiptHandle = records.find(({ messageId }) => messageId === itemIdentifier)?.receiptHandle;
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 }),
      );
    }
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  });
}

async function expectOnePoisoned(engine: MessagingEngine, queue: ReturnType<typeof queueOf>) {
  await vi.waitFor(() => expect(engine.peek(queue.dead.arn).map(({ body }) => body)).toEqual([POISON]), {
    timeout: 10_000,
  });
  await vi.waitFor(() => expect(engine.depth(queue.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }));
}

/** The engine, and what a handler needs of it. */
async function start({ visibilityTimeout = '600' } = {}) {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const events = engine.createQueue('events', {});
  engine.subscribe(topic.arn, events.arn, { RawMessageDelivery: 'true' });
  const out = engine.createQueue('out', {});
  return { engine, queue: queueOf(engine, visibilityTimeout), topic, events, out };
}
const storeOf = (tables: Awaited<ReturnType<typeof open>>) => ({
  AWS_ENDPOINT_URL_DYNAMODB: tables.endpoint,
  EVENTS_TABLE: tables.eventsTable,
  LEASES_TABLE: tables.leasesTable,
  RETENTION_DAYS: '30',
});
const eventsOf = (status: 'PENDING' | 'EXECUTED') =>
  ids.map((eventId) => eventOf(status, { data: { eventId, expiresAt: later } }));

test('persistence', async () => {
  const tables = await open();
  const { engine, queue } = await start();
  stubLambdaEnvironment(engine.endpoint, storeOf(tables));
  const { handler } = await import('../functions/event-processing/persistence/handler.ts');
  consume(engine, queue, handler);
  queue.send(eventsOf('EXECUTED'));
  await expectOnePoisoned(engine, queue);
  for (const id of ids) expect(await tables.store.getState(id)).toMatchObject({ status: 'EXECUTED' });
});

test('distribution', async () => {
  const tables = await open();
  const { engine, queue } = await start();
  const told: string[] = [];
  const subscriber = await startPeer(async (request, response) => {
    told.push(JSON.parse(await text(request)).eventId);
    response.end();
  });
  stubLambdaEnvironment(engine.endpoint, {
    ...storeOf(tables),
    SUBSCRIBER_URL: subscriber.url,
    METRICS_NAMESPACE: 'RemoteVehicleServices/test',
    POWERTOOLS_METRICS_DISABLED: 'true',
  });
  const { handler } = await import('../functions/event-processing/distribution/handler.ts');
  consume(engine, queue, handler);
  queue.send(eventsOf('EXECUTED'));
  await expectOnePoisoned(engine, queue);
  expect(told.sort()).toEqual(ids);
});

test('the watch over the lifecycle', async () => {
  const { engine, queue, out } = await start();
  stubLambdaEnvironment(engine.endpoint, { DELAY_QUEUE_URL: out.url });
  const { handler } = await import('../functions/event-processing/lifecycle-watch/handler.ts');
  consume(engine, queue, handler);
  queue.send(eventsOf('PENDING'));
  await expectOnePoisoned(engine, queue);
  expect(engine.peek(out.arn)).toHaveLength(9);
});

test('the check of the lifecycle', async () => {
  const tables = await open();
  const { engine, queue, topic, events, out } = await start();
  stubLambdaEnvironment(engine.endpoint, {
    ...storeOf(tables),
    EVENTS_TOPIC_ARN: topic.arn,
    DELAY_QUEUE_URL: out.url,
  });
  const { handler } = await import('../functions/event-processing/lifecycle-check/handler.ts');
  consume(engine, queue, handler);
  queue.send(eventsOf('PENDING').map((event) => ({ event, deadline: Date.now() - 1000 })));
  await expectOnePoisoned(engine, queue);
  expect(engine.peek(events.arn)).toHaveLength(9);
});

test('sending to the broker', async () => {
  const { engine, queue, topic, out } = await start();
  const published: unknown[] = [];
  const broker = await startPeer(async (request, response) => {
    published.push(await json(request));
    response.end('{}');
  });
  stubLambdaEnvironment(engine.endpoint, {
    BROKER: new URL('/api/v5', broker.url).href,
    EVENTS_TABLE: 'not-read-before-expiry',
    EVENTS_TOPIC_ARN: topic.arn,
    OUTGOING_QUEUE_URL: out.url,
  });
  const { handler } = await import('../functions/outgoing-vehicle-communication/handler.ts');
  consume(engine, queue, handler);
  queue.send(eventsOf('PENDING'));
  await expectOnePoisoned(engine, queue);
  expect(published).toHaveLength(9);
});

test('reading vehicle messages: it is set aside at once', async () => {
  const { engine, queue } = await start();
  const routed = vi
    .spyOn(SFNClient.prototype, 'send')
    .mockImplementation(async () => ({ status: 'SUCCEEDED' }));
  onTestFinished(() => routed.mockRestore());
  stubLambdaEnvironment(engine.endpoint, {
    ROUTING_STATE_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:routing',
    DEAD_LETTER_QUEUE_URL: queue.dead.url,
  });
  const { handler } = await import('../functions/traffic/deserialise/handler.ts');
  consume(engine, queue, handler);
  const { answer, answerTopic } = vehicleGeneration('mqtt-2021');
  queue.send(
    ids.map((commandId) => ({
      topic: answerTopic(VIN),
      payload: z.encode(answer, vehicleAnswer({ commandId })),
    })),
  );
  await expectOnePoisoned(engine, queue);
  expect(routed).toHaveBeenCalledTimes(9);
});

test('simulated vehicles', async () => {
  const { engine, queue, out } = await start();
  stubLambdaEnvironment(engine.endpoint, { INCOMING_QUEUE_URL: out.url });
  const { handler } = await import('../vehicle-simulator/vehicle/handler.ts');
  consume(engine, queue, handler);
  const vehicles = demoFleet()
    .filter(({ vin }) => behaviourOf(vin) === 'prompt')
    .slice(0, 9);
  queue.send(vehicles.map((vehicle) => brokerMessageTo(vehicle)));
  await expectOnePoisoned(engine, queue);
  // Each acknowledges and executes.
  expect(engine.peek(out.arn)).toHaveLength(18);
});

test('the pipe of vehicle messages, one by one', async () => {
  const { engine, queue } = await start({ visibilityTimeout: '1' });
  const processed: string[] = [];
  const pipe = startPipe(
    {
      RoleArn: 'arn:aws:iam::000000000000:role/pipe',
      Source: queue.arn,
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      Target: 'arn:aws:states:eu-central-1:000000000000:stateMachine:processing',
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } },
    },
    {
      messaging: engine,
      log: () => undefined,
      awsCall: async ({ input }): Promise<JsonObject> => {
        const [record] = JSON.parse(String(input.input));
        if (record.body === POISON) return { status: 'FAILED', error: 'States.QueryEvaluationError' };
        processed.push(JSON.parse(record.body));
        return { status: 'SUCCEEDED', output: '{"batchItemFailures":[]}' };
      },
    },
  );
  onTestFinished(() => pipe.stop());
  queue.send(ids);
  await expectOnePoisoned(engine, queue);
  expect(processed.sort()).toEqual(ids);
});
