import { createHash } from 'node:crypto';
import type { VehicleAnswer } from '../../functions/vehicle-generations/vehicle-message.ts';

type Result = NonNullable<VehicleAnswer['result']>;

/** By the name that vehicles know the service by. A service that is not here reports nothing. */
const RESULTS: Readonly<Record<string, (vin: string) => Result>> = {
  VEHICLE_FINDER: (vin) => ({ position: positionOf(vin) }),
};

/** What a vehicle reports when it has executed the service. */
export const resultOf = (service: string, vin: string): Result | undefined => RESULTS[service]?.(vin);

const MUNICH = { latitude: 48.1372, longitude: 11.5756 };

/** 10 km each way: a degree of latitude is 111 km, one of longitude 111 km × cos 48° = 74 km. */
const SPREAD = { latitude: 10 / 111, longitude: 10 / 74 };

/** Somewhere in and around Munich, always the same for a vehicle. */
function positionOf(vin: string) {
  const hash = createHash('sha256').update(vin).digest();
  /** Between -1 and 1. */
  const offset = (byte: number) => hash.readUInt32BE(byte) / 2 ** 31 - 1;
  /** Six digits are 11 cm. */
  const rounded = (degrees: number) => Math.round(degrees * 1e6) / 1e6;
  return {
    latitude: rounded(MUNICH.latitude + offset(0) * SPREAD.latitude),
    longitude: rounded(MUNICH.longitude + offset(4) * SPREAD.longitude),
    heading: hash.readUInt32BE(8) % 360,
  };
}
