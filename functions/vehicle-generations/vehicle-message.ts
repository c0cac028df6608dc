import * as z from 'zod';

/** What is said between backend and vehicle, in the backend's terms: each generation writes it its own way. */

const Parameters = z.record(z.string(), z.json());

/** A vehicle executes a `commandId` once, however often it receives it, and never after `expiresAt`. */
export const VehicleCommand = z.object({
  commandId: z.uuid(),
  service: z.string().min(1),
  issuedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  parameters: Parameters,
});
export type VehicleCommand = z.infer<typeof VehicleCommand>;

export const VehicleAnswer = z.object({
  /** Drawn by the vehicle; the same when it repeats a message. */
  messageId: z.uuid(),
  commandId: z.uuid(),
  service: z.string().min(1),
  state: z.enum(['ACKNOWLEDGED', 'EXECUTED', 'REJECTED']),
  /** Why it was rejected. */
  code: z.string().max(200).optional(),
  /** What an executed service reports. */
  result: Parameters.optional(),
});
export type VehicleAnswer = z.infer<typeof VehicleAnswer>;
