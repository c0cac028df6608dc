import { Store } from 'mqtt';
import type { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import type { BrokerAddress } from '../../vehicle-simulator/mqtt/vehicle.ts';
import { connectClient } from './client.ts';
import type { Account } from './configuration.ts';

/** From this reason code on the broker has refused a message. */
export const FIRST_ERROR = 128;

export interface Publisher {
  /**
   * @returns the broker's reason code (MQTT 5): 0 taken, 16 nobody listens, from 128 on refused
   * @throws Error if there is no connection, or no answer
   */
  publish(message: BrokerMessage): Promise<number>;
  stop(): Promise<void>;
}

/** Callers of the broker API give up after a second; what they left should not pile up. */
const ANSWER_MS = 5000;

/**
 * What was under way when the connection was lost is for the caller to repeat: sent again later, it would live longer
 * at the broker than it may.
 */
class ForgetfulStore extends Store {
  override put(...[, done]: Parameters<Store['put']>): this {
    done();
    return this;
  }
}

interface Pending {
  resolve(reasonCode: number): void;
  reject(error: Error): void;
}

/** Publishes commands to the broker. */
export async function startPublisher(broker: BrokerAddress, account: Account): Promise<Publisher> {
  const client = await connectClient(broker, account, { outgoingStore: new ForgetfulStore() });
  /** By message id: the library does not hand the reason code to whoever published. */
  const pending = new Map<number | undefined, Pending>();
  client.on('packetreceive', (packet) => {
    if (packet.cmd === 'puback') pending.get(packet.messageId)?.resolve(packet.reasonCode ?? 0);
  });
  client.on('close', () => {
    for (const { reject } of pending.values()) reject(new Error('The connection to the broker was lost'));
  });

  return {
    async publish({ topic, payload, qos, properties }) {
      if (!client.connected) throw new Error('There is no connection to the broker');
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const messageExpiryInterval = properties.message_expiry_interval;
      // What becomes of it, the reason code says.
      client.publish(topic, payload, { qos, properties: { messageExpiryInterval } }, () => undefined);
      const messageId = client.getLastMessageId();
      pending.set(messageId, { resolve, reject });
      const timer = setTimeout(() => reject(new Error('The broker did not answer')), ANSWER_MS);
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        pending.delete(messageId);
      }
    },
    stop: () => client.endAsync(true),
  };
}
