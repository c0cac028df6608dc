import type { RemoteServiceEvent } from '../event/event.ts';
import { isFinal } from '../event/lifecycle.ts';
import type { CommandState } from './command-state.ts';
import type { CommandStore } from './command-store.ts';

type Store = Pick<CommandStore, 'releaseLease' | 'putState' | 'getState'>;

/**
 * Brings an event into its command's current state and returns the state that stands then: the event's own,
 * or the one that is ahead of it.
 *
 * An end frees the vehicle before it shows: an app that sees EXECUTED may send the next command at once.
 */
export async function settle(event: RemoteServiceEvent, store: Store): Promise<CommandState> {
  if (isFinal(event.data.status)) await store.releaseLease(event);
  if (await store.putState(event)) return stateOf(event);
  const standing = await store.getState(event.data.eventId);
  if (standing === undefined)
    throw new Error(`The state of ${event.data.eventId} vanished while it was written`);
  return standing;
}

export const stateOf = ({ id, time, data }: RemoteServiceEvent): CommandState => ({
  status: data.status,
  changedBy: id,
  changedAt: time,
  expiresAt: data.expiresAt,
  brand: data.brand,
  country: data.country,
  generation: data.generation,
});
