import * as z from 'zod';
import { RemoteServiceEvent } from '../event/event.ts';

/** The delay queue's message: by the deadline, the command must have left the event's status. */
export const Watch = z.object({
  event: RemoteServiceEvent,
  /** Milliseconds since the epoch. */
  deadline: z.int(),
});
export type Watch = z.infer<typeof Watch>;

/** SQS delays a message by 900 s at most; a longer wait is a chain of messages. */
const MAX_DELAY_SECONDS = 900;

/** Seconds to delay a watch, rounded up: it must not come before the deadline. */
export function delaySeconds(deadline: number, now: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((deadline - now) / 1000)));
}
