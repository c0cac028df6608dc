import type { RemoteService } from './remote-service.ts';
import { hornBlow, lightFlash } from './signals.ts';

/** Every remote service of the backend. */
export const CATALOGUE: readonly RemoteService[] = [hornBlow, lightFlash];

const byServiceType = new Map(CATALOGUE.map((service) => [service.serviceType, service]));
const byVehicleService = new Map(CATALOGUE.map((service) => [service.vehicleService, service]));

/** @throws Error if the catalogue has no such service: a message of another version of this backend */
export function remoteService(serviceType: string): RemoteService {
  const service = byServiceType.get(serviceType);
  if (service === undefined) throw new Error(`The catalogue has no remote service '${serviceType}'`);
  return service;
}

/** The service that vehicles know by this name, if there is one. */
export const remoteServiceOfVehicle = (vehicleService: string): RemoteService | undefined =>
  byVehicleService.get(vehicleService);

/**
 * Seconds after which a lease frees itself, should its command never end: the longest a command can take from
 * the request on, and a minute for messages that are delivered late.
 */
export function leaseSeconds({
  longestExpectedSeconds: { CREATED, PENDING, RUNNING },
}: RemoteService): number {
  return CREATED + PENDING + RUNNING + 60;
}
