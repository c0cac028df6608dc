import * as z from 'zod';
import type { RemoteServiceEvent } from '../../event/event.ts';
import { Status } from '../../event/lifecycle.ts';

/** The subscribers' format: how a remote service ended, for the push notification to the app. */
export const Notification = z.object({
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
export type Notification = z.infer<typeof Notification>;

/** @throws ZodError for an event that is not final: the subscription's filter lets none through */
export const notificationOf = ({ id, time, data }: RemoteServiceEvent): Notification =>
  Notification.parse({
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
