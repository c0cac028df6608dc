import * as z from 'zod';
import { REMOTE_COMMANDS, type RemoteService } from './remote-service.ts';

const Position = z.object({
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  /** Degrees from north, clockwise. */
  heading: z.int().min(0).max(359),
});

/** Where the car is: satellites may take the car up to a minute to find. */
export const vehicleFinder: RemoteService = {
  serviceType: 'vehicle-finder',
  summary: 'Find the vehicle; `eventPosition` then answers its position',
  trigger: { path: `${REMOTE_COMMANDS}/vehicle-finder`, vin: 'header' },
  request: z.strictObject({}),
  example: {},
  capability: 'vehicle-finder',
  deliverySeconds: 30,
  longestExpectedSeconds: { CREATED: 10, PENDING: 35, RUNNING: 60 },
  vehicleService: 'VEHICLE_FINDER',
  result: z.object({ position: Position }),
  followUp: 'STORE_POSITION',
};
