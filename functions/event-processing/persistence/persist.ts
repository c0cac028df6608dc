import type { RemoteServiceEvent } from '../../event/event.ts';
import { isFinal, rankOf } from '../../event/lifecycle.ts';
import type { CommandState } from '../../persistence/command-state.ts';
import type { CommandStore, HistoryEntry } from '../../persistence/command-store.ts';
import { settle } from '../../persistence/settle.ts';

/**
 * Until then a command has not ended, or it was refused and its PENDING was never published: the first time-out comes
 * ten seconds after the request (CREATED's longest expected time, of every remote service).
 */
export const NO_END_BEFORE_MS = 10_000;

/**
 * Whether an event tells of nothing that is not recorded already: the workflow records PENDING before it sends
 * anything, and CREATED ranks below it. Such an event costs the history's write only.
 */
const isRecorded = ({ time, data }: RemoteServiceEvent): boolean =>
  rankOf(data.status) <= rankOf('PENDING') &&
  Date.parse(time) < Date.parse(data.requestedAt) + NO_END_BEFORE_MS;

/**
 * Stores a batch of events: the current state of their commands, and the history.
 *
 * Of a command's events in the batch only the highest in the lifecycle is written as its state: the others
 * could only have been replaced by it.
 * @returns the events that could not be stored
 */
export async function persist(
  events: readonly RemoteServiceEvent[],
  store: CommandStore,
): Promise<Map<RemoteServiceEvent, unknown>> {
  const failures = new Map<RemoteServiceEvent, unknown>();
  const history: HistoryEntry[] = [];

  const commands = Map.groupBy(events, ({ data }) => data.eventId);
  await Promise.all(
    [...commands.values()].map(async (eventsOfCommand) => {
      const unrecorded = eventsOfCommand.filter((event) => !isRecorded(event));
      if (unrecorded.length === 0) {
        for (const event of eventsOfCommand) history.push({ event, ignored: false });
        return;
      }
      try {
        const standing = await settleUnlessEnded(highest(unrecorded), store);
        for (const event of eventsOfCommand) history.push({ event, ignored: isIgnored(event, standing) });
      } catch (error) {
        for (const event of eventsOfCommand) failures.set(event, error);
      }
    }),
  );

  if (history.length > 0) {
    try {
      for (const { event } of await store.appendHistory(history)) failures.set(event, 'throttled');
    } catch (error) {
      for (const { event } of history) failures.set(event, error);
    }
  }
  return failures;
}

/**
 * Distribution settles ends as well, and whoever comes second has nothing to write. Looking costs a tenth of that, and
 * is one call for the whole batch. An end that stands has freed the vehicle: it does so before it shows.
 */
async function settleUnlessEnded(event: RemoteServiceEvent, store: CommandStore): Promise<CommandState> {
  if (isFinal(event.data.status)) {
    const standing = await store.getState(event.data.eventId);
    if (standing !== undefined && isFinal(standing.status)) return standing;
  }
  return settle(event, store);
}

function highest(events: readonly RemoteServiceEvent[]): RemoteServiceEvent {
  return events.reduce((best, event) => {
    const ranks = rankOf(event.data.status) - rankOf(best.data.status);
    return ranks > 0 || (ranks === 0 && event.time < best.time) ? event : best;
  });
}

/**
 * Whether an event came too late to mean anything: its command had ended, by another event, or by the same
 * message of the vehicle, which came twice (at another time: an entry of its own in the history). An event of
 * before the end that was merely delivered after it is a part of the command's way.
 */
export function isIgnored(event: RemoteServiceEvent, standing: CommandState): boolean {
  if (!isFinal(standing.status)) return false;
  if (event.id === standing.changedBy && event.time === standing.changedAt) return false;
  return isFinal(event.data.status) || event.time > standing.changedAt;
}
