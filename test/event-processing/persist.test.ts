import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import {
  isIgnored,
  NO_END_BEFORE_MS,
  persist,
} from '../../functions/event-processing/persistence/persist.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, VIN } from '../factories.ts';
import { FakeCommandStore } from '../persistence/fake-command-store.ts';

let store: FakeCommandStore;
beforeEach(() => {
  store = new FakeCommandStore();
});

const ofOther = (event: RemoteServiceEvent): RemoteServiceEvent =>
  eventOf(event.data.status, { data: { eventId: OTHER_EVENT_ID } });

describe('a batch', () => {
  test('of one command ends in its highest status, whatever the order', async () => {
    const way = [eventOf('EXECUTED'), eventOf('CREATED'), eventOf('RUNNING'), eventOf('PENDING')];
    expect(await persist(way, store)).toEqual(new Map());
    expect(store.states.get(EVENT_ID)).toEqual(stateOf(eventOf('EXECUTED')));
    expect(await store.historyOf(VIN)).toMatchObject(
      (['CREATED', 'PENDING', 'RUNNING', 'EXECUTED'] as const).map((status) => ({
        id: eventOf(status).id,
        ignored: false,
      })),
    );
  });

  test('writes one state per command', async () => {
    const puts: string[] = [];
    const putState = store.putState.bind(store);
    store.putState = (event) => {
      puts.push(event.id);
      return putState(event);
    };
    const running = eventOf('RUNNING');
    await persist([running, ofOther(running), eventOf('PENDING'), eventOf('EXECUTED')], store);
    expect(puts.toSorted()).toEqual([eventOf('EXECUTED').id, ofOther(running).id]);
  });

  test.each([
    ['the earlier one first', ['EXECUTED', 'FAILED']],
    ['the later one first', ['FAILED', 'EXECUTED']],
  ] as const)('with two ends takes the earlier, %s', async (_order, ends) => {
    await persist(
      ends.map((status) => eventOf(status, { time: status === 'EXECUTED' ? at(3) : at(4) })),
      store,
    );
    expect(store.states.get(EVENT_ID)).toMatchObject({ status: 'EXECUTED', changedAt: at(3) });
    expect(await store.historyOf(VIN)).toMatchObject([{ ignored: false }, { ignored: true }]);
  });

  test.each(['CREATED', 'PENDING'] as const)(
    'of %s alone writes the history and nothing else',
    async (status) => {
      store.putState = async () => expect.unreachable();
      expect(await persist([eventOf(status)], store)).toEqual(new Map());
      expect(await store.historyOf(VIN)).toMatchObject([{ id: eventOf(status).id, ignored: false }]);
    },
  );

  test('with an end that stands already, by distribution, writes the history and nothing else', async () => {
    const executed = eventOf('EXECUTED');
    store.states.set(EVENT_ID, stateOf(executed));
    store.putState = async () => expect.unreachable();
    store.releaseLease = async () => expect.unreachable();
    expect(await persist([executed, eventOf('FAILED', { time: at(9) })], store)).toEqual(new Map());
    expect(await store.historyOf(VIN)).toMatchObject([{ ignored: false }, { ignored: true }]);
  });

  test('of a PENDING that may have come after a time-out looks at what stands', async () => {
    await persist([eventOf('FAILED', { time: at(10) })], store);
    await persist([eventOf('PENDING', { time: at(11) })], store);
    expect(await store.historyOf(VIN)).toMatchObject([{ ignored: false }, { ignored: true }]);
  });

  test('that is empty asks nothing of the store', async () => {
    store.appendHistory = async () => expect.unreachable();
    expect(await persist([], store)).toEqual(new Map());
  });
});

describe('what could not be stored comes back', () => {
  test('all events of a command whose state could not be written, and no others', async () => {
    const putState = store.putState.bind(store);
    store.putState = async (event) => {
      if (event.data.eventId === EVENT_ID) throw new Error('throttled');
      return putState(event);
    };
    const [pending, running, other] = [eventOf('PENDING'), eventOf('RUNNING'), ofOther(eventOf('RUNNING'))];
    const failures = await persist([pending, other, running], store);
    expect([...failures.keys()]).toEqual([pending, running]);
    expect(await store.historyOf(VIN)).toMatchObject([{ id: other.id }]);
  });

  test('all events of a command of which nobody knows whether it has ended', async () => {
    store.getState = async () => {
      throw new Error('throttled');
    };
    const [running, executed, other] = [eventOf('RUNNING'), eventOf('EXECUTED'), ofOther(eventOf('RUNNING'))];
    const failures = await persist([running, executed, other], store);
    expect([...failures.keys()]).toEqual([running, executed]);
    expect(store.states.has(EVENT_ID)).toBe(false);
  });

  test('the entries that the history left out', async () => {
    const [pending, running] = [eventOf('PENDING'), eventOf('RUNNING')];
    store.appendHistory = async (entries) => entries.filter(({ event }) => event === pending);
    expect([...(await persist([pending, running], store)).keys()]).toEqual([pending]);
  });

  test('everything, if the history failed as a whole', async () => {
    store.appendHistory = async () => {
      throw new Error('down');
    };
    const events = [eventOf('PENDING'), eventOf('RUNNING')];
    expect([...(await persist(events, store)).keys()]).toEqual(events);
  });
});

test.each(CATALOGUE.map((service) => [service.serviceType, service.longestExpectedSeconds.CREATED] as const))(
  'no command of %s ends before its history may rely on it: CREATED takes %d s',
  (_serviceType, seconds) => {
    expect(seconds * 1000).toBeGreaterThanOrEqual(NO_END_BEFORE_MS);
  },
);

describe('isIgnored', () => {
  const executed = stateOf(eventOf('EXECUTED', { time: at(5) }));
  test.each([
    [
      'an event of a command in flight',
      eventOf('CREATED', { time: at(9) }),
      stateOf(eventOf('RUNNING')),
      false,
    ],
    ['the end itself', eventOf('EXECUTED', { time: at(5) }), executed, false],
    ['another end, even an earlier one', eventOf('FAILED', { time: at(4) }), executed, true],
    ['another event of the same end', eventOf('EXECUTED', { id: 'other', time: at(5) }), executed, true],
    ['the same end, told again', eventOf('EXECUTED', { time: at(6) }), executed, true],
    ['the same end, told before', eventOf('EXECUTED', { time: at(4) }), executed, true],
    ['what happened before the end', eventOf('RUNNING', { time: at(4) }), executed, false],
    ['what happened at its time', eventOf('RUNNING', { time: at(5) }), executed, false],
    ['what happened after it', eventOf('RUNNING', { time: at(5.001) }), executed, true],
  ])('%s', (_what, event, standing, ignored) => {
    expect(isIgnored(event, standing)).toBe(ignored);
  });
});
