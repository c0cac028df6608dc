import { remoteService } from '../../remote-services/catalogue.ts';
import type { RemoteService } from '../../remote-services/remote-service.ts';
import type { CommandRequest, Refusal } from '../request.ts';

/** Whether the vehicle may be asked for this: the request's rules, and what the vehicle can do. */
export function validate({ serviceType, body, vehicle }: CommandRequest): { refusal?: Refusal } {
  const service = remoteService(serviceType);

  // API Gateway has checked the same schema; this is for whatever it reads otherwise than zod.
  const parsed = service.request.safeParse(body);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => [...path, message].join(': '));
    return { refusal: invalid(faults.join('; ')) };
  }
  if (!vehicle.capabilities.includes(service.capability)) {
    const message = `This vehicle (${vehicle.model}) does not support ${serviceType}.`;
    return { refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED', message } };
  }
  // What has passed the schema is an object.
  const fault = service.rules?.(body as RemoteService['example'], vehicle);
  return fault === undefined ? {} : { refusal: invalid(fault) };
}

const invalid = (message: string): Refusal => ({ statusCode: 400, reason: 'INVALID_REQUEST', message });
