import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { isFinal, rankOf, Status } from '../../functions/event/lifecycle.ts';
import { check, type Dependencies } from '../../functions/event-processing/lifecycle-check/check.ts';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { delaySeconds, type Watch } from '../../functions/event-processing/watch.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { at, EVENT_ID, eventOf, REQUESTED_AT } from '../factories.ts';
import { FakeCommandStore } from '../persistence/fake-command-store.ts';

const DEADLINE = REQUESTED_AT + 20_000;
const NON_FINAL = Status.options.filter((status) => !isFinal(status));
const watch = (status: Status): Watch => ({ event: eventOf(status), deadline: DEADLINE });

let now: number;
let store: FakeCommandStore;
let published: RemoteServiceEvent[];
let watchedOn: [Watch, number][];
let dependencies: Dependencies;
beforeEach(() => {
  now = DEADLINE;
  store = new FakeCommandStore();
  published = [];
  watchedOn = [];
  dependencies = {
    getState: (eventId) => store.getState(eventId),
    publish: async (event) => void published.push(event),
    watchOn: async (...watchAndNow) => void watchedOn.push(watchAndNow),
    now: () => now,
  };
});

test('before its deadline a watch goes on, whatever has happened', async () => {
  now = DEADLINE - 1;
  store.states.set(EVENT_ID, stateOf(eventOf('PENDING')));
  await check(watch('PENDING'), dependencies);
  expect(watchedOn).toEqual([[watch('PENDING'), now]]);
  expect(published).toEqual([]);
});

test('a wait that SQS cannot delay at once is a chain', async () => {
  const long: Watch = { event: eventOf('PENDING'), deadline: REQUESTED_AT + 2_000_000 };
  now = REQUESTED_AT;
  const delays: number[] = [];
  while (published.length === 0 && delays.length < 10) {
    const seconds = delaySeconds(long.deadline, now);
    delays.push(seconds);
    now += seconds * 1000;
    await check(long, dependencies);
  }
  expect(delays).toEqual([900, 900, 200]);
  expect(watchedOn).toHaveLength(2);
  expect(published).toHaveLength(1);
});

test('a watch that could not go on is an error', async () => {
  now = DEADLINE - 1;
  const watchOn = () => Promise.reject(new Error('refused'));
  await expect(check(watch('PENDING'), { ...dependencies, watchOn })).rejects.toThrow('refused');
});

