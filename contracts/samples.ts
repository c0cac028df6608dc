import * as z from 'zod';
import {
  EVENT_TYPE,
  failureOf,
  REPORT_EVENT_TYPE,
  type RemoteServiceEvent,
  type VehicleReported,
} from '../functions/event/event.ts';
import { brokerMessage, lastDelivery } from '../functions/outgoing-vehicle-communication/broker-message.ts';
import { remoteService } from '../functions/remote-services/catalogue.ts';
import { deliverySeconds } from '../functions/remote-services/times.ts';
import { deserialise } from '../functions/traffic/deserialise/deserialise.ts';
import type { AnswerMessage, ReportMessage } from '../functions/traffic/vehicle-message.ts';
import type { VehicleGeneration } from '../functions/vehicle-generations/vehicle-generation.ts';
import type { VehicleAnswer } from '../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../functions/vehicle-reports/catalogue.ts';

/**
 * One command of the demo fleet's first vehicle and what the vehicle tells on its own, and all that is said about it:
 * made by the backend's own code.
 */

export const VIN = 'WBA11AA0N00000001';
export const EVENT_ID = '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c01';
export const CORRELATION_ID = '5d3b6c1e-9a0f-4f7e-8b21-3c4d5e6f7a80';
const MESSAGE_ID = '7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a10';
const REQUESTED_AT = Date.parse('2025-12-03T10:00:00.000Z');

/** The time so many seconds after the request. */
export const at = (seconds: number): string => new Date(REQUESTED_AT + seconds * 1000).toISOString();

/** It has parameters, and so shows them in each payload. */
const SERVICE = remoteService('charging-settings');

/** The command as the backend knows it before it has looked up the vehicle. */
export const created: RemoteServiceEvent = {
  specversion: '1.0',
  id: `${EVENT_ID}.created`,
  source: 'event-creation',
  type: EVENT_TYPE,
  subject: VIN,
  time: at(0.1),
  data: {
    eventId: EVENT_ID,
    vin: VIN,
    serviceType: SERVICE.serviceType,
    status: 'CREATED',
    environment: 'blue',
    requestedAt: at(0),
    expiresAt: at(SERVICE.deliverySeconds),
    correlationId: CORRELATION_ID,
    payload: SERVICE.example,
  },
};

/** The command on its way to a vehicle of this generation. */
export const pending = (generation: VehicleGeneration): RemoteServiceEvent => ({
  ...created,
  id: `${EVENT_ID}.pending`,
  time: at(0.4),
  data: {
    ...created.data,
    status: 'PENDING',
    brand: 'bmw',
    country: 'DE',
    generation: generation.name,
    expiresAt: at(deliverySeconds(SERVICE, generation)),
  },
});

/** The request to the broker API, a second after the app's. */
export const commandTo = (generation: VehicleGeneration) =>
  brokerMessage(pending(generation), REQUESTED_AT + 1000);

const said = (state: VehicleAnswer['state']): VehicleAnswer => ({
  messageId: MESSAGE_ID,
  commandId: EVENT_ID,
  service: SERVICE.vehicleService,
  state,
});

/** What the vehicle may say, by the names of examples. The last is said of another command. */
const ANSWERS: Readonly<Record<string, VehicleAnswer>> = {
  acknowledged: said('ACKNOWLEDGED'),
  inProgress: said('IN_PROGRESS'),
  executed: said('EXECUTED'),
  rejected: { ...said('REJECTED'), code: 'CHARGER_LOCKED' },
  found: {
    ...said('EXECUTED'),
    service: remoteService('vehicle-finder').vehicleService,
    result: { position: { latitude: 48.177024, longitude: 11.559107, heading: 290 } },
  },
};

/** What the broker puts on the incoming queue. */
export interface Delivery {
  readonly topic: string;
  readonly payload: string;
}

/** The answers of a vehicle as the broker delivers them, by the names of examples. */
export const answersOf = ({ answer, answerTopic }: VehicleGeneration): Record<string, Delivery> =>
  Object.fromEntries(
    Object.entries(ANSWERS).map(([name, said]) => [
      name,
      { topic: answerTopic(VIN), payload: z.encode(answer, said) },
    ]),
  );

/** The reports of a vehicle as the broker delivers them, by their types. */
export const reportsOf = ({ report, reportTopic }: VehicleGeneration): Record<string, Delivery> =>
  Object.fromEntries(
    REPORTS.map(({ reportType, vehicleReport, example }) => [
      reportType,
      {
        topic: reportTopic(VIN),
        payload: z.encode(report, {
          messageId: MESSAGE_ID,
          report: vehicleReport,
          occurredAt: at(2),
          data: example,
        }),
      },
    ]),
  );

const read = (delivery: Delivery) => deserialise(JSON.stringify(delivery), REQUESTED_AT + 3000);

/** @throws Error for what is no answer */
export function readAnswer(delivery: Delivery): AnswerMessage {
  const message = read(delivery);
  if (message.kind !== 'answer') throw new Error('The vehicle answers nothing');
  return message;
}

/** @throws Error for what is no report */
export function readReport(delivery: Delivery): ReportMessage {
  const message = read(delivery);
  if (message.kind !== 'report') throw new Error('The vehicle reports nothing');
  return message;
}

/** The event that a vehicle's answer becomes. */
export function eventOf(command: RemoteServiceEvent, message: AnswerMessage): RemoteServiceEvent {
  const { messageId, status, statusReason, statusDetail, receivedAt } = message;
  return {
    ...command,
    id: `${EVENT_ID}.vehicle.${messageId}`,
    source: 'incoming-vehicle-communication',
    time: receivedAt,
    data: {
      ...command.data,
      status,
      ...(statusReason === undefined ? {} : { statusReason }),
      ...(statusDetail === undefined ? {} : { statusDetail }),
    },
  };
}

/** The event that a vehicle's report becomes. */
export const reported = (message: ReportMessage): VehicleReported => ({
  specversion: '1.0',
  id: `${message.messageId}.reported`,
  source: 'incoming-vehicle-communication',
  type: REPORT_EVENT_TYPE,
  subject: message.vin,
  time: message.receivedAt,
  data: {
    reportId: message.messageId,
    vin: message.vin,
    reportType: message.reportType,
    occurredAt: message.occurredAt,
    environment: 'blue',
    brand: 'bmw',
    country: 'DE',
    data: message.data,
  },
});

/** The command, dropped because its vehicle did not wake up. */
export const unreachable = (command: RemoteServiceEvent): RemoteServiceEvent =>
  failureOf(command, {
    source: 'outgoing-vehicle-communication',
    cause: 'unreachable',
    reason: 'VEHICLE_UNREACHABLE',
    time: new Date(lastDelivery(command)).toISOString(),
  });
