import * as z from 'zod';
import type { RemoteServiceEvent } from '../event/event.ts';
import { REQUEST_TIMEOUT_MS } from '../http/retry.ts';
import { remoteService } from '../remote-services/catalogue.ts';
import { vehicleGeneration } from '../vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../vehicle-generations/vehicle-generation.ts';

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
 * The last moment, in milliseconds since the epoch, to hand a command to the broker: it counts whole seconds
 * from when it has the message, which may take as long as a request may.
 */
export const lastDelivery = (event: RemoteServiceEvent): number =>
  Date.parse(event.data.expiresAt) - REQUEST_TIMEOUT_MS - 1000;

/** @throws Error for an event from before the command was enriched: the outgoing queue gets none of these */
export function generationOf({ data }: RemoteServiceEvent): VehicleGeneration {
  if (data.generation === undefined) throw new Error(`The generation of ${data.eventId} is not known yet`);
  return vehicleGeneration(data.generation);
}

/**
 * The message for the command's vehicle, in a request that starts now. The broker must not hold a command beyond
 * `expiresAt`, so what is left of its life is rounded down.
 * @param now before `lastDelivery`
 */
export function brokerMessage(event: RemoteServiceEvent, now: number): BrokerMessage {
  const millisecondsLeft = Date.parse(event.data.expiresAt) - REQUEST_TIMEOUT_MS - now;
  const { data } = event;
  const generation = generationOf(event);
  const service = remoteService(data.serviceType);
  const payload = data.payload ?? {};
  return {
    topic: generation.commandTopic(data.vin),
    payload: z.encode(generation.command, {
      commandId: data.eventId,
      service: service.vehicleService,
      issuedAt: data.requestedAt,
      expiresAt: data.expiresAt,
      parameters: service.parameters?.(payload) ?? payload,
    }),
    qos: 1,
    properties: { message_expiry_interval: Math.floor(millisecondsLeft / 1000) },
  };
}
