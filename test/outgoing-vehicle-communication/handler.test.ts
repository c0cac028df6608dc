import { expect, onTestFinished, test, vi } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { stubLambdaEnvironment } from '../aws-environment.ts';
import { eventOf, sqsRecord } from '../factories.ts';
import { startMessaging } from '../local/messaging/start.ts';
import { startPeerAnswering } from '../peer.ts';

/** A command that may still be delivered. */
const pending = eventOf('PENDING', { data: { expiresAt: new Date(Date.now() + 60_000).toISOString() } });

/** The building block between its queue and a broker that answers with these statuses. */
async function start(...statuses: number[]) {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const events = engine.createQueue('events', {});
  engine.subscribe(topic.arn, events.arn, { RawMessageDelivery: 'true' });
  // Far longer than a command lives.
  const outgoing = engine.createQueue('outgoing', { VisibilityTimeout: '600' });
  const broker = await startPeerAnswering(...statuses);
  stubLambdaEnvironment(engine.endpoint, {
    BROKER_URL: broker.url,
    EVENTS_TABLE: 'not-read-before-expiry',
    EVENTS_TOPIC_ARN: topic.arn,
    OUTGOING_QUEUE_URL: outgoing.url,
  });
  const { handler } = await import('../../functions/outgoing-vehicle-communication/handler.ts');

  const receiveCounts: string[] = [];
  engine.consume(outgoing.arn, { batchSize: 10, maximumConcurrency: 2 }, async (records) => {
    receiveCounts.push(...records.map(({ attributes }) => attributes.ApproximateReceiveCount ?? ''));
    const Records = records.map(({ messageId, receiptHandle, body }) => ({
      ...sqsRecord(body, messageId),
      receiptHandle,
    }));
    const { batchItemFailures } = await handler({ Records });
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  });
  return {
    receiveCounts,
    send: (event: RemoteServiceEvent) =>
      engine.call('SendMessage', 'sqs', { QueueUrl: outgoing.url, MessageBody: JSON.stringify(event) }),
    left: () => engine.depth(outgoing.arn),
    published: () => engine.peek(events.arn).map(({ body }) => JSON.parse(body)),
  };
}

const NOTHING = { visible: 0, inFlight: 0, delayed: 0 };

test('a command that the broker could not take comes back within seconds', async () => {
  // The shortest of the waits, so that the test is short.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  onTestFinished(() => void vi.restoreAllMocks());
  // Three attempts of one delivery fail, the next delivery succeeds.
  const { send, receiveCounts, left, published } = await start(503, 503, 503, 202);
  send(pending);
  await vi.waitFor(() => expect(receiveCounts).toEqual(['1', '2']), { timeout: 10_000 });
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  expect(published()).toEqual([]);
});

test('a command that the broker refuses fails, and does not come back', async () => {
  const { send, receiveCounts, left, published } = await start(400);
  send(pending);
  await vi.waitFor(() => expect(published()).toHaveLength(1));
  expect(published()).toMatchObject([{ data: { status: 'FAILED', statusReason: 'COMMAND_UNDELIVERABLE' } }]);
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  expect(receiveCounts).toEqual(['1']);
});
