import * as z from 'zod';
import { Vin } from '../event/event.ts';
import { Status } from '../event/lifecycle.ts';

const Parameters = z.record(z.string(), z.json());

/** What both kinds have. */
const Message = z.object({
  /** Drawn by the vehicle; a repeated message has the same. */
  messageId: z.uuid(),
  vin: Vin,
  /** ISO; when it was first taken from the incoming queue. */
  receivedAt: z.string(),
});

const AnswerMessage = Message.extend({
  kind: z.literal('answer'),
  /** The command that it answers. */
  eventId: z.uuid(),
  /** The service that it says it answers for. */
  serviceType: z.string(),
  status: Status.extract(['RUNNING', 'EXECUTED', 'FAILED']),
  statusReason: z.literal('VEHICLE_REJECTED').optional(),
  statusDetail: z.string().optional(),
  result: Parameters.optional(),
  followUp: z.enum(['NOTHING', 'STORE_POSITION']),
});
export type AnswerMessage = z.infer<typeof AnswerMessage>;

const ReportMessage = Message.extend({
  kind: z.literal('report'),
  reportType: z.string(),
  /** ISO, by the vehicle's clock. */
  occurredAt: z.string(),
  /** Whether the vehicle's owner must have asked for such reports. */
  optIn: z.boolean(),
  data: Parameters,
});
export type ReportMessage = z.infer<typeof ReportMessage>;

/**
 * A vehicle's message in the backend's terms, whatever payload the vehicle speaks: what the routing workflow
 * routes and the processing workflow turns into an event. It answers a command, or the vehicle sent it on its own.
 */
export const VehicleMessage = z.discriminatedUnion('kind', [AnswerMessage, ReportMessage]);
export type VehicleMessage = z.infer<typeof VehicleMessage>;
