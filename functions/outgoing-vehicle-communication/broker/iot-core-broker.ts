import {
  IoTDataPlaneClient,
  IoTDataPlaneServiceException,
  PublishCommand,
} from '@aws-sdk/client-iot-data-plane';
import { awsClient } from '../../aws/client.ts';
import { PeerRefused, PeerUnavailable, peerError } from '../../http/post.ts';
import type { Broker } from './broker.ts';

const NAME = 'AWS IoT Core';

/**
 * AWS IoT Core. It takes every message, whether the vehicle listens or not, and keeps it for a vehicle that has a
 * session until the message expires. It could be asked first (GetConnection): that would be a second request for
 * each command, to learn what the session makes unnecessary. It wakes no vehicle.
 */
export function iotCoreBroker(): Broker {
  // No retries of the SDK's: ours know how long the command lives.
  const client = awsClient(IoTDataPlaneClient, 'iotdata', { maxAttempts: 1 });
  return {
    publish: async ({ topic, payload, qos, properties }, timeoutMs) => {
      const command = new PublishCommand({
        topic,
        qos,
        payload: Buffer.from(payload),
        messageExpiry: properties.message_expiry_interval,
      });
      try {
        await client.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        throw translated(error);
      }
      return 'TAKEN';
    },
    wakeUp: async () => {
      throw new PeerRefused(`${NAME} wakes no vehicles`);
    },
  };
}

/** By status, as every peer's. The SDK's error is not handed on: it may quote the topic, which names the vehicle. */
function translated(error: unknown): PeerUnavailable | PeerRefused {
  const status = error instanceof IoTDataPlaneServiceException ? error.$metadata.httpStatusCode : undefined;
  if (status !== undefined) return peerError(NAME, status);
  return new PeerUnavailable(`${NAME} did not answer: ${error instanceof Error ? error.name : 'unknown'}`);
}
