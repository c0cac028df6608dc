import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { expect, test, vi } from 'vitest';
import { bodies, collect } from './consume.ts';
import { sqsClient, startMessaging } from './start.ts';

test('a message reaches the consumer as a record of the Lambda event, and is deleted', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  const batches = collect(engine, arn);
  const sent = engine.call('SendMessage', 'sqs', {
    QueueUrl: url,
    MessageBody: '{"a":"ä🚗"}',
    MessageAttributes: { status: { DataType: 'String', StringValue: 'CREATED' } },
  });

  await vi.waitFor(() => expect(batches).toHaveLength(1));
  expect(batches).toEqual([
    [
      {
        messageId: sent.MessageId,
        receiptHandle: expect.stringMatching(/./),
        body: '{"a":"ä🚗"}',
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: expect.stringMatching(/^\d{13}$/),
          SenderId: expect.any(String),
          ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
        },
        messageAttributes: { status: { dataType: 'String', stringValue: 'CREATED' } },
        md5OfBody: sent.MD5OfMessageBody,
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:work',
        awsRegion: 'eu-central-1',
      },
    ],
  ]);
  await vi.waitFor(() => expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }));
});

test('messages of one turn share a batch, up to its size', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  const batches = collect(engine, arn, { batchSize: 4 });
  for (let n = 0; n < 10; n += 1) {
    engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: String(n) });
  }
  await vi.waitFor(() => expect(bodies(batches)).toHaveLength(10));
  expect(batches.map(({ length }) => length)).toEqual([4, 4, 2]);
  expect(bodies(batches)).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
});

test('no more batches are under way than allowed', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  const open: (() => void)[] = [];
  let most = 0;
  let now = 0;
  engine.consume(arn, { batchSize: 1, concurrency: () => 3 }, async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise<void>((resolve) => open.push(resolve));
    now -= 1;
    return [];
  });
  for (let n = 0; n < 7; n += 1) {
    engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: String(n) });
  }
  await vi.waitFor(() => expect(open).toHaveLength(3));
  expect(engine.depth(arn)).toEqual({ visible: 4, inFlight: 3, delayed: 0 });
  await vi.waitFor(() => {
    for (const end of open) end();
    expect(open).toHaveLength(7);
  });
  await vi.waitFor(() => expect(engine.depth(arn).inFlight).toBe(0));
  expect(most).toBe(3);
});

test('only the messages that failed come back, after the visibility time-out', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', { VisibilityTimeout: '1' });
  const batches = collect(engine, arn, {
    fails: ({ body, attributes }) => body === 'b' && attributes.ApproximateReceiveCount === '1',
  });
  const entries = ['a', 'b', 'c'].map((body) => ({ Id: body, MessageBody: body }));
  engine.call('SendMessageBatch', 'sqs', { QueueUrl: url, Entries: entries });

  await vi.waitFor(() => expect(batches).toHaveLength(1));
  const before = Date.now();
  await vi.waitFor(() => expect(batches).toHaveLength(2), { timeout: 3000 });
  expect(Date.now() - before).toBeGreaterThan(800);
  expect(bodies(batches)).toEqual(['a', 'b', 'c', 'b']);
  expect(batches[1]?.[0]?.attributes.ApproximateReceiveCount).toBe('2');
  await vi.waitFor(() => expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 }));
});

test('a consumer that throws fails its batch; after maxReceiveCount the messages are dead letters', async () => {
  const engine = await startMessaging();
  const dead = engine.createQueue('dead', {});
  const { arn, url } = engine.createQueue('work', {
    VisibilityTimeout: '0',
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 3 }),
  });
  let times = 0;
  engine.consume(arn, { batchSize: 10, concurrency: () => 1 }, async () => {
    times += 1;
    throw new Error('broken');
  });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'hopeless' });
  await vi.waitFor(() => expect(engine.depth(dead.arn).visible).toBe(1));
  expect(times).toBe(3);
  expect(engine.peek(dead.arn)).toMatchObject([{ body: 'hopeless', receiptHandle: '' }]);
  expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
});

test('a consumer may change the visibility of what then fails', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', { VisibilityTimeout: '600' });
  const client = sqsClient(engine);
  const counts: (string | undefined)[] = [];
  engine.consume(arn, { batchSize: 1, concurrency: () => 1 }, async (records) => {
    counts.push(records[0]?.attributes.ApproximateReceiveCount);
    if (counts.length === 2) return [];
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: records[0]?.receiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    return records.map(({ messageId }) => messageId);
  });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'again' });
  await vi.waitFor(() => expect(counts).toEqual(['1', '2']));
});

test("a message's own delay, and the queue's for the others", async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('late', { DelaySeconds: '1' });
  const arrived = new Map<string, number>();
  engine.consume(arn, { batchSize: 10, concurrency: () => 1 }, async (records) => {
    for (const { body } of records) arrived.set(body, Date.now());
    return [];
  });
  const start = Date.now();
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'queue' });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'none', DelaySeconds: 0 });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'two', DelaySeconds: 2 });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'later', DelaySeconds: 900 });
  await sqsClient(engine).send(
    new SendMessageCommand({ QueueUrl: url, MessageBody: 'sdk', DelaySeconds: 0 }),
  );

  await vi.waitFor(() => expect(arrived.size).toBe(4), { timeout: 5000 });
  expect((arrived.get('none') ?? 0) - start).toBeLessThan(900);
  expect((arrived.get('sdk') ?? 0) - start).toBeLessThan(900);
  expect((arrived.get('queue') ?? 0) - start).toBeGreaterThanOrEqual(1000);
  expect((arrived.get('two') ?? 0) - start).toBeGreaterThanOrEqual(2000);
  expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 1 });
  expect(engine.peek(arn).map(({ body }) => body)).toEqual(['later']);
});

