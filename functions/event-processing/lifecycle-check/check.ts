import { failureOf } from '../../event/event.ts';
import { isFinal, rankOf, TIMEOUT_REASONS } from '../../event/lifecycle.ts';
import type { PublishEvent } from '../../event/publisher.ts';
import type { CommandStore } from '../../persistence/command-store.ts';
import { watchOf } from '../lifecycle-watch/watch-event.ts';
import type { Watch } from '../watch.ts';

export interface Dependencies {
  readonly getState: CommandStore['getState'];
  readonly publish: PublishEvent;
  /** Delays the watch further. @throws if it could not be sent */
  readonly watchOn: (watch: Watch, now: number) => Promise<void>;
  readonly now: () => number;
}

/** Time for a status's own watch to end the command, and for that to be stored: seconds where all is well. */
export const GRACE_MS = 10_000;

/**
 * At its deadline, fails a command whose status has not changed. The failure's time is the deadline, so that
 * a repeated check publishes the same event.
 *
 * A command that has moved on, but not to its end, is watched on in its new status. That status has a watch of
 * its own, unless its event was lost before it was published: so this one comes later, and finds the end.
 */
export async function check(watch: Watch, { getState, publish, watchOn, now }: Dependencies): Promise<void> {
  const { event, deadline } = watch;
  if (now() < deadline) return watchOn(watch, now());

  const { eventId, status } = event.data;
  if (isFinal(status)) throw new Error(`${status} is final and is not watched`);
  const standing = await getState(eventId);
  if (standing !== undefined && rankOf(standing.status) > rankOf(status)) {
    if (isFinal(standing.status)) return;
    const data = { ...event.data, status: standing.status, generation: standing.generation };
    const next = watchOf({ ...event, id: standing.changedBy, time: standing.changedAt, data });
    return watchOn({ ...next, deadline: next.deadline + GRACE_MS }, now());
  }

  await publish(
    failureOf(event, {
      source: 'event-processing/lifecycle',
      cause: `timeout.${status}`,
      reason: TIMEOUT_REASONS[status],
      time: new Date(deadline).toISOString(),
    }),
  );
}
