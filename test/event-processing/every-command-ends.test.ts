import fc, { type GeneratorValue } from 'fast-check';
import { expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { filterAttributes } from '../../functions/event/event.ts';
import { isFinal } from '../../functions/event/lifecycle.ts';
import { distribute } from '../../functions/event-processing/distribution/distribute.ts';
import { check } from '../../functions/event-processing/lifecycle-check/check.ts';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { persist } from '../../functions/event-processing/persistence/persist.ts';
import { delaySeconds, type Watch } from '../../functions/event-processing/watch.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { EVENT_ID, eventOf, REQUESTED_AT, VIN } from '../factories.ts';
import { FakeCommandStore } from '../persistence/fake-command-store.ts';

/** The event processing of one environment with a clock of its own: each message comes once or twice, and late. */
class EventProcessing {
  readonly store = new FakeCommandStore();
  readonly told: string[] = [];
  readonly #draw: GeneratorValue;
  readonly #messages: { due: number; handle: () => Promise<unknown> }[] = [];
  #now = REQUESTED_AT;

  constructor(draw: GeneratorValue) {
    this.#draw = draw;
  }

  /** Hands over all messages, each when it is due, until there are no more. */
  async run(): Promise<void> {
    for (;;) {
      this.#messages.sort((one, other) => one.due - other.due);
      const message = this.#messages.shift();
      if (message === undefined) return;
      this.#now = message.due;
      await message.handle();
    }
  }

  publishAt(time: number, event: RemoteServiceEvent): void {
    this.#messages.push({ due: time, handle: () => this.#publish(event) });
  }

  async #publish(event: RemoteServiceEvent): Promise<void> {
    const { final } = filterAttributes(event);
    this.#send(0, () => persist([event], this.store));
    if (final === 'true') this.#send(0, () => this.#distribute(event));
    if (final === 'false') this.#send(0, () => this.#watch(watchOf(event), this.#now));
  }

  #distribute(event: RemoteServiceEvent): Promise<boolean> {
    return distribute(event, {
      store: this.store,
      deliver: async ({ notificationId }) => void this.told.push(notificationId),
      measureLatency: () => undefined,
      now: () => this.#now,
    });
  }

  async #watch(watch: Watch, now: number): Promise<void> {
    this.#send(delaySeconds(watch.deadline, now), () =>
      check(watch, {
        getState: (eventId) => this.store.getState(eventId),
        publish: (event) => this.#publish(event),
        watchOn: (again, asOf) => this.#watch(again, asOf),
        now: () => this.#now,
      }),
    );
  }

  #send(seconds: number, handle: () => Promise<unknown>): void {
    const copies = this.#draw(fc.integer, { min: 1, max: 2 });
    for (let copy = 0; copy < copies; copy += 1) {
      const late = this.#draw(fc.nat, { max: 60_000 });
      this.#messages.push({ due: this.#now + seconds * 1000 + late, handle });
    }
  }
}

test('a command ends once, wherever it stops: I1', async () => {
  // It always begins; what follows may never come, and each at any time.
  const follows = fc.subarray(['PENDING', 'RUNNING', 'EXECUTED', 'FAILED'] as const);
  const generations = fc.constantFrom(...GENERATIONS.map(({ name }) => name));
  await fc.assert(
    fc.asyncProperty(follows, generations, fc.gen(), async (statuses, generation, draw) => {
      const processing = new EventProcessing(draw);
      processing.store.leases.set(VIN, EVENT_ID);
      for (const status of ['CREATED', ...statuses] as const) {
        const time = REQUESTED_AT + draw(fc.nat, { max: 40_000 });
        // Not known before the command is enriched.
        const data = { generation: status === 'CREATED' ? undefined : generation };
        processing.publishAt(time, eventOf(status, { time: new Date(time).toISOString(), data }));
      }
      await processing.run();

      const state = processing.store.states.get(EVENT_ID);
      expect(state && isFinal(state.status)).toBe(true);
      expect(new Set(processing.told)).toEqual(new Set([state?.changedBy]));
      expect(processing.store.leases.size).toBe(0);
      const counted = (await processing.store.historyOf(VIN)).filter(({ ignored }) => !ignored);
      expect(counted.map(({ id }) => id)).toContain(state?.changedBy);
    }),
  );
});
