import type { SQSRecord, SQSRecordAttributes } from 'aws-lambda';
import * as z from 'zod';
import type {
  CommandData,
  EventData,
  RemoteServiceEvent,
  VehicleReported,
} from '../functions/event/event.ts';
import type { Status } from '../functions/event/lifecycle.ts';
import type { CommandRequest } from '../functions/event-creation/request.ts';
import type { BrokerMessage } from '../functions/outgoing-vehicle-communication/broker-message.ts';
import type { Vehicle } from '../functions/persistence/vehicle-store.ts';
import { vehicleGeneration } from '../functions/vehicle-generations/generations.ts';
import type {
  VehicleAnswer,
  VehicleCommand,
  VehicleReport,
} from '../functions/vehicle-generations/vehicle-message.ts';

/** Records with one obvious default each: a test says only what matters to it. */

export const VIN = 'WBA11AA0N00000001';
export const EVENT_ID = '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c01';
export const OTHER_EVENT_ID = '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c02';
export const MESSAGE_ID = '7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a10';

/** When the default command was requested; milliseconds since the epoch. */
export const REQUESTED_AT = Date.parse('2025-12-03T10:00:00.000Z');

/** The time as events tell it, in seconds from the request. */
export const at = (seconds: number): string => new Date(REQUESTED_AT + seconds * 1000).toISOString();

const COMMAND_DATA: CommandData = {
  eventId: EVENT_ID,
  vin: VIN,
  serviceType: 'horn-blow',
  environment: 'blue',
  requestedAt: at(0),
  expiresAt: at(15),
  correlationId: 'correlation-1',
  brand: 'bmw',
  country: 'DE',
  generation: 'mqtt-2021',
  payload: {},
};

/** A command goes one step a second. */
const SECOND_OF: Record<Status, number> = { CREATED: 0, PENDING: 1, RUNNING: 2, EXECUTED: 3, FAILED: 3 };

type EventOverrides = Partial<Omit<RemoteServiceEvent, 'data'>> & { data?: Partial<EventData> };

export function eventOf(status: Status, { data, ...envelope }: EventOverrides = {}): RemoteServiceEvent {
  const reason = status === 'FAILED' ? { statusReason: 'VEHICLE_REJECTED' as const } : {};
  const eventData: EventData = { ...COMMAND_DATA, status, ...reason, ...data };
  return {
    specversion: '1.0',
    id: `${eventData.eventId}.${status.toLowerCase()}`,
    source: 'test',
    type: 'remote-vehicle-services.status-changed',
    subject: eventData.vin,
    time: at(SECOND_OF[status]),
    data: eventData,
    ...envelope,
  };
}

export const vehicle = (overrides: Partial<Vehicle> = {}): Vehicle => ({
  vin: VIN,
  model: 'iX3',
  brand: 'bmw',
  country: 'DE',
  generation: 'mqtt-2021',
  owner: 'demo',
  capabilities: ['horn-blow', 'light-flash'],
  ...overrides,
});

/** @param vehicle a whole one; as in the workflow, which and whose it is stays behind */
export function commandRequest({
  vehicle: { vin: _vin, owner: _owner, ...known } = vehicle(),
  ...overrides
}: Partial<Omit<CommandRequest, 'vehicle'> & { vehicle: Vehicle }> = {}): CommandRequest {
  return { serviceType: 'horn-blow', requestedAt: REQUESTED_AT, body: {}, vehicle: known, ...overrides };
}

export const vehicleCommand = (overrides: Partial<VehicleCommand> = {}): VehicleCommand => ({
  commandId: EVENT_ID,
  service: 'HORN_BLOW',
  issuedAt: at(0),
  expiresAt: at(15),
  parameters: {},
  ...overrides,
});

export const vehicleAnswer = (overrides: Partial<VehicleAnswer> = {}): VehicleAnswer => ({
  messageId: MESSAGE_ID,
  commandId: EVENT_ID,
  service: 'HORN_BLOW',
  state: 'EXECUTED',
  ...overrides,
});

/** The alarm went off when the default command was requested. */
export const vehicleReport = (overrides: Partial<VehicleReport> = {}): VehicleReport => ({
  messageId: MESSAGE_ID,
  report: 'THEFT_ALARM',
  occurredAt: at(0),
  data: { trigger: 'DOOR' },
  ...overrides,
});

/** The event that the default report becomes. */
export const reportedEvent = (overrides: Partial<VehicleReported['data']> = {}): VehicleReported => ({
  specversion: '1.0',
  id: `${MESSAGE_ID}.reported`,
  source: 'test',
  type: 'remote-vehicle-services.vehicle-reported',
  subject: VIN,
  time: at(2),
  data: {
    reportId: MESSAGE_ID,
    vin: VIN,
    reportType: 'theft-alarm',
    occurredAt: at(0),
    environment: 'blue',
    brand: 'bmw',
    country: 'DE',
    data: { trigger: 'DOOR' },
    ...overrides,
  },
});

interface Addressed {
  readonly vin: string;
  readonly generation: string;
  readonly command: VehicleCommand;
}

/** A message of the broker API with a command for a vehicle. */
export function brokerMessageTo(
  to: Partial<Addressed>,
  overrides: Partial<BrokerMessage> = {},
): BrokerMessage {
  const { vin = VIN, generation = 'mqtt-2021', command = vehicleCommand() } = to;
  const { commandTopic, command: payload } = vehicleGeneration(generation);
  return {
    topic: commandTopic(vin),
    payload: z.encode(payload, command),
    qos: 1,
    properties: { message_expiry_interval: 15 },
    ...overrides,
  };
}

/** @param body text as it is; anything else as JSON */
export const sqsRecord = (
  body: unknown,
  messageId = 'message-1',
  attributes: Partial<SQSRecordAttributes> = {},
): SQSRecord => ({
  messageId,
  receiptHandle: `receipt of ${messageId}`,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: String(REQUESTED_AT),
    SenderId: 'test',
    ApproximateFirstReceiveTimestamp: String(REQUESTED_AT),
    ...attributes,
  },
  messageAttributes: {},
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:queue',
  awsRegion: 'eu-central-1',
});
