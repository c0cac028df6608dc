import * as z from 'zod';
import type { RemoteServiceEvent, VehicleReported } from '../../event/event.ts';
import { Status } from '../../event/lifecycle.ts';

/** How a remote service ended, for the push notification to the app. */
const CommandNotification = z.object({
  /** Delivery is at least once; the id tells a repetition. */
  notificationId: z.string(),
  eventId: z.uuid(),
  vin: z.string(),
  remoteService: z.string(),
  outcome: Status.extract(['EXECUTED', 'FAILED']),
  reason: z.string().nullable(),
  requestedAt: z.string(),
  endedAt: z.string(),
  brand: z.string().nullable(),
  country: z.string().nullable(),
});
type CommandNotification = z.infer<typeof CommandNotification>;

/** What a vehicle reports on its own: `report` tells it from the end of a remote service. */
const ReportNotification = z.object({
  notificationId: z.string(),
  /** The report's own: no command has it. */
  eventId: z.uuid(),
  vin: z.string(),
  report: z.string(),
  /** By the vehicle's clock. */
  occurredAt: z.string(),
  receivedAt: z.string(),
  brand: z.string(),
  country: z.string(),
  /** What the catalogue of reports says of the type. JSON, unknown here: `z.json()` would be a recursive schema. */
  data: z.record(z.string(), z.unknown()),
});
type ReportNotification = z.infer<typeof ReportNotification>;

/** The subscribers' format. */
export const Notification = z.union([CommandNotification, ReportNotification]);
export type Notification = z.infer<typeof Notification>;

/** @throws ZodError for an event that is not final: the subscription's filter lets none through */
export const notificationOf = ({ id, time, data }: RemoteServiceEvent): CommandNotification =>
  CommandNotification.parse({
    notificationId: id,
    eventId: data.eventId,
    vin: data.vin,
    remoteService: data.serviceType,
    outcome: data.status,
    reason: data.statusReason ?? null,
    requestedAt: data.requestedAt,
    endedAt: time,
    brand: data.brand ?? null,
    country: data.country ?? null,
  });

export const reportNotificationOf = ({ id, time, data }: VehicleReported): ReportNotification => ({
  notificationId: id,
  eventId: data.reportId,
  vin: data.vin,
  report: data.reportType,
  occurredAt: data.occurredAt,
  receivedAt: time,
  brand: data.brand,
  country: data.country,
  data: data.data,
});
