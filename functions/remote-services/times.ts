import type { NonFinalStatus } from '../event/lifecycle.ts';
import type { VehicleGeneration } from '../vehicle-generations/vehicle-generation.ts';
import type { RemoteService } from './remote-service.ts';

/** Nobody knows beforehand whether a vehicle sleeps: all times leave room for its generation's wake-up. */
type Waking = Pick<VehicleGeneration, 'wakeUp'>;

/** Seconds from the request in which the command may reach the vehicle. */
export const deliverySeconds = (service: RemoteService, { wakeUp }: Waking): number =>
  service.deliverySeconds + wakeUp.longestExpectedSeconds;

/**
 * Seconds that a command may stay in a status before it counts as failed.
 * @param generation is not known before the command is PENDING, and plays no part before
 */
export function longestExpectedSeconds(
  service: RemoteService,
  status: NonFinalStatus,
  generation: Waking | undefined,
): number {
  const waking = status === 'PENDING' ? (generation?.wakeUp.longestExpectedSeconds ?? 0) : 0;
  return service.longestExpectedSeconds[status] + waking;
}

/**
 * Seconds after which a lease frees itself, should its command never end: the longest a command can take from
 * the request on, and a minute for messages that are delivered late.
 */
export function leaseSeconds(service: RemoteService, generation: Waking): number {
  const { CREATED, RUNNING } = service.longestExpectedSeconds;
  return CREATED + longestExpectedSeconds(service, 'PENDING', generation) + RUNNING + 60;
}
