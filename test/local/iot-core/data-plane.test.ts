import { IoTDataPlaneClient, PublishCommand } from '@aws-sdk/client-iot-data-plane';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { type DataPlane, startDataPlane } from '../../../local/iot-core/data-plane.ts';
import { brokerMessageTo } from '../../factories.ts';

const publish = vi.fn<(message: unknown) => Promise<number>>();
let dataPlane: DataPlane;
beforeEach(async () => {
  publish.mockReset().mockResolvedValue(0);
  dataPlane = await startDataPlane(publish);
  onTestFinished(() => dataPlane.stop());
});

const message = brokerMessageTo({});

/** By the SDK, as the functions do it. */
function send(changes: Partial<ConstructorParameters<typeof PublishCommand>[0]> = {}) {
  const client = new IoTDataPlaneClient({
    endpoint: dataPlane.url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  const { topic, payload, qos, properties } = message;
  return client.send(
    new PublishCommand({
      topic,
      qos,
      payload: Buffer.from(payload),
      messageExpiry: properties.message_expiry_interval,
      ...changes,
    }),
  );
}

it('a message is published with its expiry', async () => {
  await send();
  expect(publish).toHaveBeenCalledExactlyOnceWith(message);
});

it('it does not say that nobody listens', async () => {
  publish.mockResolvedValue(16);
  await expect(send()).resolves.toBeDefined();
});

it('a message that the broker refuses is refused', async () => {
  publish.mockResolvedValue(135);
  await expect(send()).rejects.toMatchObject({
    name: 'InvalidRequestException',
    $metadata: { httpStatusCode: 400 },
  });
});

it('a message may be sent again while the broker is away', async () => {
  publish.mockRejectedValue(new Error('away'));
  await expect(send()).rejects.toMatchObject({ $metadata: { httpStatusCode: 503 } });
});

it.each([
  ['quality of service', { qos: 0 }],
  ['expiry', { messageExpiry: undefined }],
])('a message of another %s is refused: we send none', async (_, changes) => {
  await expect(send(changes)).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  expect(publish).not.toHaveBeenCalled();
});

it('a page of another origin, which cannot sign, publishes nothing', async () => {
  const response = await fetch(`${dataPlane.url}/topics/x?qos=1&messageExpiry=60`, {
    method: 'POST',
    body: 'x',
  });
  expect(response.status).toBe(403);
  expect(publish).not.toHaveBeenCalled();
});
