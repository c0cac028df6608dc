import { json, text } from 'node:stream/consumers';
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

/** The building block between its queue and a broker API whose publishing and waking answer with these statuses. */
async function start(publish: () => number, wakeUp: () => number = () => 500) {
  const wakeUps: unknown[] = [];
  const broker = await startPeer(async (request, response) => {
    const body: unknown = await json(request);
    const isWakeUp = request.url === '/api/v5/wake-up';
    if (isWakeUp) wakeUps.push(body);
    else expect(request.url).toBe('/api/v5/publish');
    response.writeHead(isWakeUp ? wakeUp() : publish()).end('{}');
  });
  return { wakeUps, ...(await startBefore({ BROKER: new URL('/api/v5', broker.url).href })) };
}

/** The building block between its queue and the broker that these variables name. */
async function startBefore(broker: Record<string, string>) {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const events = engine.createQueue('events', {});
  engine.subscribe(topic.arn, events.arn, { RawMessageDelivery: 'true' });
  // Far longer than a command lives.
  const outgoing = engine.createQueue('outgoing', { VisibilityTimeout: '600' });
  stubLambdaEnvironment(engine.endpoint, {
    ...broker,
    EVENTS_TABLE: 'not-read-before-expiry',
    EVENTS_TOPIC_ARN: topic.arn,
    OUTGOING_QUEUE_URL: outgoing.url,
  });
  const { handler } = await import('../../functions/outgoing-vehicle-communication/handler.ts');

  const receiveCounts: string[] = [];
  engine.consume(outgoing.arn, { batchSize: 10, concurrency: () => 2 }, async (records) => {
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

test('a broker that is down is left alone by all commands; each comes back, and is delivered when it is up', async () => {
  withoutJitter();
  let requests = 0;
  let status = 503;
  const { send, receiveCounts, left, published } = await start(() => {
    requests += 1;
    return status;
  });
  const commands = 10;
  for (let command = 0; command < commands; command += 1) send(pending);
  // Each twice: five failures have opened the circuit breaker before the second time.
  await vi.waitFor(() => expect(receiveCounts.length).toBeGreaterThanOrEqual(2 * commands), {
    timeout: 10_000,
  });
  expect(requests).toBeLessThan(receiveCounts.length);
  status = 200;
  await vi.waitFor(() => expect(left()).toEqual(NOTHING), { timeout: 10_000 });
  expect(published()).toEqual([]);
});

test('the broker may be AWS IoT Core, which takes the command with the vehicle’s topic', async () => {
  const requests: string[] = [];
  const iotCore = await startPeer(async (request, response) => {
    requests.push(`${request.method} ${decodeURIComponent(request.url ?? '')} ${await text(request)}`);
    response.end();
  });
  const { send, left, published } = await startBefore({
    BROKER: 'iot-core',
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: new URL(iotCore.url).origin,
  });
  send(pending);
  await vi.waitFor(() => expect(requests).toHaveLength(1));
  expect(requests[0]).toMatch(
    new RegExp(`^POST /topics/v2/vehicles/${VIN}/commands\\?.*messageExpiry=5\\d.* .*"id":"${EVENT_ID}"`),
  );
  await vi.waitFor(() => expect(left()).toEqual(NOTHING));
  expect(published()).toEqual([]);
});