describe('at the deadline', () => {
  const pairs = NON_FINAL.flatMap((status) => Status.options.map((standing) => [status, standing] as const));
  test.each(pairs)('a command that was %s and is %s', async (status, standing) => {
    store.states.set(EVENT_ID, stateOf(eventOf(standing)));
    await check(watch(status), dependencies);
    const movedOn = rankOf(standing) > rankOf(status);
    expect(published).toHaveLength(movedOn ? 0 : 1);
    // Its new status has a longest expected time, too.
    const later = [watchOf(eventOf(isFinal(standing) ? 'RUNNING' : standing)), now];
    expect(watchedOn).toEqual(movedOn && !isFinal(standing) ? [later] : []);
  });

  test.each([
    ['http-2013', 1 + 65],
    ['mqtt-2018', 1 + 65],
    ['mqtt-2021', 1 + 35],
  ])('a command that turned out to be for %s has %d s from the request on', async (generation, seconds) => {
    // Before it is enriched, nobody knows.
    const created = eventOf('CREATED', { data: { generation: undefined } });
    const pending = eventOf('PENDING', { data: { generation } });
    store.states.set(EVENT_ID, stateOf(pending));
    await check({ event: created, deadline: DEADLINE }, dependencies);
    expect(published).toEqual([]);
    const deadline = REQUESTED_AT + seconds * 1000;
    expect(watchedOn).toEqual([
      [{ event: { ...created, id: pending.id, time: pending.time, data: pending.data }, deadline }, now],
    ]);
  });

  test('a watch that has moved on ends the command by the standing state’s event', async () => {
    const created = eventOf('CREATED', { data: { generation: undefined } });
    store.states.set(EVENT_ID, stateOf(eventOf('PENDING', { data: { generation: 'http-2013' } })));
    await check({ event: created, deadline: DEADLINE }, dependencies);
    const [[moved]] = watchedOn as [[Watch, number]];
    now = moved.deadline;
    await check(moved, dependencies);
    expect(published).toMatchObject([
      {
        id: `${EVENT_ID}.timeout.PENDING`,
        time: at(66),
        data: { status: 'FAILED', statusReason: 'VEHICLE_DID_NOT_ANSWER', generation: 'http-2013' },
      },
    ]);
  });

  test('a status whose own time has passed meanwhile ends at that time, not at that of the look', async () => {
    // RUNNING from second 2 on, seen when a sleeping vehicle's PENDING would have been over.
    store.states.set(EVENT_ID, stateOf(eventOf('RUNNING', { data: { generation: 'http-2013' } })));
    now = REQUESTED_AT + 66_000;
    await check({ event: eventOf('PENDING'), deadline: now }, dependencies);
    const [[moved]] = watchedOn as [[Watch, number]];
    expect(moved.deadline).toBe(REQUESTED_AT + 32_000);
    expect(delaySeconds(moved.deadline, now)).toBe(0);
    await check(moved, dependencies);
    expect(published).toMatchObject([
      { id: `${EVENT_ID}.timeout.RUNNING`, time: at(32), data: { statusReason: 'VEHICLE_DID_NOT_FINISH' } },
    ]);
  });

  test('a watch goes on with what its command’s state says, and with what the app sent', async () => {
    const data = { brand: undefined, country: undefined, generation: undefined, payload: { volume: 1 } };
    const created = eventOf('CREATED', { data: { ...data, expiresAt: at(15) } });
    store.states.set(EVENT_ID, stateOf(eventOf('PENDING', { data: { brand: 'mini', expiresAt: at(60) } })));
    await check({ event: created, deadline: DEADLINE }, dependencies);
    expect(watchedOn[0]?.[0].event.data).toMatchObject({
      status: 'PENDING',
      brand: 'mini',
      expiresAt: at(60),
      payload: { volume: 1 },
    });
  });

  test.each([
    ['CREATED', 'COMMAND_NOT_SENT'],
    ['PENDING', 'VEHICLE_DID_NOT_ANSWER'],
    ['RUNNING', 'VEHICLE_DID_NOT_FINISH'],
  ] as const)('a command that stays %s fails: %s', async (status, statusReason) => {
    store.states.set(EVENT_ID, stateOf(eventOf(status)));
    await check(watch(status), dependencies);
    expect(published).toEqual([
      eventOf('FAILED', {
        id: `${EVENT_ID}.timeout.${status}`,
        source: 'event-processing/lifecycle',
        time: at(20),
        data: { statusReason },
      }),
    ]);
  });

  test('a command whose event was not stored yet fails as well', async () => {
    await check(watch('CREATED'), dependencies);
    expect(published).toMatchObject([{ data: { status: 'FAILED', statusReason: 'COMMAND_NOT_SENT' } }]);
  });

  test('a check that is repeated later publishes the same event', async () => {
    await check(watch('RUNNING'), dependencies);
    now += 60_000;
    await check(watch('RUNNING'), dependencies);
    expect(published).toHaveLength(2);
    expect(published[1]).toEqual(published[0]);
  });

  test.each(['EXECUTED', 'FAILED'] as const)('a watch over %s is an error', async (status) => {
    await expect(check(watch(status), dependencies)).rejects.toThrow(/final/);
  });

  test('a failure that could not be published is an error', async () => {
    const publish = () => Promise.reject(new Error('down'));
    await expect(check(watch('PENDING'), { ...dependencies, publish })).rejects.toThrow('down');
  });
});
