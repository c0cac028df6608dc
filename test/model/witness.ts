import * as z from 'zod';
import { type EventData, RemoteServiceEvent } from '../../functions/event/event.ts';
import { isFinal, rankOf, Status } from '../../functions/event/lifecycle.ts';
import { CommandState } from '../../functions/persistence/command-state.ts';
import { LONGEST_WAY_MS } from './chance.ts';

const Lease = z.object({
  vin: z.object({ S: z.string() }),
  eventId: z.object({ S: z.string() }),
  expiresAt: z.object({ N: z.coerce.number() }),
});

const NonFinal = Status.exclude(['EXECUTED', 'FAILED']);

/** From the reading of a state to the effect of a publication. */
const LONGEST_CALL_MS = 2 * LONGEST_WAY_MS;

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
  /** Ids of the events that the subscriber heard of, by command. */
  readonly told = new Map<string, Set<string>>();
  readonly states = new Map<string, CommandState>();
  /** What broke an invariant. */
  readonly faults: string[] = [];
  /** When each state came to stand. */
  readonly #since = new Map<string, number>();
  /** What was published, by command and by the event's key. */
  readonly #events = new Map<string, Map<string, RemoteServiceEvent>>();
  readonly #claims: Claim[] = [];
  readonly #sent = new Map<string, EventData>();

  published(message: string): void {
    const event = RemoteServiceEvent.parse(JSON.parse(message));
    const { eventId } = event.data;
    this.#events.set(eventId, new Map(this.eventsOf(eventId)).set(keyOf(event), event));
    this.#checkTimeOut(event);
  }

  /** I4: only a command that stays in a status times out. It may move on while the time-out is on its way. */
  #checkTimeOut({ id, data: { eventId } }: RemoteServiceEvent): void {
    const status = NonFinal.safeParse(id.split('.timeout.')[1]).data;
    const state = this.states.get(eventId);
    if (status === undefined || state === undefined) return;
    const settled = Date.now() - (this.#since.get(eventId) ?? 0) > LONGEST_CALL_MS;
    if (settled && rankOf(state.status) > rankOf(status)) {
      this.faults.push(`I4: ${eventId} timed out as ${status}, and was ${state.status}`);
    }
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
    if (before?.changedBy !== state.changedBy) this.#since.set(eventId, Date.now());
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
    const late = Date.now() - Date.parse(this.#commandSent(eventId).expiresAt);
    if (late > 0) this.faults.push(`I5: ${eventId} reached the ${who} ${late} ms too late`);
  }

  /** A command is on its way. */
  sent(message: string): void {
    const { data } = RemoteServiceEvent.parse(JSON.parse(message));
    this.#sent.set(data.eventId, data);
  }

  correlationIdOf(eventId: string): string {
    return this.#commandSent(eventId).correlationId;
  }

  /** By key. */
  eventsOf(eventId: string): ReadonlyMap<string, RemoteServiceEvent> {
    return this.#events.get(eventId) ?? new Map();
  }

  eventsOfVehicle(vin: string): RemoteServiceEvent[] {
    const events = [...this.#events.values()].flatMap((ofCommand) => [...ofCommand.values()]);
    return events.filter(({ data }) => data.vin === vin);
  }

  heard(eventId: string, notificationId: string): void {
    const told = this.told.get(eventId) ?? new Set();
    this.told.set(eventId, told.add(notificationId));
  }

  #commandSent(eventId: string): EventData {
    const command = this.#sent.get(eventId);
    if (command === undefined) throw new Error(`Nobody has sent ${eventId}`);
    return command;
  }

  #hasEnd(eventId: string): boolean {
    return [...this.eventsOf(eventId).values()].some(({ data }) => isFinal(data.status));
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
