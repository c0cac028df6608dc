import * as z from 'zod';
import { RemoteServiceEvent, VehicleReported } from '../../functions/event/event.ts';
import { Status, StatusReason } from '../../functions/event/lifecycle.ts';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { BrokerDelivery } from '../../functions/traffic/deserialise/deserialise.ts';
import { VehicleMessage } from '../../functions/traffic/vehicle-message.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { REPORTS } from '../../functions/vehicle-reports/catalogue.ts';
import { readable } from '../readable.ts';
import { REASONS_EXPLAINED } from '../reasons.ts';
import { writingOf } from './writing.ts';

const { data } = RemoteServiceEvent.shape;

/** What the routing workflow publishes: the message, and the command that it answers, if there is one. */
const RoutedMessage = z.object({
  message: VehicleMessage,
  command: data
    .pick({
      eventId: true,
      vin: true,
      serviceType: true,
      environment: true,
      requestedAt: true,
      expiresAt: true,
      correlationId: true,
      brand: true,
      country: true,
      generation: true,
    })
    .nullable(),
});

/** `filterAttributes`, as a schema. */
const EventAttributes = z.object({
  status: Status,
  final: z.enum(['true', 'false']),
  serviceType: data.shape.serviceType,
  country: data.shape.country,
});

/** `reportFilterAttributes`, as a schema. */
const ReportAttributes = z.object({
  final: z.literal('true'),
  reportType: VehicleReported.shape.data.shape.reportType,
  country: VehicleReported.shape.data.shape.country,
});

const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  BrokerDelivery,
  BrokerMessage,
  EventAttributes,
  Notification,
  RemoteServiceEvent,
  ReportAttributes,
  RoutedMessage,
  StatusReason,
  VehicleMessage,
  VehicleReported,
  WakeUpCall,
  ...Object.fromEntries(
    REPORTS.map(({ reportType, summary, data: told }) => [reportType, told.describe(summary)]),
  ),
  ...Object.fromEntries(
    GENERATIONS.flatMap(({ name, command, answer, report }) => [
      [`${name}-command`, writingOf(command).structure],
      [`${name}-answer`, writingOf(answer).structure],
      [`${name}-report`, writingOf(report).structure],
    ]),
  ),
};

const refTo = (id: string): string => `#/components/schemas/${id}`;

/** @throws Error if there is no such schema */
export function ref(id: string): { $ref: string } {
  if (!Object.hasOwn(SCHEMAS, id)) throw new Error(`There is no schema ${id}`);
  return { $ref: refTo(id) };
}

/** The schemas in AsyncAPI's dialect, JSON schema draft 7. They name one another. */
export function schemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const written = z.toJSONSchema(registry, {
    target: 'draft-7',
    io: 'input',
    uri: refTo,
    override: ({ zodSchema, jsonSchema }) => {
      readable({ zodSchema, jsonSchema });
      if (zodSchema === StatusReason) jsonSchema.description = REASONS_EXPLAINED;
    },
  });
  return Object.fromEntries(
    Object.keys(SCHEMAS).map((id) => {
      const { $schema, $id, ...schema } = written.schemas[id] ?? {};
      return [id, schema];
    }),
  );
}
