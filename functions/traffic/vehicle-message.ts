import * as z from 'zod';
import { Vin } from '../event/event.ts';
import { Status } from '../event/lifecycle.ts';

/**
 * A vehicle's message in the backend's terms, whatever payload the vehicle speaks: what the routing workflow
 * routes and the processing workflow turns into an event.
 */
export const VehicleMessage = z.object({
  /** Drawn by the vehicle; a repeated message has the same. */
  messageId: z.uuid(),
  vin: Vin,
  /** The command that it answers. */
  eventId: z.uuid(),
  /** The service that it says it answers for. */
  serviceType: z.string(),
  status: Status.extract(['RUNNING', 'EXECUTED', 'FAILED']),
  statusReason: z.literal('VEHICLE_REJECTED').optional(),
  statusDetail: z.string().optional(),
  result: z.record(z.string(), z.json()).optional(),
  followUp: z.enum(['NOTHING', 'STORE_POSITION']),
  /** ISO; when it was first taken from the incoming queue. */
  receivedAt: z.string(),
});
export type VehicleMessage = z.infer<typeof VehicleMessage>;
