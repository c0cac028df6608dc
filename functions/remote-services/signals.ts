import * as z from 'zod';
import type { RemoteService } from './remote-service.ts';
import { namedCommand } from './vehicle-payload.ts';

const R = '/eadrax-vrccs/v4/presentation/remote-commands';

/**
 * Horn and lights: what a person near the car hears or sees. They are worthless, or frightening, when late.
 * So delivery ends (15 s) before the answer is given up (20 s), and a command that cannot be delivered says
 * so itself. RUNNING is seconds of work; 30 s leave room for a slow network on the way back.
 */
function signal(serviceType: string, vehicleService: string): RemoteService {
  return {
    serviceType,
    path: `${R}/${serviceType}`,
    request: z.strictObject({}),
    capability: serviceType,
    deliverySeconds: 15,
    longestExpectedSeconds: { CREATED: 10, PENDING: 20, RUNNING: 30 },
    vehicleService,
    serialise: namedCommand(vehicleService),
    deserialise: () => undefined,
    afterwards: 'NOTHING',
  };
}

export const hornBlow = signal('horn-blow', 'HORN_BLOW');
export const lightFlash = signal('light-flash', 'LIGHT_FLASH');
