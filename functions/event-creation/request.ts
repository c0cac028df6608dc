import * as z from 'zod';
import type { StatusReason } from '../event/lifecycle.ts';
import { Vehicle } from '../persistence/vehicle-store.ts';

/** A request as the event-creation workflow hands it to its functions: for a vehicle that is the user's own. */
export const CommandRequest = z.object({
  serviceType: z.string(),
  /** Milliseconds since the epoch. */
  requestedAt: z.int(),
  body: z.json(),
  /** As it stands in the vehicles table, without what says which and whose it is. */
  vehicle: Vehicle.omit({ vin: true, owner: true }),
});
export type CommandRequest = z.infer<typeof CommandRequest>;

/** Why a request is refused, and the HTTP status that says so. The workflow makes the answer from it. */
export interface Refusal {
  readonly statusCode: 400 | 422;
  readonly reason: StatusReason;
  readonly message: string;
}

/** A vehicle of someone else is answered exactly like one that does not exist: by 404 and this message. */
export const NO_SUCH_VEHICLE = 'You have no vehicle with this VIN.';
