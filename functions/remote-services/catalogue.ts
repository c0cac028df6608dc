import { doorLock, doorUnlock, hornBlow, lightFlash, windowClose } from './at-the-car.ts';
import { chargeStart, chargeStop, chargingSettings } from './charging.ts';
import { chargingProfile } from './charging-profile.ts';
import { climateStart, climateStop } from './climate.ts';
import type { RemoteService } from './remote-service.ts';
import { sendToCar } from './send-to-car.ts';
import { vehicleFinder } from './vehicle-finder.ts';

/** Every remote service of the backend. */
export const CATALOGUE: readonly RemoteService[] = [
  hornBlow,
  lightFlash,
  doorLock,
  doorUnlock,
  windowClose,
  climateStart,
  climateStop,
  vehicleFinder,
  chargeStart,
  chargeStop,
  chargingSettings,
  chargingProfile,
  sendToCar,
];

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
