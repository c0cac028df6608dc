import { remoteService } from '../../remote-services/catalogue.ts';
import { deliverySeconds, leaseSeconds } from '../../remote-services/times.ts';
import { vehicleGeneration } from '../../vehicle-generations/generations.ts';
import type { CommandRequest } from '../request.ts';

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

export function enrich({ serviceType, requestedAt, vehicle }: CommandRequest): { enrichment: Enrichment } {
  const service = remoteService(serviceType);
  const generation = vehicleGeneration(vehicle.generation);
  return {
    enrichment: {
      brand: vehicle.brand,
      country: vehicle.country,
      generation: vehicle.generation,
      expiresAt: new Date(requestedAt + deliverySeconds(service, generation) * 1000).toISOString(),
      leaseExpiresAt: Math.ceil(requestedAt / 1000) + leaseSeconds(service, generation),
    },
  };
}
