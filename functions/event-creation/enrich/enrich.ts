import type { FindVehicle } from '../../persistence/vehicle-store.ts';
import { leaseSeconds, remoteService } from '../../remote-services/catalogue.ts';
import { type CommandRequest, type Refusal, unknownVehicle } from '../request.ts';

/** What the backend knows and the app does not send. */
export interface Enrichment {
  readonly brand: string;
  readonly country: string;
  readonly generation: string;
  /** ISO; after this the command must not reach the vehicle. */
  readonly expiresAt: string;
  /** Seconds since the epoch, DynamoDB's unit of expiry. */
  readonly leaseExpiresAt: number;
}

export async function enrich(
  { serviceType, vin, requestedAt }: CommandRequest,
  { findVehicle }: { findVehicle: FindVehicle },
): Promise<{ refusal: Refusal } | { enrichment: Enrichment }> {
  const service = remoteService(serviceType);
  const vehicle = await findVehicle(vin);
  if (vehicle === undefined) return { refusal: unknownVehicle(vin) };
  return {
    enrichment: {
      brand: vehicle.brand,
      country: vehicle.country,
      generation: vehicle.generation,
      expiresAt: new Date(requestedAt + service.deliverySeconds * 1000).toISOString(),
      leaseExpiresAt: Math.ceil(requestedAt / 1000) + leaseSeconds(service),
    },
  };
}
