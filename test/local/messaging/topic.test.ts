import { PublishBatchCommand, PublishCommand } from '@aws-sdk/client-sns';
import { expect, test, vi } from 'vitest';
import type { MessagingEngine } from '../../../local/messaging/engine.ts';
import { snsClient, startMessaging } from './start.ts';

const text = (StringValue: string) => ({ DataType: 'String', StringValue });
const number = (StringValue: string) => ({ DataType: 'Number', StringValue });

const received = (engine: MessagingEngine, arn: string) => engine.peek(arn).map(({ body }) => body);

test('raw delivery hands on the message and its attributes', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true' });
  engine.call('Publish', 'sns', {
    TopicArn: topic.arn,
    Message: '{"vin":"X🚗"}',
    MessageAttributes: { status: text('CREATED') },
  });
  expect(engine.peek(arn)).toMatchObject([
    { body: '{"vin":"X🚗"}', messageAttributes: { status: { dataType: 'String', stringValue: 'CREATED' } } },
  ]);
});

test("other delivery wraps the message in SNS's envelope", async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  engine.subscribe(topic.arn, arn, {});
  const { MessageId } = engine.call('Publish', 'sns', {
    TopicArn: topic.arn,
    Message: 'hello',
    Subject: 'greeting',
    MessageAttributes: { status: text('CREATED') },
  });
  expect(JSON.parse(received(engine, arn)[0] ?? '')).toMatchObject({
    Type: 'Notification',
    MessageId,
    TopicArn: topic.arn,
    Subject: 'greeting',
    Message: 'hello',
    MessageAttributes: { status: { Type: 'String', Value: 'CREATED' } },
  });
});

test.each([
  ['exact text', { status: ['EXECUTED', 'FAILED'] }, { status: text('FAILED') }, { status: text('CREATED') }],
  ['prefix', { type: [{ prefix: 'horn-' }] }, { type: text('horn-blow') }, { type: text('lock') }],
  ['anything but', { status: [{ 'anything-but': ['A'] }] }, { status: text('B') }, { status: text('A') }],
  ['number', { size: [{ numeric: ['>=', 5, '<', 7] }] }, { size: number('5') }, { size: number('7') }],
  ['exact number', { size: [5] }, { size: number('5.0') }, { size: number('6') }],
  ['exists', { status: [{ exists: true }] }, { status: text('A') }, { other: text('A') }],
  ['all keys', { a: ['1'], b: ['2'] }, { a: text('1'), b: text('2') }, { a: text('1') }],
  ['$or', { $or: [{ a: ['1'] }, { b: ['2'] }] }, { b: text('2') }, { b: text('3') }],
])('filter on attributes: %s, in process and over HTTP', async (_what, policy, match, other) => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true', FilterPolicy: JSON.stringify(policy) });
  const client = snsClient(engine);
  for (const [Message, MessageAttributes] of [
    ['match', match],
    ['other', other],
  ] as const) {
    engine.call('Publish', 'sns', { TopicArn: topic.arn, Message, MessageAttributes } as never);
    await client.send(
      new PublishCommand({ TopicArn: topic.arn, Message, MessageAttributes: { ...MessageAttributes } }),
    );
  }
  expect(received(engine, arn)).toEqual(['match', 'match']);
});

test("what comes from a topic is delayed by the queue's own delay", async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('late', { DelaySeconds: '1' });
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true' });
  const start = Date.now();
  engine.call('Publish', 'sns', { TopicArn: topic.arn, Message: 'in process' });
  await snsClient(engine).send(new PublishCommand({ TopicArn: topic.arn, Message: 'http' }));
  expect(engine.depth(arn)).toEqual({ visible: 0, inFlight: 0, delayed: 2 });
  const bodies: string[] = [];
  engine.consume(arn, { batchSize: 10, concurrency: () => 1 }, async (records) => {
    bodies.push(...records.map(({ body }) => body));
    return [];
  });
  await vi.waitFor(() => expect(bodies).toEqual(['in process', 'http']), { timeout: 3000 });
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
});

test('listeners hear of every message, whichever way it came', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const heard: unknown[] = [];
  engine.onPublish((...args) => heard.push(args));
  const client = snsClient(engine);
  const MessageAttributes = { status: text('CREATED') };
  engine.call('Publish', 'sns', { TopicArn: topic.arn, Message: 'a', MessageAttributes });
  await client.send(new PublishCommand({ TopicArn: topic.arn, Message: 'b', MessageAttributes }));
  const batch = [
    { Id: 'c', Message: 'c' },
    { Id: 'd', Message: 'd' },
  ];
  await client.send(new PublishBatchCommand({ TopicArn: topic.arn, PublishBatchRequestEntries: batch }));
  expect(heard).toEqual([
    [topic.arn, 'a', MessageAttributes],
    [topic.arn, 'b', MessageAttributes],
    [topic.arn, 'c', {}],
    [topic.arn, 'd', {}],
  ]);
});

test('a batch reports the entry that failed', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true' });
  const answer = engine.call('PublishBatch', 'sns', {
    TopicArn: topic.arn,
    PublishBatchRequestEntries: [
      { Id: 'good', Message: 'x' },
      { Id: 'bad', Message: '' },
    ],
  });
  expect(answer).toMatchObject({
    Successful: [{ Id: 'good', MessageId: expect.any(String) }],
    Failed: [{ Id: 'bad', Code: 'InvalidParameterValue', SenderFault: true }],
  });
  expect(received(engine, arn)).toEqual(['x']);
});

