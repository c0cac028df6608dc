import * as z from 'zod';
import { remoteServiceOfVehicle } from '../../remote-services/catalogue.ts';
import { answeringVehicle } from '../../vehicle-generations/generations.ts';
import { JsonText } from '../../vehicle-generations/json-text.ts';
import type { VehicleMessage } from '../vehicle-message.ts';

/** What the broker's rule puts on the incoming queue. */
export const BrokerDelivery = z.object({ topic: z.string(), payload: z.string() });

/** A message that no retry will make readable. Its message says what is wrong with it. */
export class MalformedVehicleMessage extends Error {
  override readonly name = 'MalformedVehicleMessage';
}

const STATUS_OF = { ACKNOWLEDGED: 'RUNNING', EXECUTED: 'EXECUTED', REJECTED: 'FAILED' } as const;

/**
 * Reads a vehicle's message as it lies on the incoming queue. The topic says which vehicle it is, and of which
 * generation.
 * @param receivedAt when it was first taken from the queue, milliseconds since the epoch
 * @throws MalformedVehicleMessage
 */
export function deserialise(body: string, receivedAt: number): VehicleMessage {
  const { topic, payload } = read('broker delivery', JsonText.pipe(BrokerDelivery), body);
  const sender = answeringVehicle(topic);
  // Not quoted: it may name the vehicle, and the reason is logged.
  if (sender === undefined) throw new MalformedVehicleMessage("topic: not a vehicle's topic for answers");
  const answer = read('payload', sender.generation.answer, payload);

  const service = remoteServiceOfVehicle(answer.service);
  if (service === undefined) {
    throw new MalformedVehicleMessage(
      `payload: no remote service is called '${answer.service.slice(0, 100)}'`,
    );
  }
  const executed = answer.state === 'EXECUTED';
  const result = executed && service.result && read('result', service.result, answer.result);
  return {
    messageId: answer.messageId,
    vin: sender.vin,
    eventId: answer.commandId,
    serviceType: service.serviceType,
    status: STATUS_OF[answer.state],
    ...(answer.state === 'REJECTED' ? { statusReason: 'VEHICLE_REJECTED' as const } : {}),
    ...(answer.code === undefined ? {} : { statusDetail: answer.code }),
    ...(result ? { result } : {}),
    followUp: executed ? service.followUp : 'NOTHING',
    receivedAt: new Date(receivedAt).toISOString(),
  };
}

function read<Schema extends z.ZodType>(what: string, schema: Schema, value: unknown): z.output<Schema> {
  let parsed: z.ZodSafeParseResult<z.output<Schema>>;
  try {
    parsed = schema.safeParse(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Walking through it overflowed the stack.
    throw new MalformedVehicleMessage(`${what}: nested too deeply`);
  }
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${[what, ...path].join('.')}: ${message}`);
  throw new MalformedVehicleMessage(faults.join('; '));
}
