import * as z from 'zod';
import { Vin } from '../event/event.ts';
import type { StatusReason } from '../event/lifecycle.ts';

/** A request as the event-creation workflow hands it to its functions. */
export const CommandRequest = z.object({
  serviceType: z.string(),
  vin: Vin,
  /** Milliseconds since the epoch. */
  requestedAt: z.int(),
  body: z.json(),
});
export type CommandRequest = z.infer<typeof CommandRequest>;

/** Why a request is refused, and the HTTP status that says so. The workflow makes the answer from it. */
export interface Refusal {
  readonly statusCode: 400 | 404 | 422;
  readonly reason: StatusReason;
  readonly message: string;
}

export const unknownVehicle = (vin: string): Refusal => ({
  statusCode: 404,
  reason: 'VEHICLE_UNKNOWN',
  message: `No vehicle has the VIN ${vin}.`,
});
