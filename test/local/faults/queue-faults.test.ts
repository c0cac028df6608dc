import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { FaultSetInput } from '../../../local/faults/fault.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { bodies, collect } from '../messaging/consume.ts';
import { sqsClient, startMessaging } from '../messaging/start.ts';

async function startDisturbed(set: FaultSetInput) {
  const faults = new Faults();
  const engine = await startMessaging(faults);
  faults.set(set);
  return { faults, engine };
}

const DISORDER: FaultSetInput = {
  seed: 42,
  faults: [{ fault: 'queue-duplicates' }, { fault: 'queue-shuffles' }],
};

test('duplicates and disorder, in process and over HTTP', async () => {
  const { engine } = await startDisturbed(DISORDER);
  const topic = engine.createTopic('events');
  const dead = engine.createQueue('dead', {});
  const { arn, url } = engine.createQueue('work', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 }),
  });
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true' });
  const sent: string[] = [];
  for (let n = 0; n < 20; n += 1) sent.push(`sqs ${n}`, `sns ${n}`);
  for (const body of sent) {
    if (body.startsWith('sqs')) engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: body });
    else engine.call('Publish', 'sns', { TopicArn: topic.arn, Message: body });
  }
  await sqsClient(engine).send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'http' }));
  sent.push('http');

  const batches = collect(engine, arn, { fails: ({ body }) => body === 'sqs 7' });
  await vi.waitFor(() => expect(bodies(batches)).toHaveLength(2 * sent.length));
  expect(bodies(batches).toSorted()).toEqual([...sent, ...sent].toSorted());
  expect(bodies(batches)).not.toEqual(bodies(batches).toSorted());
  const ids = batches.flat().map(({ messageId }) => messageId);
  expect(new Set(ids).size).toBe(sent.length);
  // A move to the dead-letter queue makes no copies.
  await vi.waitFor(() => expect(engine.depth(dead.arn).visible).toBe(2), { timeout: 3000 });
});

test('nothing vanishes, whatever fails: each message has been handled or is a dead letter', async () => {
  const { engine, faults } = await startDisturbed(DISORDER);
  const { random } = faults;
  const dead = engine.createQueue('dead', {});
  const { arn, url } = engine.createQueue('work', {
    VisibilityTimeout: '1',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
  });
  const handled = new Set<string>();
  engine.consume(arn, { batchSize: 10, concurrency: () => 5 }, async (records) => {
    await new Promise((resolve) => setTimeout(resolve, random() * 10));
    if (random() < 0.2) throw new Error('all of them');
    const failed = records.filter(() => random() < 0.3).map(({ messageId }) => messageId);
    for (const { messageId, body } of records) if (!failed.includes(messageId)) handled.add(body);
    return failed;
  });
  const sent = Array.from({ length: 500 }, (_, index) => String(index));
  for (const MessageBody of sent) engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody });
  await vi.waitFor(() => expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }), {
    timeout: 10_000,
  });
  const letters = engine.peek(dead.arn).map(({ body }) => body);
  expect(letters.length).toBeGreaterThan(10);
  expect(handled.size).toBeGreaterThan(400);
  expect(new Set([...handled, ...letters])).toEqual(new Set(sent));
}, 15_000);

test('a message comes late', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { engine } = await startDisturbed({
    faults: [{ fault: 'queue-delays', queue: 'late', ms: 30_000 }],
  });
  const late = engine.createQueue('late', {});
  const other = engine.createQueue('other', {});
  for (const { url } of [late, other]) {
    engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'hello' });
  }
  expect(engine.depth(other.arn)).toMatchObject({ visible: 1, delayed: 0 });
  expect(engine.depth(late.arn)).toMatchObject({ visible: 0, delayed: 1 });
  vi.advanceTimersByTime(29_000);
  expect(engine.depth(late.arn)).toMatchObject({ visible: 0, delayed: 1 });
  vi.advanceTimersByTime(1_000);
  expect(engine.depth(late.arn)).toMatchObject({ visible: 1, delayed: 0 });
});

test('once the faults have ended, messages come once and in order', async () => {
  const { engine, faults } = await startDisturbed(DISORDER);
  const { arn, url } = engine.createQueue('work', {});
  faults.clear();
  const sent = Array.from({ length: 30 }, (_, index) => String(index));
  for (const MessageBody of sent) engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody });
  const batches = collect(engine, arn);
  await vi.waitFor(() => expect(bodies(batches)).toEqual(sent));
});
