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
  /** `IN_PROGRESS`: it has the command, and is still at it. */
  state: z.enum(['ACKNOWLEDGED', 'IN_PROGRESS', 'EXECUTED', 'REJECTED']),
  /** Why it was rejected. */
  code: z.string().max(200).optional(),
  /** What an executed service reports. */
  result: Parameters.optional(),
});
export type VehicleAnswer = z.infer<typeof VehicleAnswer>;

/** What a vehicle tells on its own. */
export const VehicleReport = z.object({
  /** Drawn by the vehicle; the same when it repeats a message. */
  messageId: z.uuid(),
  /** The report's name among vehicles. */
  report: z.string().min(1),
  /** By the vehicle's clock. */
  occurredAt: z.iso.datetime(),
  data: Parameters,
});
export type VehicleReport = z.infer<typeof VehicleReport>;
