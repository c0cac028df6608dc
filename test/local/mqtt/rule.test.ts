import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { GENERATIONS } from '../../../functions/vehicle-generations/generations.ts';
import { mqtt2021 } from '../../../functions/vehicle-generations/mqtt-2021.ts';
import { MESSAGE_LIMIT } from '../../../local/messaging/message-check.ts';
import type { Mosquitto } from '../../../local/mqtt/mosquitto.ts';
import { type Deliver, deliveryOf, startRule } from '../../../local/mqtt/rule.ts';
import { VIN } from '../../factories.ts';
import { connectAs, describeWithMosquitto, services, startTestMosquitto } from './start.ts';

const TOPIC = mqtt2021.answerTopic(VIN);

describe('what the rule delivers', () => {
  it('is text as it is', () => {
    expect(JSON.parse(deliveryOf(TOPIC, Buffer.from('{"straße":1}')))).toEqual({
      topic: TOPIC,
      payload: '{"straße":1}',
    });
  });

  it.each([
    ['no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['text that SQS refuses', Buffer.from('\uFFFF')],
    // As text it would be six times as long.
    ['text that would not fit', Buffer.alloc(100_000, 0)],
  ])('is %s in base64', (_, payload) => {
    const body = deliveryOf(TOPIC, payload);
    expect(Buffer.byteLength(body)).toBeLessThan(MESSAGE_LIMIT);
    expect(JSON.parse(body)).toEqual({
      topic: TOPIC,
      payload: payload.toString('base64'),
      encoding: 'base64',
    });
  });
});

describeWithMosquitto('the rule', () => {
  let broker: Mosquitto;
  beforeEach(async () => {
    broker = await startTestMosquitto([VIN]);
    onTestFinished(() => broker.stop());
  });
  const start = async (deliver: Deliver) => {
    const rule = await startRule(broker, services.rule, deliver);
    onTestFinished(() => rule.stop());
    return rule;
  };

  it('delivers answers and reports of all generations', async () => {
    const deliver = vi.fn<Deliver>(async () => undefined);
    await start(deliver);
    const vehicle = await connectAs(broker, VIN);
    const topics = GENERATIONS.flatMap(({ answerTopic, reportTopic }) => [
      answerTopic(VIN),
      reportTopic(VIN),
    ]);
    for (const topic of topics) await vehicle.publishAsync(topic, 'x', { qos: 1 });
    const delivered = topics.map((topic) => [topic, Buffer.from('x')]);
    await vi.waitFor(() => expect(deliver.mock.calls).toEqual(delivered));
  });

  it('tries until the queue takes a message', async () => {
    const deliver = vi.fn<Deliver>(async () => undefined).mockRejectedValueOnce(new Error('Throttled'));
    await start(deliver);
    const vehicle = await connectAs(broker, VIN);
    await vehicle.publishAsync(TOPIC, '1', { qos: 1 });
    await vehicle.publishAsync(TOPIC, '2', { qos: 1 });
    const delivery = (payload: string) => [TOPIC, Buffer.from(payload)];
    await vi.waitFor(() => expect(deliver.mock.calls).toEqual([delivery('1'), delivery('1'), delivery('2')]));
  });

  it('leaves to the broker what it has not delivered', async () => {
    const stuck = vi.fn<Deliver>(() => new Promise(() => undefined));
    const rule = await start(stuck);
    const vehicle = await connectAs(broker, VIN);
    await vehicle.publishAsync(TOPIC, 'stuck', { qos: 1 });
    await vi.waitFor(() => expect(stuck).toHaveBeenCalledOnce());
    await rule.stop();
    await vehicle.publishAsync(TOPIC, 'while it was away', { qos: 1 });
    const deliver = vi.fn<Deliver>(async () => undefined);
    await start(deliver);
    await vi.waitFor(() =>
      expect(deliver.mock.calls).toEqual([
        [TOPIC, Buffer.from('stuck')],
        [TOPIC, Buffer.from('while it was away')],
      ]),
    );
  });
});
