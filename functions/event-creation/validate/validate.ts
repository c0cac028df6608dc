import type { FindVehicle } from '../../persistence/vehicle-store.ts';
import { remoteService } from '../../remote-services/catalogue.ts';
import { type CommandRequest, type Refusal, unknownVehicle } from '../request.ts';

/** Whether the vehicle may be asked for this: the request's rules, the vehicle, and what it can do. */
export async function validate(
  { serviceType, vin, body }: CommandRequest,
  { findVehicle }: { findVehicle: FindVehicle },
): Promise<{ refusal?: Refusal }> {
  const service = remoteService(serviceType);

  const request = service.request.safeParse(body);
  if (!request.success) {
    const faults = request.error.issues.map(({ path, message }) => [...path, message].join(': '));
    return { refusal: { statusCode: 400, reason: 'INVALID_REQUEST', message: faults.join('; ') } };
  }

  const vehicle = await findVehicle(vin);
  if (vehicle === undefined) return { refusal: unknownVehicle(vin) };
  if (!vehicle.capabilities.includes(service.capability)) {
    const message = `This vehicle (${vehicle.model}) does not support ${serviceType}.`;
    return { refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED', message } };
  }
  return {};
}