test.each([
  ['an unknown topic', { TopicArn: 'arn:aws:sns:eu-central-1:000000000000:none' }, 'NotFound', 404],
  ['a message over 256 KiB', { Message: 'x'.repeat(262_145) }, 'InvalidParameter', 400],
  ['an empty attribute', { MessageAttributes: { a: text('') } }, 'InvalidParameterValue', 400],
])('%s is refused, in process and over HTTP', async (_what, input, name, statusCode) => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const request = { TopicArn: topic.arn, Message: 'x', ...input };
  expect(() => engine.call('Publish', 'sns', request as never)).toThrow(
    expect.objectContaining({ name, statusCode }),
  );
  await expect(snsClient(engine).send(new PublishCommand(request))).rejects.toMatchObject({
    $metadata: { httpStatusCode: statusCode },
  });
});

test('a message that its filter would compare wrongly is refused, in process and over HTTP', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  engine.subscribe(topic.arn, arn, {
    FilterPolicy: JSON.stringify({ status: ['A'], size: [{ numeric: ['>', 1] }] }),
  });
  for (const [attributes, message] of [
    [{ status: { DataType: 'String.Array', StringValue: '["A"]' } }, /String\.Array attribute 'status'/],
    [{ status: number('1') }, /compares 'status' as String/],
    [{ size: text('2') }, /compares 'size' as Number/],
  ] as const) {
    const input = { TopicArn: topic.arn, Message: 'x', MessageAttributes: { ...attributes } };
    expect(() => engine.call('Publish', 'sns', input as never)).toThrow(message);
    await expect(snsClient(engine).send(new PublishCommand(input))).rejects.toThrow(message);
  }
  expect(received(engine, arn)).toEqual([]);
});

test('raw delivery takes 10 attributes at most', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  const names = Array.from({ length: 11 }, (_, index) => [`a${index}`, text('x')]);
  const input = { TopicArn: topic.arn, Message: 'x', MessageAttributes: Object.fromEntries(names) };
  engine.call('Publish', 'sns', input);
  engine.subscribe(topic.arn, arn, { RawMessageDelivery: 'true' });
  expect(() => engine.call('Publish', 'sns', input)).toThrow(/11.*maximum \[10\]/);
});

test.each([
  [
    'a filter on the body',
    { FilterPolicyScope: 'MessageBody', FilterPolicy: '{"a":["b"]}' },
    /FilterPolicyScope MessageBody/,
  ],
  ['an attribute that it does not know', { DeliveryPolicy: '{}' }, /DeliveryPolicy/],
  ['an unknown operator', { FilterPolicy: '{"a":[{"like":"b"}]}' }, /operator 'like'/],
  ['a condition that is no list', { FilterPolicy: '{"a":"b"}' }, /'a' must have a list/],
  ['a nested key', { FilterPolicy: '{"a":{"b":["c"]}}' }, /'a' must have a list/],
  ['a keyword', { FilterPolicy: '{"a":[true]}' }, /true/],
  [
    'an unknown exception',
    { FilterPolicy: '{"a":[{"anything-but":{"like":"b"}}]}' },
    /'anything-but' with 'like'/,
  ],
  ['mixed exceptions', { FilterPolicy: '{"a":[{"anything-but":["b",1]}]}' }, /only texts or only numbers/],
  ['$or inside $or', { FilterPolicy: '{"$or":[{"$or":[{"a":["b"]}]}]}' }, /inside '\$or'/],
  ['two operators', { FilterPolicy: '{"a":[{"prefix":"b","suffix":"c"}]}' }, /one operator/],
  ['what is not JSON', { FilterPolicy: '{' }, /not JSON/],
  [
    'six keys',
    { FilterPolicy: '{"a":["1"],"b":["1"],"c":["1"],"d":["1"],"e":["1"],"f":["1"]}' },
    /too complex/,
  ],
  [
    'a missing dead-letter queue',
    { RedrivePolicy: '{"deadLetterTargetArn":"arn:none"}' },
    /no queue arn:none/,
  ],
] as [string, Record<string, string>, RegExp][])(
  'a subscription with %s is refused',
  async (_what, attributes, message) => {
    const engine = await startMessaging();
    const topic = engine.createTopic('events');
    const { arn } = engine.createQueue('work', {});
    expect(() => engine.subscribe(topic.arn, arn, attributes)).toThrow(message);
  },
);

test('unknown topics, queues and actions are refused by name', async () => {
  const engine = await startMessaging();
  const topic = engine.createTopic('events');
  const { arn } = engine.createQueue('work', {});
  expect(() => engine.subscribe('arn:none', arn, {})).toThrow(/arn:none/);
  expect(() => engine.subscribe(topic.arn, 'arn:none', {})).toThrow(/arn:none/);
  expect(() => engine.createTopic('events.fifo')).toThrow(/FIFO/);
  expect(() => engine.call('Subscribe', 'sns', {})).toThrow(/Subscribe/);
  expect(() =>
    engine.call('Publish', 'sns', { TopicArn: topic.arn, Message: 'x', MessageStructure: 'json' }),
  ).toThrow(/MessageStructure/);
});
