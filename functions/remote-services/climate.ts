import * as z from 'zod';
import { REMOTE_COMMANDS, type RemoteService } from './remote-service.ts';

/**
 * Air conditioning. It may start some seconds later than asked for without harm, and EXECUTED means that it runs,
 * not that the car is warm: the control unit needs up to a minute to start.
 */
const climate = (action: 'START' | 'STOP', summary: string): RemoteService => ({
  serviceType: `climate-${action.toLowerCase()}`,
  summary,
  trigger: {
    path: `${REMOTE_COMMANDS}/climate-now`,
    query: { name: 'action', value: action },
    vin: 'header',
  },
  request: z.strictObject({}),
  example: {},
  capability: 'climate-now',
  deliverySeconds: 30,
  longestExpectedSeconds: { CREATED: 10, PENDING: 35, RUNNING: 60 },
  vehicleService: `CLIMATE_${action}`,
  followUp: 'NOTHING',
});

export const climateStart = climate('START', 'Start the air conditioning');
export const climateStop = climate('STOP', 'Stop the air conditioning');
