import * as z from 'zod';
import type { RemoteServiceEvent } from '../event/event.ts';

/** What a vehicle receives and sends over MQTT, payload version 1. */

export const commandTopic = (vin: string): string => `vehicles/${vin}/commands`;
export const answerTopic = (vin: string): string => `vehicles/${vin}/answers`;

/** A vehicle executes a `commandId` once, however often it receives it, and never after `expiresAt`. */
export const VehicleCommand = z.object({
  version: z.literal(1),
  commandId: z.uuid(),
  service: z.string(),
  issuedAt: z.string(),
  expiresAt: z.string(),
  parameters: z.record(z.string(), z.json()),
});
export type VehicleCommand = z.infer<typeof VehicleCommand>;

export const VehicleAnswer = z.object({
  version: z.literal(1),
  /** Drawn by the vehicle; the same when it repeats a message. */
  messageId: z.uuid(),
  commandId: z.uuid(),
  service: z.string(),
  state: z.enum(['ACKNOWLEDGED', 'EXECUTED', 'REJECTED']),
  /** Why it was rejected. */
  code: z.string().max(200).optional(),
  result: z.record(z.string(), z.json()).optional(),
});
export type VehicleAnswer = z.infer<typeof VehicleAnswer>;

/** The payload of a remote service whose command has nothing but its name, and perhaps parameters. */
export function namedCommand(service: string) {
  return ({ data }: RemoteServiceEvent): VehicleCommand => ({
    version: 1,
    commandId: data.eventId,
    service,
    issuedAt: data.requestedAt,
    expiresAt: data.expiresAt,
    parameters: data.payload ?? {},
  });
}
