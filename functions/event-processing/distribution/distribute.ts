import type { RemoteServiceEvent } from '../../event/event.ts';
import type { CommandStore } from '../../persistence/command-store.ts';
import { settle } from '../../persistence/settle.ts';
import { isBackendsFault } from './failures.ts';
import { type Notification, notificationOf } from './notification.ts';

export interface Dependencies {
  readonly store: CommandStore;
  readonly deliver: (notification: Notification) => Promise<void>;
  /** @param failed whether the backend may be to blame for how the command ended */
  readonly measureFailure: (event: RemoteServiceEvent, failed: boolean) => void;
  readonly measureLatency: (event: RemoteServiceEvent, milliseconds: number) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * Tells the subscriber how a command ended, and measures the time from API Gateway's first sight to here, and whether
 * the backend may have failed: before the subscriber, who may be down, for releases go by it.
 *
 * Two ends of one command may be published (a time-out and an answer that cross). The end is settled in the
 * Events table first, so subscribers hear the one that the app sees and never the other.
 * @returns whether the event was the command's end
 */
export async function distribute(event: RemoteServiceEvent, dependencies: Dependencies): Promise<boolean> {
  const { store, deliver, measureFailure, measureLatency, now } = dependencies;
  const standing = await settle(event, store);
  // A message that the vehicle has sent twice makes an event with the same id, at another time.
  if (standing.changedBy !== event.id || standing.changedAt !== event.time) return false;
  const notification = notificationOf(event);
  measureFailure(event, isBackendsFault(event.data));
  await deliver(notification);
  measureLatency(event, now() - Date.parse(event.data.requestedAt));
  return true;
}
