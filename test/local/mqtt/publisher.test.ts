import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { mqtt2021 } from '../../../functions/vehicle-generations/mqtt-2021.ts';
import type { Mosquitto } from '../../../local/mqtt/mosquitto.ts';
import { type Publisher, startPublisher } from '../../../local/mqtt/publisher.ts';
import { brokerMessageTo, VIN } from '../../factories.ts';
import { connectAs, describeWithMosquitto, services, startTestMosquitto } from './start.ts';

const TAKEN = 0;
const NOBODY_LISTENS = 16;
const NOT_AUTHORIZED = 135;

describeWithMosquitto('the publisher', () => {
  let broker: Mosquitto;
  let publisher: Publisher;
  beforeEach(async () => {
    broker = await startTestMosquitto([VIN]);
    onTestFinished(() => broker.stop());
    publisher = await startPublisher(broker, services.publisher);
    onTestFinished(() => publisher.stop());
  });

  it('tells whether somebody listens, and hands over the expiry', async () => {
    const message = brokerMessageTo({}, { properties: { message_expiry_interval: 9 } });
    expect(await publisher.publish(message)).toBe(NOBODY_LISTENS);
    const vehicle = await connectAs(broker, VIN);
    const packets = vi.fn();
    vehicle.on('packetreceive', packets);
    await vehicle.subscribeAsync(message.topic, { qos: 1 });
    expect(await publisher.publish(message)).toBe(TAKEN);
    await vi.waitFor(() =>
      expect(packets).toHaveBeenCalledWith(
        expect.objectContaining({ cmd: 'publish', qos: 1, properties: { messageExpiryInterval: 9 } }),
      ),
    );
    expect(vehicle.received).toEqual([{ topic: message.topic, payload: message.payload }]);
  });

  it('tells what each of many messages at once has become', async () => {
    const vehicle = await connectAs(broker, VIN);
    await vehicle.subscribeAsync(mqtt2021.commandTopic(VIN), { qos: 1 });
    const topics = [
      mqtt2021.commandTopic(VIN),
      mqtt2021.commandTopic('WBA11AA0N00000002'),
      mqtt2021.answerTopic(VIN),
    ];
    const codes = [TAKEN, NOBODY_LISTENS, NOT_AUTHORIZED];
    const messages = Array.from({ length: 90 }, (_, index) =>
      brokerMessageTo({}, { topic: topics[index % 3] ?? '' }),
    );
    expect(await Promise.all(messages.map(publisher.publish))).toEqual(
      messages.map((_, index) => codes[index % 3]),
    );
  });

  it('fails while the broker is away', async () => {
    await broker.stop();
    await vi.waitFor(() =>
      expect(publisher.publish(brokerMessageTo({}))).rejects.toThrow(/no connection|was lost/),
    );
  });
});
