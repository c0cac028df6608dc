import * as z from 'zod';
import { EVENT_STATUS_WORDS, StatusReason } from '../functions/event/lifecycle.ts';
import { REASONS_EXPLAINED } from './reasons.ts';

/**
 * What the app's interface answers, in schemas. The answers are made by mapping templates and a workflow, which have
 * none; the tests hold them against these.
 */

const Time = z.iso.datetime({ precision: 3 });

export const Accepted = z.object({
  /** When the request arrived. */
  creationTime: Time,
  /** The command, to follow it by. */
  eventId: z.uuid(),
});
export type Accepted = z.infer<typeof Accepted>;

export const Reason = StatusReason.meta({ description: REASONS_EXPLAINED });

export const ErrorDetails = z.object({
  title: z.null(),
  description: z.null(),
  presentationType: z.literal('DIALOG'),
  iconId: z.null(),
  isRetriable: z.boolean().meta({ description: 'Whether the same request may succeed a little later.' }),
  errorDetails: Reason,
});
export type ErrorDetails = z.infer<typeof ErrorDetails>;

export const InFlight = Accepted.extend({ serviceType: z.string() }).meta({
  description: 'The command that keeps the vehicle busy.',
});

export const ErrorAnswer = z.object({
  statusCode: z.int().meta({ description: 'The HTTP status.' }),
  message: z.string().min(1),
  errorDetails: ErrorDetails.optional().meta({ description: 'Given where a command is refused.' }),
  inFlight: InFlight.optional().meta({ description: 'Given with `VEHICLE_BUSY`.' }),
});
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;

export const EventStatus = z.object({
  eventStatus: z.enum([...new Set(Object.values(EVENT_STATUS_WORDS))]).meta({
    description: [
      '- `PENDING`: on its way to the vehicle, which may be waking up. Poll on.',
      '- `DELIVERED`: the vehicle has it. Poll on.',
      '- `EXECUTED`: done.',
      '- `ERROR`: failed; `errorDetails` says why.',
    ].join('\n'),
  }),
  errorDetails: ErrorDetails.optional().meta({ description: 'Given with `ERROR`, always.' }),
});
export type EventStatus = z.infer<typeof EventStatus>;

export const EventPosition = z.object({
  positionData: z.object({
    status: z.literal('OK'),
    position: z.object({
      latitude: z.number(),
      longitude: z.number(),
      formattedAddress: z.string(),
      heading: z.int().meta({ description: 'Degrees from north, clockwise.' }),
    }),
  }),
  errorDetails: z.null(),
});
export type EventPosition = z.infer<typeof EventPosition>;

/** Details as the interface gives them. */
export const details = (reason: StatusReason, isRetriable = false): ErrorDetails => ({
  title: null,
  description: null,
  presentationType: 'DIALOG',
  iconId: null,
  isRetriable,
  errorDetails: reason,
});
