import fc, { type Arbitrary, type Scheduler } from 'fast-check';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { isFinal, Status } from '../../functions/event/lifecycle.ts';
import { distribute } from '../../functions/event-processing/distribution/distribute.ts';
import type { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { persist } from '../../functions/event-processing/persistence/persist.ts';
import type { CommandState } from '../../functions/persistence/command-state.ts';
import type { CommandStore } from '../../functions/persistence/command-store.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, VIN } from '../factories.ts';
import { FakeCommandStore } from '../persistence/fake-command-store.ts';

/**
 * What persistence and distribution must stand: events of two commands of one vehicle, in any number, order
 * and batches, all batches at once, beside the workflow that records PENDING, each call of the tables and of the
 * subscriber interleaved with all others, and some calls lost on their way there or back.
 */
export interface Scenario {
  /** To persistence. */
  readonly batches: readonly RemoteServiceEvent[][];
  /** To distribution: ends only, not all of them. */
  readonly distributed: readonly RemoteServiceEvent[];
  /** The command that holds the vehicle's lease at first. */
  readonly holder: string | undefined;
  /** What happens to the last calls; then there are no more faults. */
  readonly faults: readonly Fault[];
}
type Fault = 'none' | 'request lost' | 'answer lost' | 'throttled';

export const COMMANDS = [EVENT_ID, OTHER_EVENT_ID];
/** A command that holds the lease, and never ends. */
const FOREIGN = 'foreign command';
/** A command that claims the vehicle where it finds it free, and never ends. */
export const NEXT = 'next command';

/** No event must come, several may have one status, and their times do not follow the lifecycle. Some are late. */
const eventsOf = (eventId: string): Arbitrary<RemoteServiceEvent[]> =>
  fc
    .array(fc.record({ status: fc.constantFrom(...Status.options), second: fc.nat(14) }), { maxLength: 6 })
    .map((events) =>
      events.map(({ status, second }, index) =>
        eventOf(status, { id: `${eventId}.${index}`, time: at(second), data: { eventId } }),
      ),
    );

const deliveries = (events: RemoteServiceEvent[], copies: Arbitrary<number>) =>
  fc
    .tuple(...events.map((event) => copies.map((count) => new Array<RemoteServiceEvent>(count).fill(event))))
    .map((lists) => lists.flat())
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }));

function batchesOf(events: RemoteServiceEvent[], [size = 10, ...sizes]: number[]): RemoteServiceEvent[][] {
  if (events.length === 0) return [];
  return [events.slice(0, size), ...batchesOf(events.slice(size), sizes)];
}

export const scenarios: Arbitrary<Scenario> = fc
  .tuple(...COMMANDS.map(eventsOf))
  .map((lists) => lists.flat())
  .chain((events) =>
    fc.record({
      batches: fc
        .tuple(deliveries(events, fc.integer({ min: 1, max: 3 })), fc.array(fc.integer({ min: 1, max: 10 })))
        .map(([all, sizes]) => batchesOf(all, sizes)),
      distributed: deliveries(
        events.filter(({ data }) => isFinal(data.status)),
        fc.nat(2),
      ),
      holder: fc.constantFrom(...COMMANDS, FOREIGN, undefined),
      faults: fc.array(fc.constantFrom<Fault[]>('none', 'request lost', 'answer lost', 'throttled')),
    }),
  );

/** What comes before any time-out, and before the answers to a command: persistence writes it to the history only. */
export const isEarly = ({ time, data }: RemoteServiceEvent): boolean =>
  (data.status === 'CREATED' || data.status === 'PENDING') && time < at(10);

/** Of each command that was sent, the event that the workflow records: PENDING. */
export function recordedOf({ batches }: Scenario): RemoteServiceEvent[] {
  const pending = batches.flat().filter((event) => event.data.status === 'PENDING' && isEarly(event));
  return COMMANDS.flatMap((eventId) => pending.find(({ data }) => data.eventId === eventId) ?? []);
}

/** Identifies a history entry. */
export const keyOf = ({ id, time }: { id: string; time: string }): string => `${time}#${id}`;

/** A scenario while it runs, and all that can be seen of it afterwards. */
export class Run {
  readonly tables = new FakeCommandStore();
  /** Ids of the events that the subscriber heard of. */
  readonly told: string[] = [];
  /** The states of each command, one after the other. */
  readonly stood = new Map<string, CommandState[]>();
  /** Keys of events, some delivery of which began before their command's end stood. */
  readonly begunInTime = new Set<string>();
  /** Keys of events, some delivery of which finished after their command's end stood. */
  readonly finishedLate = new Set<string>();
  nextHasClaimed = false;
  readonly #scheduler: Scheduler;
  readonly #scenario: Scenario;
  readonly #faults: Fault[];

