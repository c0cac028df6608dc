import * as z from 'zod';
import { Vin } from '../event/event.ts';
import type { StatusReason } from '../event/lifecycle.ts';
import type { FindVehicle, Vehicle } from '../persistence/vehicle-store.ts';

/** A request as the event-creation workflow hands it to its functions. */
export const CommandRequest = z.object({
  serviceType: z.string(),
  vin: Vin,
  /** Who asks. Stays between the API and the tables: no event, log, vehicle or subscriber hears of it. */
  user: z.string().min(1),
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

/** A vehicle of someone else is answered exactly like one that does not exist. */
export const unknownVehicle = (vin: string): Refusal => ({
  statusCode: 404,
  reason: 'VEHICLE_UNKNOWN',
  message: `You have no vehicle with the VIN ${vin}.`,
});

/** @returns the vehicle if it is the user's own */
export async function ownVehicle(
  { vin, user }: Pick<CommandRequest, 'vin' | 'user'>,
  findVehicle: FindVehicle,
): Promise<Vehicle | undefined> {
  const vehicle = await findVehicle(vin);
  return vehicle?.owner === user ? vehicle : undefined;
}
