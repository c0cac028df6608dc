import { isUtf8 } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import type { BrokerDelivery } from '../../functions/traffic/deserialise/deserialise.ts';
import type { BrokerAddress } from '../../vehicle-simulator/mqtt/vehicle.ts';
import { MESSAGE_LIMIT } from '../messaging/message-check.ts';
import { connectClient } from './client.ts';
import { type Account, sentTopics } from './configuration.ts';

export interface Rule {
  stop(): Promise<void>;
}

const SESSION_EXPIRY_SECONDS = 3600;
const RETRY_MS = 200;

/** Puts what was published on a topic where it belongs. */
export type Deliver = (topic: string, payload: Buffer) => Promise<unknown>;

/**
 * The broker's rule: what vehicles send goes to the incoming queue. The broker keeps a message until it is there.
 * @param deliver puts a message on the queue; called again while it throws
 */
export async function startRule(broker: BrokerAddress, account: Account, deliver: Deliver): Promise<Rule> {
  let stopped = false;
  /** @returns whether it was delivered: if not, the rule was stopped before */
  const untilDelivered = async (topic: string, payload: Buffer): Promise<boolean> => {
    while (!stopped) {
      try {
        await deliver(topic, payload);
        return true;
      } catch {
        await sleep(RETRY_MS);
      }
    }
    return false;
  };
  const client = await connectClient(
    broker,
    account,
    { clean: false, properties: { sessionExpiryInterval: SESSION_EXPIRY_SECONDS } },
    (opened) => {
      // The library confirms a message to the broker once this calls back.
      opened.handleMessage = ({ topic, payload }, confirm) => {
        void untilDelivered(topic, Buffer.from(payload)).then((delivered) => {
          if (delivered) confirm();
        });
      };
    },
  );
  await client.subscribeAsync(sentTopics('+'), { qos: 1 });
  return {
    stop: () => {
      stopped = true;
      return client.endAsync(true);
    },
  };
}

/** SQS refuses these two, and JSON does not escape them. */
const REFUSED = /[\uFFFE\uFFFF]/;

/** What the rule puts on the queue: the payload as text, if it is one and fits like that. */
export function deliveryOf(topic: string, payload: Buffer): string {
  const asText: z.infer<typeof BrokerDelivery> = { topic, payload: payload.toString() };
  const body = JSON.stringify(asText);
  // JSON writes a control character in six.
  if (isUtf8(payload) && !REFUSED.test(body) && Buffer.byteLength(body) <= MESSAGE_LIMIT) return body;
  const asBase64: z.infer<typeof BrokerDelivery> = {
    topic,
    payload: payload.toString('base64'),
    encoding: 'base64',
  };
  return JSON.stringify(asBase64);
}
