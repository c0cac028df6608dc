import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MessagingEngine, SqsRecord } from '../../../local/messaging/engine.ts';
import { bodies } from './consume.ts';
import { startMessaging } from './start.ts';

const WINDOW_MS = 2000;

let engine: MessagingEngine;
let queue: { arn: string; url: string };
let batches: SqsRecord[][];

beforeEach(async () => {
  engine = await startMessaging();
  queue = engine.createQueue('work', {});
  batches = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const send = (...texts: string[]) => {
  for (const MessageBody of texts) engine.call('SendMessage', 'sqs', { QueueUrl: queue.url, MessageBody });
};

/** All that needs no time has happened when this ends. */
const settled = async () => {
  for (let turns = 0; turns < 10; turns += 1) await turn();
};

const consume = (
  batchSize: number,
  handle: (records: SqsRecord[]) => Promise<string[]> = async () => [],
  windowMs = WINDOW_MS,
) =>
  engine.consume(queue.arn, { batchSize, concurrency: () => 2, windowMs }, (records) => {
    batches.push(records);
    return handle(records);
  });

describe('with a batching window', () => {
  test('a full batch goes at once, and what is left over waits', async () => {
    consume(3);
    send('a', 'b', 'c', 'd', 'e', 'f', 'g');
    await settled();
    expect(batches.map(({ length }) => length)).toEqual([3, 3]);
    expect(engine.depth(queue.arn).visible).toBe(1);
    // The rest of a batch.
    send('h', 'i');
    await settled();
    expect(bodies(batches)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']);
    expect(batches).toHaveLength(3);
  });

  test('a lone message goes when the window ends, with those that have come meanwhile', async () => {
    consume(3);
    send('first');
    await settled();
    vi.advanceTimersByTime(WINDOW_MS - 1);
    send('second');
    await settled();
    expect(batches).toEqual([]);
    vi.advanceTimersByTime(1);
    await settled();
    expect(batches.map((batch) => bodies([batch]))).toEqual([['first', 'second']]);
    expect(engine.depth(queue.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('the window begins with its first message, not before', async () => {
    consume(3);
    send('one');
    await settled();
    vi.advanceTimersByTime(WINDOW_MS);
    await settled();
    expect(batches).toHaveLength(1);
    vi.advanceTimersByTime(WINDOW_MS / 2);
    send('two');
    await settled();
    vi.advanceTimersByTime(WINDOW_MS - 1);
    await settled();
    expect(batches).toHaveLength(1);
    vi.advanceTimersByTime(1);
    await settled();
    expect(bodies(batches)).toEqual(['one', 'two']);
  });

  test('a consumer that is stopped meanwhile leaves the messages in the queue, and no timer', async () => {
    const consumer = consume(3);
    send('left');
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    await consumer.stop();
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(WINDOW_MS);
    await settled();
    expect(batches).toEqual([]);
    expect(engine.depth(queue.arn)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  test('a batch that ends after the stop begins no other', async () => {
    const open = Promise.withResolvers<string[]>();
    const consumer = consume(1, () => open.promise);
    send('under way', 'under way', 'left');
    await settled();
    expect(batches).toHaveLength(2);
    const timers = vi.getTimerCount();
    const stopping = consumer.stop();
    open.resolve([]);
    await stopping;
    await settled();
    expect(batches).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(timers);
    expect(engine.depth(queue.arn)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });
});

describe('without a batching window', () => {
  /** Longer than the pause between two looks. */
  const PAUSE_MS = 100;
  const none = async () => [];

  test('the first message goes at once; what follows shortly after shares a batch', async () => {
    consume(3, none, 0);
    send('a');
    await settled();
    expect(bodies(batches)).toEqual(['a']);
    send('b');
    await settled();
    send('c');
    await settled();
    expect(bodies(batches)).toEqual(['a']);
    vi.advanceTimersByTime(PAUSE_MS);
    await settled();
    expect(batches.map((batch) => bodies([batch]))).toEqual([['a'], ['b', 'c']]);
    expect(engine.depth(queue.arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('a full batch does not wait', async () => {
    consume(2, none, 0);
    send('a');
    await settled();
    send('b');
    await settled();
    send('c', 'd', 'e');
    await settled();
    expect(batches.slice(1).map((batch) => bodies([batch]))).toEqual([
      ['b', 'c'],
      ['d', 'e'],
    ]);
  });

  test('a consumer that is stopped meanwhile leaves the messages in the queue, and no timer', async () => {
    const consumer = consume(3, none, 0);
    send('a');
    await settled();
    send('left');
    await settled();
    const timers = vi.getTimerCount();
    await consumer.stop();
    expect(vi.getTimerCount()).toBe(timers - 1);
    expect(engine.depth(queue.arn)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });
});

test('how many batches may be under way is asked anew for each', async () => {
  let allowed = 1;
  const open: (() => void)[] = [];
  engine.consume(queue.arn, { batchSize: 1, concurrency: () => allowed }, async (records) => {
    batches.push(records);
    await new Promise<void>((resolve) => open.push(resolve));
    return [];
  });
  send('a', 'b', 'c', 'd');
  await settled();
  expect(batches).toHaveLength(1);
  allowed = 2;
  open.shift()?.();
  await settled();
  expect(bodies(batches)).toEqual(['a', 'b', 'c']);
  for (const end of open) end();
  await settled();
  expect(bodies(batches)).toEqual(['a', 'b', 'c', 'd']);
});
