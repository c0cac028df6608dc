import * as z from 'zod';
import { Vin } from '../../event/event.ts';
import { remoteServiceOfVehicle } from '../../remote-services/catalogue.ts';
import { answerTopic, VehicleAnswer } from '../../remote-services/vehicle-payload.ts';
import type { VehicleMessage } from '../vehicle-message.ts';

/** What the broker's rule puts on the incoming queue. */
const BrokerDelivery = z.object({ topic: z.string(), payload: z.string() });

/** A message that no retry will make readable. Its message says what is wrong with it. */
export class MalformedVehicleMessage extends Error {
  override readonly name = 'MalformedVehicleMessage';
}

const STATUS_OF = { ACKNOWLEDGED: 'RUNNING', EXECUTED: 'EXECUTED', REJECTED: 'FAILED' } as const;

/**
 * Reads a vehicle's message as it lies on the incoming queue.
 * @param receivedAt when it was first taken from the queue, milliseconds since the epoch
 * @throws MalformedVehicleMessage
 */
export function deserialise(body: string, receivedAt: number): VehicleMessage {
  const { topic, payload } = read('broker delivery', BrokerDelivery, body);
  const answer = read('payload', VehicleAnswer, payload);

  // The broker lets a vehicle publish to its own topics only: the topic says who it is.
  const vin = Vin.safeParse(topic.split('/')[1]);
  if (!vin.success || topic !== answerTopic(vin.data)) {
    // Not quoted: it may name the vehicle, and the reason is logged.
    throw new MalformedVehicleMessage("topic: not a vehicle's topic for answers");
  }

  const service = remoteServiceOfVehicle(answer.service);
  if (service === undefined) {
    throw new MalformedVehicleMessage(
      `payload: no remote service is called '${answer.service.slice(0, 100)}'`,
    );
  }
  const result = service.deserialise(answer);
  return {
    messageId: answer.messageId,
    vin: vin.data,
    eventId: answer.commandId,
    status: STATUS_OF[answer.state],
    ...(answer.state === 'REJECTED' ? { statusReason: 'VEHICLE_REJECTED' as const } : {}),
    ...(answer.code === undefined ? {} : { statusDetail: answer.code }),
    ...(result === undefined ? {} : { result }),
    afterwards: service.afterwards,
    receivedAt: new Date(receivedAt).toISOString(),
  };
}

function read<Schema extends z.ZodType>(what: string, schema: Schema, text: string): z.infer<Schema> {
  let parsed: z.ZodSafeParseResult<z.infer<Schema>>;
  try {
    parsed = schema.safeParse(JSON.parse(text));
  } catch (error) {
    // A RangeError: nested so deeply that walking through it overflows the stack.
    throw new MalformedVehicleMessage(
      `${what}: ${error instanceof RangeError ? 'nested too deeply' : 'not JSON'}`,
    );
  }
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${[what, ...path].join('.')}: ${message}`);
  throw new MalformedVehicleMessage(faults.join('; '));
}
