import type * as z from 'zod';
import type { EventData, RemoteServiceEvent } from '../event/event.ts';
import type { NonFinalStatus } from '../event/lifecycle.ts';
import type { VehicleAnswer, VehicleCommand } from './vehicle-payload.ts';

/** All that there is to say of a remote service. Adding one is one entry of the catalogue. */
export interface RemoteService {
  /** The service's name in events, logs, metrics and dashboards. */
  readonly serviceType: string;
  /** Path of the trigger, a POST. */
  readonly path: string;
  /** The request body; API Gateway's JSON schema is generated from it. */
  readonly request: z.ZodObject;
  /** What a vehicle must have to do this. */
  readonly capability: string;
  /** Seconds from the request in which the command may reach the vehicle. */
  readonly deliverySeconds: number;
  /** Seconds that a command may stay in a status before it counts as failed. */
  readonly longestExpectedSeconds: Readonly<Record<NonFinalStatus, number>>;
  /** The name that vehicles know the service by. */
  readonly vehicleService: string;
  serialise(event: RemoteServiceEvent): VehicleCommand;
  /** The result that an answer holds, in the event's terms; undefined where there is none. */
  deserialise(answer: VehicleAnswer): EventData['result'];
  /** What follows the vehicle's answer, a branch of the processing workflow. */
  readonly afterwards: 'NOTHING';
}
