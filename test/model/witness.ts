import * as z from 'zod';
import { type EventData, RemoteServiceEvent } from '../../functions/event/event.ts';
import { isFinal, rankOf } from '../../functions/event/lifecycle.ts';
import { CommandState } from '../../functions/persistence/command-state.ts';

const Lease = z.object({
  vin: z.object({ S: z.string() }),
  eventId: z.object({ S: z.string() }),
  expiresAt: z.object({ N: z.coerce.number() }),
});

interface Claim {
  readonly vin: string;
  readonly eventId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Sees all that a run does, and notes what must not happen at the moment at which it happens. */
export class Witness {
  /** Commands that the app was told are accepted. */
  readonly accepted = new Set<string>();
  /** What was published, by command and by the key of the event. */
  readonly events = new Map<string, Map<string, RemoteServiceEvent>>();
  /** Ids of the events that the subscriber heard of, by command. */
  readonly told = new Map<string, Set<string>>();
  readonly states = new Map<string, CommandState>();
  /** What broke an invariant. */
  readonly faults: string[] = [];
  readonly #claims: Claim[] = [];
  readonly #sent = new Map<string, EventData>();

  published(message: string): void {
    const event = RemoteServiceEvent.parse(JSON.parse(message));
    mapIn(this.events, event.data.eventId).set(keyOf(event), event);
  }

  /** I2: whoever held the vehicle has an end, or is out of time. */
  claimed(item: unknown): void {
    const { vin, eventId, expiresAt } = Lease.parse(item);
    const claim = { vin: vin.S, eventId: eventId.S, expiresAt: expiresAt.N * 1000 };
    for (const other of this.#claims) {
      if (other.vin !== claim.vin || other.eventId === claim.eventId) continue;
      if (!this.#hasEnd(other.eventId) && other.expiresAt > Date.now()) {
        this.faults.push(`I2: ${claim.eventId} took the vehicle from ${other.eventId}, which has no end`);
      }
    }
    this.#claims.push(claim);
  }

  /** I1, I4: a status never goes back, and an end stays. */
  stood(eventId: string, state: CommandState): void {
    const before = this.states.get(eventId);
    this.states.set(eventId, state);
    if (before === undefined) return;
    if (rankOf(state.status) < rankOf(before.status)) {
      this.faults.push(`I4: ${eventId} went back from ${before.status} to ${state.status}`);
    }
    const same = state.changedBy === before.changedBy && state.changedAt === before.changedAt;
    if (isFinal(before.status) && !same) {
      this.faults.push(`I1: the end of ${eventId} changed from ${before.changedBy} to ${state.changedBy}`);
    }
  }

  /** I5: neither the broker nor the vehicle gets a command that has expired. */
  reached(who: 'broker' | 'vehicle', eventId: string): void {
    const { expiresAt = '' } = this.#sent.get(eventId) ?? {};
    const late = Date.now() - Date.parse(expiresAt);
    if (late > 0) this.faults.push(`I5: ${eventId} reached the ${who} ${late} ms too late`);
  }

  /** A command is on its way. */
  sent(message: string): void {
    const { data } = RemoteServiceEvent.parse(JSON.parse(message));
    this.#sent.set(data.eventId, data);
  }

  correlationIdOf(eventId: string): string | undefined {
    return this.#sent.get(eventId)?.correlationId;
  }

  heard(eventId: string, notificationId: string): void {
    const told = this.told.get(eventId) ?? new Set();
    this.told.set(eventId, told.add(notificationId));
  }

  #hasEnd(eventId: string): boolean {
    return [...mapIn(this.events, eventId).values()].some(({ data }) => isFinal(data.status));
  }
}

/** Identifies a history entry. */
export const keyOf = ({ id, time }: Pick<RemoteServiceEvent, 'id' | 'time'>): string => `${time}#${id}`;

const Item = z.object({
  status: z.object({ S: CommandState.shape.status }),
  changedBy: z.object({ S: z.string() }),
  changedAt: z.object({ S: z.string() }),
});

/** @param item as DynamoDB writes it */
export function stateIn(item: unknown): CommandState {
  const { status, changedBy, changedAt } = Item.parse(item);
  return { status: status.S, changedBy: changedBy.S, changedAt: changedAt.S };
}

function mapIn<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const map = maps.get(key) ?? new Map<string, Value>();
  maps.set(key, map);
  return map;
}