test('the SDK sends, receives, sees numbers and deletes', async () => {
  const engine = await startMessaging();
  const { url } = engine.createQueue('work', {});
  expect(url).toBe(`${engine.endpoint}/000000000000/work`);
  const client = sqsClient(engine);
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 5 }));
  await client.send(
    new SendMessageBatchCommand({ QueueUrl: url, Entries: [{ Id: 'a', MessageBody: 'hello' }] }),
  );
  const [message] = (await waiting).Messages ?? [];
  expect(message?.Body).toBe('hello');
  const numbers = async () => {
    const { Attributes } = await client.send(
      new GetQueueAttributesCommand({
        QueueUrl: url,
        AttributeNames: ['ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Attributes?.ApproximateNumberOfMessagesNotVisible;
  };
  expect(await numbers()).toBe('1');
  await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message?.ReceiptHandle }));
  expect(await numbers()).toBe('0');
});

test.each([
  [
    'an unknown queue',
    { QueueUrl: 'http://127.0.0.1/000000000000/other', MessageBody: 'x' },
    'QueueDoesNotExist',
  ],
  ['a message over 256 KiB', { MessageBody: 'x'.repeat(262_145) }, 'InvalidParameterValue'],
  ['forbidden characters', { MessageBody: 'a\u0001b' }, 'InvalidMessageContents'],
  ['half a character', { MessageBody: 'a\uD83D' }, 'InvalidMessageContents'],
  ['an empty message', { MessageBody: '' }, 'InvalidParameterValue'],
  ['a delay over 900 s', { MessageBody: 'x', DelaySeconds: 901 }, 'InvalidParameterValue'],
  ['a delay below 0', { MessageBody: 'x', DelaySeconds: -1 }, 'InvalidParameterValue'],
  [
    'an empty attribute',
    { MessageBody: 'x', MessageAttributes: { a: { DataType: 'String', StringValue: '' } } },
    'InvalidParameterValue',
  ],
])('%s is refused, in process and over HTTP', async (_what, input, name) => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  expect(() => engine.call('SendMessage', 'sqs', { QueueUrl: url, ...input })).toThrow(
    expect.objectContaining({ name, statusCode: 400 }),
  );
  await expect(
    sqsClient(engine).send(new SendMessageCommand({ QueueUrl: url, ...input })),
  ).rejects.toMatchObject({
    name: expect.stringContaining(name),
  });
  expect(engine.depth(arn).visible).toBe(0);
});

test.each([
  ['a parameter that it does not know', { MessageGroupId: 'g' }, /MessageGroupId/],
  [
    'an attribute without a type',
    { MessageAttributes: { a: { StringValue: 'x' } } },
    /invalid message attribute type/,
  ],
  [
    'a number that is none',
    { MessageAttributes: { a: { DataType: 'Number', StringValue: 'x' } } },
    /no number/,
  ],
])('%s is refused', async (_what, input, message) => {
  const engine = await startMessaging();
  const { url } = engine.createQueue('work', {});
  expect(() =>
    engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'x', ...input } as never),
  ).toThrow(message);
});

test('queues that it cannot run are refused by name', async () => {
  const engine = await startMessaging();
  expect(() => engine.createQueue('a.fifo', {})).toThrow(/FIFO.*a\.fifo/);
  expect(() => engine.createQueue('a', { Delay: '1' })).toThrow(/Delay/);
  expect(() => engine.createQueue('a', { DelaySeconds: '901' })).toThrow(/DelaySeconds/);
  const missing = { deadLetterTargetArn: 'arn:aws:sqs:eu-central-1:000000000000:none', maxReceiveCount: 3 };
  expect(() => engine.createQueue('a', { RedrivePolicy: JSON.stringify(missing) })).toThrow(/does not exist/);
  const { arn } = engine.createQueue('a', {});
  const zero = { deadLetterTargetArn: arn, maxReceiveCount: 0 };
  expect(() => engine.createQueue('b', { RedrivePolicy: JSON.stringify(zero) })).toThrow(/maxReceiveCount/);
  engine.consume(arn, { batchSize: 1, concurrency: () => 1 }, async () => []);
  expect(() => engine.consume(arn, { batchSize: 1, concurrency: () => 1 }, async () => [])).toThrow(
    /consumer already/,
  );
  expect(() => engine.depth('arn:none')).toThrow(/arn:none/);
});

test('stop waits for the batch under way, and leaves the rest in the queue', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  let end: (() => void) | undefined;
  const consumer = engine.consume(arn, { batchSize: 1, concurrency: () => 1 }, async () => {
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    return [];
  });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'one' });
  engine.call('SendMessage', 'sqs', { QueueUrl: url, MessageBody: 'two' });
  await vi.waitFor(() => expect(end).toBeDefined());
  let stopped = false;
  const stopping = consumer.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toBe(false);
  end?.();
  await stopping;
  expect(engine.depth(arn)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  // Another consumer may take over.
  const batches = collect(engine, arn);
  await vi.waitFor(() => expect(bodies(batches)).toEqual(['two']));
});
