import { failureOf, type RemoteServiceEvent } from '../../event/event.ts';
import { isFinal, rankOf, TIMEOUT_REASONS } from '../../event/lifecycle.ts';
import type { PublishEvent } from '../../event/publisher.ts';
import type { CommandState } from '../../persistence/command-state.ts';
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

/**
 * At its deadline, fails a command whose status has not changed. The failure's time is the deadline, so that
 * a repeated check publishes the same event.
 *
 * There is one watch for each command, which begins when it is CREATED: if the command has moved on, but not to its
 * end, the watch goes on over its new status.
 */
export async function check(watch: Watch, { getState, publish, watchOn, now }: Dependencies): Promise<void> {
  const { event, deadline } = watch;
  if (now() < deadline) return watchOn(watch, now());

  const { eventId, status } = event.data;
  if (isFinal(status)) throw new Error(`${status} is final and is not watched`);
  const standing = await getState(eventId);
  if (standing !== undefined && rankOf(standing.status) > rankOf(status)) {
    if (isFinal(standing.status)) return;
    return watchOn(watchOf(withState(event, standing)), now());
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

/** The event that led to the state, as far as a watch needs it. Before PENDING nobody knows more of the vehicle than its VIN. */
function withState(event: RemoteServiceEvent, state: CommandState): RemoteServiceEvent {
  const {
    status,
    changedBy,
    changedAt,
    expiresAt = event.data.expiresAt,
    brand,
    country,
    generation,
  } = state;
  const data = { ...event.data, status, expiresAt, brand, country, generation };
  return { ...event, id: changedBy, time: changedAt, data };
}
