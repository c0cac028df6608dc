import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { rankOf } from '../../functions/event/lifecycle.ts';
import type { CommandState } from '../../functions/persistence/command-state.ts';
import {
  type CommandStore,
  type HistoryEntry,
  historyKey,
} from '../../functions/persistence/command-store.ts';
import { stateOf } from '../../functions/persistence/settle.ts';

/** A look into the tables, and the claim that the event-creation workflow makes. */
export interface CommandTables {
  readonly store: CommandStore;
  /** Claims the vehicle as if it were free. */
  claim(vin: string, eventId: string): Promise<void>;
  /** The command that holds the vehicle's lease. */
  leaseOf(vin: string): Promise<string | undefined>;
  /** The vehicle's history in its order. */
  historyOf(vin: string): Promise<StoredEntry[]>;
}

export type StoredEntry = Pick<RemoteServiceEvent, 'id' | 'time'> & { ignored: boolean };

/**
 * The tables Events and Leases in memory. Each write looks and changes at once, as a conditional write does.
 * `command-store-suite.ts` keeps it the same as the real ones.
 */
export class FakeCommandStore implements CommandStore, CommandTables {
  readonly store = this;
  readonly states = new Map<string, CommandState>();
  readonly leases = new Map<string, string>();
  readonly #history = new Map<string, HistoryEntry>();

  async releaseLease({ data: { vin, eventId } }: RemoteServiceEvent): Promise<void> {
    if (this.leases.get(vin) === eventId) this.leases.delete(vin);
  }

  async putState(event: RemoteServiceEvent): Promise<boolean> {
    const { eventId, status, generation } = event.data;
    const standing = this.states.get(eventId);
    const writes =
      standing === undefined ||
      rankOf(standing.status) < rankOf(status) ||
      (standing.status === status && standing.changedBy === event.id && standing.changedAt === event.time);
    if (writes)
      this.states.set(eventId, { ...stateOf(event), generation: generation ?? standing?.generation });
    return writes;
  }

  async getState(eventId: string): Promise<CommandState | undefined> {
    return this.states.get(eventId);
  }

  async appendHistory(entries: readonly HistoryEntry[]): Promise<readonly HistoryEntry[]> {
    for (const entry of entries) {
      const { pk, sk } = historyKey(entry.event);
      this.#history.set(`${pk} ${sk}`, entry);
    }
    return [];
  }

  async claim(vin: string, eventId: string): Promise<void> {
    this.leases.set(vin, eventId);
  }

  async leaseOf(vin: string): Promise<string | undefined> {
    return this.leases.get(vin);
  }

  async historyOf(vin: string): Promise<StoredEntry[]> {
    return [...this.#history]
      .filter(([, { event }]) => event.data.vin === vin)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([, { event, ignored }]) => ({ id: event.id, time: event.time, ignored }));
  }
}
