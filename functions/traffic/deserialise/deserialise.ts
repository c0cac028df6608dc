import * as z from 'zod';
import { remoteServiceOfVehicle } from '../../remote-services/catalogue.ts';
import {
  answeringVehicle,
  type Participant,
  reportingVehicle,
} from '../../vehicle-generations/generations.ts';
import { JsonText } from '../../vehicle-generations/json-text.ts';
import { reportOfVehicle } from '../../vehicle-reports/catalogue.ts';
import type { AnswerMessage, ReportMessage, VehicleMessage } from '../vehicle-message.ts';

/** What the broker's rule puts on the incoming queue. */
export const BrokerDelivery = z.object({
  topic: z.string(),
  payload: z.string(),
  /** How the payload is written here. Without: as the text that it is. */
  encoding: z.literal('base64').optional(),
});
type BrokerDelivery = z.infer<typeof BrokerDelivery>;

/** A message that no retry will make readable. Its message says what is wrong with it. */
export class MalformedVehicleMessage extends Error {
  override readonly name = 'MalformedVehicleMessage';
}

const STATUS_OF = {
  ACKNOWLEDGED: 'RUNNING',
  IN_PROGRESS: 'RUNNING',
  EXECUTED: 'EXECUTED',
  REJECTED: 'FAILED',
} as const;

/**
 * Reads a vehicle's message as it lies on the incoming queue. The topic says which vehicle it is, and of which
 * generation.
 * @param receivedAt when it was first taken from the queue, milliseconds since the epoch
 * @throws MalformedVehicleMessage
 */
export function deserialise(body: string, receivedAt: number): VehicleMessage {
  const delivery = read('broker delivery', JsonText.pipe(BrokerDelivery), body);
  const { topic } = delivery;
  const payload = payloadOf(delivery);
  const answering = answeringVehicle(topic);
  if (answering !== undefined) return answerMessage(answering, payload, receivedAt);
  const reporting = reportingVehicle(topic);
  if (reporting !== undefined) return reportMessage(reporting, payload, receivedAt);
  // Not quoted: it may name the vehicle, and the reason is logged.
  throw new MalformedVehicleMessage("topic: not a vehicle's topic for answers or reports");
}

function payloadOf({ payload, encoding }: BrokerDelivery): string {
  if (encoding === undefined) return payload;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(payload, encoding));
  } catch {
    throw new MalformedVehicleMessage('payload: not a text');
  }
}

function answerMessage({ generation, vin }: Participant, payload: string, receivedAt: number): AnswerMessage {
  const answer = read('payload', generation.answer, payload);
  const service = remoteServiceOfVehicle(answer.service);
  if (service === undefined) {
    throw new MalformedVehicleMessage(
      `payload: no remote service is called '${answer.service.slice(0, 100)}'`,
    );
  }
  const executed = answer.state === 'EXECUTED';
  const result = executed && service.result && read('result', service.result, answer.result);
  return {
    kind: 'answer',
    messageId: answer.messageId,
    vin,
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

function reportMessage({ generation, vin }: Participant, payload: string, receivedAt: number): ReportMessage {
  const { messageId, report, occurredAt, data } = read('payload', generation.report, payload);
  const known = reportOfVehicle(report);
  if (known === undefined) {
    throw new MalformedVehicleMessage(`payload: no report is called '${report.slice(0, 100)}'`);
  }
  return {
    kind: 'report',
    messageId,
    vin,
    reportType: known.reportType,
    // Vehicles may leave out what events must have: milliseconds.
    occurredAt: new Date(occurredAt).toISOString(),
    optIn: known.optIn,
    data: read('data', known.data, data),
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
