import * as z from 'zod';
import { REMOTE_COMMANDS, type RemoteService } from './remote-service.ts';

/**
 * What someone at the car sees or hears. It is worthless, frightening or dangerous when late: doors must not
 * open for whoever passes by then. So delivery ends (15 s, and the wake-up) before the answer is given up (20 s, and
 * the wake-up), and a command that cannot be delivered says so itself. RUNNING is seconds of work; 30 s leave room for a slow network on the way
 * back.
 */
const atTheCar = (serviceType: string, vehicleService: string, summary: string): RemoteService => ({
  serviceType,
  summary,
  trigger: { path: `${REMOTE_COMMANDS}/${serviceType}`, vin: 'header' },
  request: z.strictObject({}),
  example: {},
  capability: serviceType,
  deliverySeconds: 15,
  longestExpectedSeconds: { CREATED: 10, PENDING: 20, RUNNING: 30 },
  vehicleService,
  followUp: 'NOTHING',
});

export const hornBlow = atTheCar('horn-blow', 'HORN_BLOW', 'Blow the horn');
export const lightFlash = atTheCar('light-flash', 'LIGHT_FLASH', 'Flash the lights');
export const doorLock = atTheCar('door-lock', 'DOOR_LOCK', 'Lock the doors');
export const doorUnlock = atTheCar('door-unlock', 'DOOR_UNLOCK', 'Unlock the doors');
export const windowClose = atTheCar('window-close', 'WINDOW_CLOSE', 'Close the windows');
