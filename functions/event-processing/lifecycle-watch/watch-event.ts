import type { RemoteServiceEvent } from '../../event/event.ts';
import { isFinal } from '../../event/lifecycle.ts';
import { remoteService } from '../../remote-services/catalogue.ts';
import { longestExpectedSeconds } from '../../remote-services/times.ts';
import { vehicleGeneration } from '../../vehicle-generations/generations.ts';
import type { Watch } from '../watch.ts';

/**
 * How long the command may stay in the status that the event tells.
 * @throws Error for a final event: the subscription's filter lets none through
 */
export function watchOf(event: RemoteServiceEvent): Watch {
  const { serviceType, status, generation } = event.data;
  if (isFinal(status)) throw new Error(`${status} is final and has no longest expected time`);
  const seconds = longestExpectedSeconds(
    remoteService(serviceType),
    status,
    generation === undefined ? undefined : vehicleGeneration(generation),
  );
  return { event, deadline: Date.parse(event.time) + seconds * 1000 };
}
