import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createMessagingEngine, type MessagingEngine, region } from '../../../local/messaging/engine.ts';
import { openStorage } from '../../../local/storage/storage.ts';
import { emptyFolder } from '../storage/folder.ts';
import { bodies, collect } from './consume.ts';
import { sqsClient } from './start.ts';

/** Starts an engine on a folder. Its end saves nothing: all that a next one finds had been kept before. */
async function startOn(dir: string): Promise<{ engine: MessagingEngine; end: () => Promise<void> }> {
  const storage = openStorage(dir, 'dev-test');
  const engine = await createMessagingEngine({ region, store: storage.messages });
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    await engine.close();
    storage.close();
  };
  onTestFinished(end);
  return { engine, end };
}

const send = (engine: MessagingEngine, url: string, MessageBody: string, more = {}) =>
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody, ...more });

test('messages are as they were after a restart; those in flight are visible again', async () => {
  const dir = emptyFolder();
  const { engine, end } = await startOn(dir);
  const { arn, url } = engine.createQueue('work', {});
  engine.createQueue('other', {});
  const attributes = {
    MessageAttributes: {
      status: { DataType: 'String', StringValue: 'CREATED' },
      raw: { DataType: 'Binary', BinaryValue: 'AAE=' },
    },
  };
  send(engine, url, 'in flight ä🚗\n"', attributes);
  // It is never answered for.
  const taken = vi.fn(() => new Promise<string[]>(() => undefined));
  engine.consume(arn, { batchSize: 10, concurrency: () => 1 }, taken);
  await vi.waitFor(() => expect(taken).toHaveBeenCalled());
  send(engine, url, 'visible', { DelaySeconds: 0 });
  send(engine, url, 'delayed', { DelaySeconds: 900 });
  await sqsClient(engine).send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'over HTTP' }));
  const before = engine.peek(arn).map((record) => ({ ...record, receiptHandle: '' }));
  expect(engine.depth(arn)).toEqual({ visible: 2, inFlight: 1, delayed: 1 });
  await end();

  const again = (await startOn(dir)).engine;
  again.createQueue('work', {});
  const other = again.createQueue('other', {});
  expect(again.depth(arn)).toEqual({ visible: 3, inFlight: 0, delayed: 1 });
  expect(again.depth(other.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  const after = again.peek(arn);
  const byId = (a: { messageId: string }, b: { messageId: string }) => a.messageId.localeCompare(b.messageId);
  expect(after.toSorted(byId)).toEqual(before.toSorted(byId));
  expect(after.find(({ body }) => body.startsWith('in flight'))?.attributes.ApproximateReceiveCount).toBe(
    '1',
  );
});

test('what was deleted does not come back', async () => {
  const dir = emptyFolder();
  const { engine, end } = await startOn(dir);
  const { arn, url } = engine.createQueue('work', {});
  send(engine, url, 'done');
  send(engine, url, 'failed');
  const batches = collect(engine, arn, { fails: ({ body }) => body === 'failed' });
  await vi.waitFor(() => expect(bodies(batches)).toHaveLength(2));
  await vi.waitFor(() => expect(engine.depth(arn).inFlight).toBe(1));
  await end();

  const second = await startOn(dir);
  second.engine.createQueue('work', {});
  const [record, ...others] = second.engine.peek(arn);
  expect(record?.body).toBe('failed');
  expect(others).toEqual([]);
  await second.end();
});

test('a dead letter is in its queue alone, with the number of its receipts', async () => {
  const dir = emptyFolder();
  const { engine, end } = await startOn(dir);
  const createQueues = (on: MessagingEngine) => {
    const dead = on.createQueue('dead', {});
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 1 });
    return { dead, work: on.createQueue('work', { VisibilityTimeout: '1', RedrivePolicy }) };
  };
  const { dead, work } = createQueues(engine);
  send(engine, work.url, 'poison');
  collect(engine, work.arn, { fails: () => true });
  await vi.waitFor(() => expect(engine.depth(dead.arn).visible).toBe(1), { timeout: 3000 });
  const before = engine.peek(dead.arn);
  await end();

  const again = (await startOn(dir)).engine;
  createQueues(again);
  expect(again.depth(work.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  expect(again.peek(dead.arn)).toEqual(before);
  expect(before[0]?.attributes.ApproximateReceiveCount).toBe('2');
});