  constructor(scheduler: Scheduler, scenario: Scenario) {
    this.#scheduler = scheduler;
    this.#scenario = scenario;
    this.#faults = [...scenario.faults];
  }

  async toTheEnd(): Promise<void> {
    const { batches, distributed, holder } = this.#scenario;
    if (holder !== undefined) this.tables.leases.set(VIN, holder);
    await this.#scheduler.waitFor(
      Promise.all([
        ...batches.map((batch) => this.#persist(batch)),
        ...distributed.map((end) => this.#distribute(end)),
        ...recordedOf(this.#scenario).map((pending) => this.#record(pending)),
        ...[1, 2, 3].map(() => this.#claim()),
      ]),
    );
  }

  async #persist(batch: readonly RemoteServiceEvent[]): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), 'batch');
    // As parsed from messages: copies of an event are not one object.
    let left = batch.map((event) => structuredClone(event));
    await this.#redeliver(async () => {
      for (const event of left) if (!this.#hasEnded(event)) this.begunInTime.add(keyOf(event));
      const failures = await persist(left, this.#store());
      for (const event of left) if (this.#hasEnded(event)) this.finishedLate.add(keyOf(event));
      left = [...failures.keys()];
      return left.length === 0;
    });
  }

  /** As the workflow does: its write has the same condition as that of functions. */
  async #record(pending: RemoteServiceEvent): Promise<void> {
    await this.#redeliver(() =>
      this.#store()
        .putState(pending)
        .then(
          () => true,
          () => false,
        ),
    );
  }

  async #distribute(end: RemoteServiceEvent): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), 'end');
    const dependencies = {
      store: this.#store(),
      deliver: this.#remote('deliver', async ({ notificationId }: Notification) => {
        this.told.push(notificationId);
      }),
      measureFailure: () => undefined,
      measureLatency: () => undefined,
      now: () => 0,
    };
    await this.#redeliver(() =>
      distribute(structuredClone(end), dependencies).then(
        () => true,
        () => false,
      ),
    );
  }

  /** Tries until nothing has failed, as the queue does. Where there are no faults left, nothing may fail. */
  async #redeliver(attempt: () => Promise<boolean>): Promise<void> {
    for (;;) {
      const reliable = this.#faults.length === 0;
      if (await attempt()) return;
      if (reliable) throw new Error('It failed with no fault left');
    }
  }

  async #claim(): Promise<void> {
    await this.#scheduler.schedule(Promise.resolve(), 'claim');
    if (this.tables.leases.has(VIN)) return;
    this.tables.leases.set(VIN, NEXT);
    this.nextHasClaimed = true;
  }

  #hasEnded({ data }: RemoteServiceEvent): boolean {
    const standing = this.tables.states.get(data.eventId);
    return standing !== undefined && isFinal(standing.status);
  }

  #store(): CommandStore {
    return {
      getState: this.#remote('getState', (eventId) => this.tables.getState(eventId)),
      releaseLease: this.#remote('releaseLease', (event) => this.tables.releaseLease(event)),
      putState: this.#remote('putState', (event) => this.#putState(event)),
      appendHistory: this.#remote(
        'appendHistory',
        (entries) => this.tables.appendHistory(entries),
        async (entries) => entries,
      ),
    };
  }

  async #putState(event: RemoteServiceEvent): Promise<boolean> {
    const { eventId } = event.data;
    const written = this.tables.putState(event);
    const state = this.tables.states.get(eventId);
    const stood = this.stood.get(eventId) ?? [];
    if (state !== undefined && state.changedBy !== stood.at(-1)?.changedBy) {
      this.stood.set(eventId, [...stood, state]);
    }
    return written;
  }

  /** A call over the network. Its effect is at one time, between its way there and its way back. */
  #remote<Arguments extends unknown[], Result>(
    name: string,
    call: (...args: Arguments) => Promise<Result>,
    throttled = call,
  ): (...args: Arguments) => Promise<Result> {
    return async (...args) => {
      await this.#scheduler.schedule(Promise.resolve(), name);
      const fault = this.#faults.pop() ?? 'none';
      if (fault === 'request lost') throw new Error(fault);
      const result = await (fault === 'throttled' ? throttled(...args) : call(...args));
      await this.#scheduler.schedule(Promise.resolve(), `${name} answers`);
      if (fault === 'answer lost') throw new Error(fault);
      return result;
    };
  }
}
