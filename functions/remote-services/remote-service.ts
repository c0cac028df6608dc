import type * as z from 'zod';
import type { EventData } from '../event/event.ts';
import type { NonFinalStatus } from '../event/lifecycle.ts';
import type { Vehicle } from '../persistence/vehicle-store.ts';

type Json = NonNullable<EventData['payload']>;

/** All that there is to say of a remote service. Adding one is one entry of the catalogue. */
export interface RemoteService {
  /** The service's name in events, logs, metrics, dashboards and the command-line app. */
  readonly serviceType: string;
  /** What it does, in a few words. */
  readonly summary: string;
  readonly trigger: Trigger;
  /** The request body; API Gateway's JSON schema is generated from it. */
  readonly request: z.ZodObject;
  /** A body that the schema accepts: for documentation, tests and the command-line app. */
  readonly example: Json;
  /**
   * What the schema cannot say: fields that must fit each other, and the vehicle.
   * @param body has passed the schema
   * @returns why the request is refused, if it is
   */
  rules?(body: Json, vehicle: Pick<Vehicle, 'generation'>): string | undefined;
  /** What a vehicle must have to do this. */
  readonly capability: string;
  /** Seconds from the request in which the command may reach the vehicle, if it is awake. */
  readonly deliverySeconds: number;
  /** Seconds that a command may stay in a status before it counts as failed, if the vehicle is awake. */
  readonly longestExpectedSeconds: Readonly<Record<NonFinalStatus, number>>;
  /** The name that vehicles know the service by. */
  readonly vehicleService: string;
  /** What the vehicle is told beside the service's name; the request body, if this is not given. */
  parameters?(body: Json): Json;
  /** What a vehicle reports when it has executed; nothing, if this is not given. */
  readonly result?: z.ZodType<Json>;
  /** What is done with an executing vehicle's result before its event is published, in the processing workflow. */
  readonly followUp: FollowUp;
}

/** The app's request: a POST. */
export interface Trigger {
  readonly path: string;
  /** The value of the query parameter that tells the services of one path apart. */
  readonly query?: { readonly name: string; readonly value: string };
  /** Where the request names the vehicle. In the body it is at `vehicleInformation.vin`. */
  readonly vin: 'header' | 'path' | 'body';
}

/** NOTHING leaves the result in the event; STORE_POSITION takes it out, for the requester's eyes only. */
type FollowUp = 'NOTHING' | 'STORE_POSITION';

/** `/eadrax-vrccs/v4/…`: services that name the vehicle in the header `bmw-vin`. */
export const REMOTE_COMMANDS = '/eadrax-vrccs/v4/presentation/remote-commands';

/** `/eadrax-crccs/v1/…`: services around charging, which name the vehicle in the path. */
export const CHARGING = '/eadrax-crccs/v1/vehicles/{vin}';
