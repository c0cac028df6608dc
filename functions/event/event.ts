import * as z from 'zod';
import { isFinal, Status, StatusReason } from './lifecycle.ts';

/** ISO 3779: 17 characters without I, O and Q. */
export const VIN_PATTERN = '^[A-HJ-NPR-Z0-9]{17}$';
export const Vin = z.string().regex(new RegExp(VIN_PATTERN));

/** UTC with milliseconds: such texts sort by time. */
const Time = z.iso.datetime({ precision: 3 });

export const EVENT_TYPE = 'remote-vehicle-services.status-changed';

/**
 * A status change of a command: the one format that every component speaks, a CloudEvents 1.0 envelope.
 *
 * `id` is made from the command and the cause, not drawn: a retried step publishes the same event again, and
 * consumers recognise it.
 */
export const RemoteServiceEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  /** The component that saw the change. */
  source: z.string().min(1),
  type: z.literal(EVENT_TYPE),
  /** The VIN. */
  subject: Vin,
  time: Time,
  data: z.object({
    /** The command. */
    eventId: z.uuid(),
    vin: Vin,
    serviceType: z.string().min(1),
    status: Status,
    statusReason: StatusReason.optional(),
    /** The vehicle's own code or text for a rejection. */
    statusDetail: z.string().max(200).optional(),
    environment: z.string().min(1),
    /** First seen at API Gateway; latency counts from here. */
    requestedAt: Time,
    /** After this the command must not reach the vehicle any more. */
    expiresAt: Time,
    correlationId: z.string(),
    /** Known as soon as the command is enriched: from PENDING on. */
    brand: z.string().optional(),
    country: z.string().optional(),
    generation: z.string().optional(),
    /** The app's request body. */
    payload: z.record(z.string(), z.json()).optional(),
    /** What the vehicle answered. */
    result: z.record(z.string(), z.json()).optional(),
  }),
});
export type RemoteServiceEvent = z.infer<typeof RemoteServiceEvent>;
export type EventData = RemoteServiceEvent['data'];

/** The part of an event that does not change over a command's life. */
export type CommandData = Omit<EventData, 'status' | 'statusReason' | 'statusDetail' | 'result'>;

export const REPORT_EVENT_TYPE = 'remote-vehicle-services.vehicle-reported';

/**
 * What a vehicle told on its own, in the same envelope. `id` is made from the vehicle's message, so that a repetition
 * is recognised; `time` is when it was received.
 */
export const VehicleReported = RemoteServiceEvent.extend({
  type: z.literal(REPORT_EVENT_TYPE),
  data: z.object({
    /** Drawn by the vehicle. */
    reportId: z.uuid(),
    vin: Vin,
    reportType: z.string().min(1),
    /** By the vehicle's clock. */
    occurredAt: Time,
    environment: z.string().min(1),
    brand: z.string(),
    country: z.string(),
    /** What the catalogue of reports says of the type. */
    data: z.record(z.string(), z.json()),
  }),
});
export type VehicleReported = z.infer<typeof VehicleReported>;

/** What subscriptions filter by, repeated as SNS message attributes. */
export function filterAttributes({ data }: RemoteServiceEvent): Record<string, string> {
  return {
    status: data.status,
    final: String(isFinal(data.status)),
    serviceType: data.serviceType,
    ...(data.country === undefined ? {} : { country: data.country }),
  };
}

/**
 * What brings a report to distribution and nowhere else: nothing follows it, so it is final; it has no status, so
 * persistence and the lifecycle, which are about commands, do not get it.
 */
export const reportFilterAttributes = ({ data }: VehicleReported): Record<string, string> => ({
  final: 'true',
  reportType: data.reportType,
  country: data.country,
});

/**
 * The event that ends a command as FAILED, made from any earlier event of it.
 * @param cause names what made it fail, in the event's id
 * @param time when it failed; must be the same if the step is repeated
 */
export function failureOf(
  event: RemoteServiceEvent,
  failure: { source: string; cause: string; reason: StatusReason; time: string },
): RemoteServiceEvent {
  return {
    ...event,
    id: `${event.data.eventId}.${failure.cause}`,
    source: failure.source,
    time: failure.time,
    data: { ...event.data, status: 'FAILED', statusReason: failure.reason },
  };
}
