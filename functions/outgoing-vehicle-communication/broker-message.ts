import * as z from 'zod';
import type { RemoteServiceEvent } from '../event/event.ts';
import { remoteService } from '../remote-services/catalogue.ts';
import { commandTopic } from '../remote-services/vehicle-payload.ts';

/** What the broker API takes (EMQX's publish contract): a payload, and the topic to place it on. */
export const BrokerMessage = z.object({
  topic: z.string().min(1),
  /** The vehicle's payload, as text. */
  payload: z.string(),
  /** MQTT quality of service 1: at least once. */
  qos: z.literal(1),
  properties: z.object({
    /** Seconds for which the broker keeps the message for a vehicle that is offline. */
    message_expiry_interval: z.int().positive(),
  }),
});
export type BrokerMessage = z.infer<typeof BrokerMessage>;

/**
 * The message for the command's vehicle, as of now. The broker counts whole seconds: rounded down, so that it
 * never holds a command beyond `expiresAt`; undefined if less than a second is left.
 */
export function brokerMessage(event: RemoteServiceEvent, now: number): BrokerMessage | undefined {
  const secondsLeft = Math.floor((Date.parse(event.data.expiresAt) - now) / 1000);
  if (secondsLeft < 1) return undefined;
  return {
    topic: commandTopic(event.data.vin),
    payload: JSON.stringify(remoteService(event.data.serviceType).serialise(event)),
    qos: 1,
    properties: { message_expiry_interval: secondsLeft },
  };
}
