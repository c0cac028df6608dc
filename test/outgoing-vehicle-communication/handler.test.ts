import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { stubLambdaEnvironment } from '../aws-environment.ts';
import { EVENT_ID, eventOf, sqsRecord, VIN } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';
import { startPeer } from '../peer.ts';

/** A command that may still be delivered. */
const pending = eventOf('PENDING', { data: { expiresAt: new Date(Date.now() + 60_000).toISOString() } });

/** Answers with the next of the statuses, the last of them for ever. */
const inTurn =
  (...statuses: number[]) =>
  () =>
    (statuses.length > 1 ? statuses.shift() : statuses[0]) ?? 500;

/** The building block between its queue and a broker whose publishing and waking answer with these statuses. */
async function start(publish: () => number, wakeUp: () => number = () => 500) {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const events = engine.createQueue('events', {});
  engine.subscribe(topic.arn, events.arn, { RawMessageDelivery: 'true' });
  // Far longer than a command lives.
  const outgoing = engine.createQueue('outgoing', { VisibilityTimeout: '600' });
  const wakeUps: unknown[] = [];
  const broker = await startPeer(async (request, response) => {
    const body: unknown = await json(request);
    const isWakeUp = request.url === '/api/v5/wake-up';
    if (isWakeUp) wakeUps.push(body);
    else expect(request.url).toBe('/api/v5/publish');
    response.writeHead(isWakeUp ? wakeUp() : publish()).end('{}');
  });
  stubLambdaEnvironment(engine.endpoint, {
    BROKER_URL: new URL('/api/v5', broker.url).href,
    EVENTS_TABLE: 'not-read-before-expiry',
    EVENTS_TOPIC_ARN: topic.arn,
    OUTGOING_QUEUE_URL: outgoing.url,
  });
  const { handler } = await import('../../functions/outgoing-vehicle-communication/handler.ts');

  const receiveCounts: string[] = [];
  engine.consume(outgoing.arn, { batchSize: 10, maximumConcurrency: 2 }, async (records) => {
    receiveCounts.push(...records.map(({ attributes }) => attributes.ApproximateReceiveCount ?? ''));
    const Records = records.map(({ messageId, receiptHandle, body, attributes }) => ({
      ...sqsRecord(body, messageId, {
        ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? '',
        ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? '',
      }),
      receiptHandle,
    }));
    const { batchItemFailures } = await handler({ Records });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  });
  return {
    receiveCounts,
    wakeUps,
    send: (event: RemoteServiceEvent) =>
      engine.call('SendMessage', 'sqs', { QueueUrl: outgoing.url, MessageBody: JSON.stringify(event) }),
    left: () => engine.depth(outgoing.arn),
    published: () => engine.peek(events.arn).map(({ body }) => JSON.parse(body)),
  };
}

const NOTHING = { visible: 0, inFlight: 0, delayed: 0 };

/** The shortest of the waits, so that the test is short. */
function withoutJitter(): void {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
}

test('a command that the broker could not take comes back within seconds', async () => {
  withoutJitter();
  // Three attempts of one delivery fail, the next delivery succeeds.
  const { send, receiveCounts, left, published } = await start(inTurn(503, 503, 503, 200));
  send(pending);
  await vi.waitFor(() => expect(receiveCounts).toEqual(['1', '2']), { timeout: 10_000 });
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  expect(published()).toEqual([]);
});

test('a command for a vehicle that sleeps wakes it, and comes back until the vehicle listens', async () => {
  withoutJitter();
  const publish = inTurn(202, 202, 200);
  const { send, receiveCounts, wakeUps, left, published } = await start(publish, () => 202);
  send(pending);
  await vi.waitFor(() => expect(receiveCounts).toEqual(['1', '2', '3']), { timeout: 10_000 });
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  const call = { clientid: VIN, channel: 'UDP', reference: EVENT_ID };
  expect(wakeUps).toEqual([call, call]);
  expect(published()).toEqual([]);
});

test('a command that the broker refuses fails, and does not come back', async () => {
  const { send, receiveCounts, left, published } = await start(() => 400);
  send(pending);
  await vi.waitFor(() => expect(published()).toHaveLength(1));
  expect(published()).toMatchObject([{ data: { status: 'FAILED', statusReason: 'COMMAND_UNDELIVERABLE' } }]);
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  expect(receiveCounts).toEqual(['1']);
});
