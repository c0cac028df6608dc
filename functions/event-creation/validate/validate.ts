import type { FindVehicle } from '../../persistence/vehicle-store.ts';
import { remoteService } from '../../remote-services/catalogue.ts';
import { type CommandRequest, ownVehicle, type Refusal, unknownVehicle } from '../request.ts';

/** Whether the user may ask the vehicle for this: the request's rules, whose vehicle it is, and what it can do. */
export async function validate(
  request: CommandRequest,
  { findVehicle }: { findVehicle: FindVehicle },
): Promise<{ refusal?: Refusal }> {
  const { serviceType, vin, body } = request;
  const service = remoteService(serviceType);

  // API Gateway has checked the same schema; this is for whatever it reads otherwise than zod.
  const parsed = service.request.safeParse(body);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
    return { refusal: invalid(faults.join('; ')) };
  }

  const vehicle = await ownVehicle(request, findVehicle);
  if (vehicle === undefined) return { refusal: unknownVehicle(vin) };
  if (!vehicle.capabilities.includes(service.capability)) {
    const message = `This vehicle (${vehicle.model}) does not support ${serviceType}.`;
    return { refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED', message } };
  }
  const fault = service.rules?.(body as Parameters<NonNullable<typeof service.rules>>[0], vehicle);
  return fault === undefined ? {} : { refusal: invalid(fault) };
}

const invalid = (message: string): Refusal => ({ statusCode: 400, reason: 'INVALID_REQUEST', message });
