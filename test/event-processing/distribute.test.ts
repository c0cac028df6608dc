import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import type { StatusReason } from '../../functions/event/lifecycle.ts';
import { type Dependencies, distribute } from '../../functions/event-processing/distribution/distribute.ts';
import {
  Notification,
  notificationOf,
  reportNotificationOf,
} from '../../functions/event-processing/distribution/notification.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { at, EVENT_ID, eventOf, MESSAGE_ID, REQUESTED_AT, reportedEvent, VIN } from '../factories.ts';
import { FakeCommandStore } from '../persistence/fake-command-store.ts';

let store: FakeCommandStore;
let delivered: Notification[];
let measured: [RemoteServiceEvent, number][];
let failures: boolean[];
let dependencies: Dependencies;
beforeEach(() => {
  store = new FakeCommandStore();
  delivered = [];
  measured = [];
  failures = [];
  dependencies = {
    store,
    deliver: async (notification) => void delivered.push(notification),
    measureFailure: (_, failed) => failures.push(failed),
    measureLatency: (event, milliseconds) => measured.push([event, milliseconds]),
    now: () => REQUESTED_AT + 3210,
  };
});

test('an end is settled, delivered and measured from the request on', async () => {
  store.leases.set(VIN, EVENT_ID);
  expect(await distribute(eventOf('EXECUTED'), dependencies)).toBe(true);
  expect(store.states.get(EVENT_ID)).toEqual(stateOf(eventOf('EXECUTED')));
  expect(store.leases.size).toBe(0);
  expect(delivered).toEqual([notificationOf(eventOf('EXECUTED'))]);
  expect(measured).toEqual([[eventOf('EXECUTED'), 3210]]);
});

test('the end is settled before it is told', async () => {
  dependencies = {
    ...dependencies,
    deliver: async () => expect(store.states.get(EVENT_ID)).toEqual(stateOf(eventOf('EXECUTED'))),
  };
  await distribute(eventOf('EXECUTED'), dependencies);
  expect.assertions(1);
});

test('of two ends that cross, the one that the app sees is delivered', async () => {
  const ends = [eventOf('FAILED'), eventOf('EXECUTED')];
  const told = await Promise.all(ends.map((end) => distribute(end, dependencies)));
  expect(told.filter(Boolean)).toHaveLength(1);
  expect(delivered).toMatchObject([{ notificationId: store.states.get(EVENT_ID)?.changedBy }]);
  expect(measured).toHaveLength(1);
});

test('an end whose message the vehicle has sent twice is told once', async () => {
  await distribute(eventOf('EXECUTED'), dependencies);
  const again = { ...eventOf('EXECUTED'), time: at(60) };
  expect(await distribute(again, dependencies)).toBe(false);
  expect(delivered).toEqual([notificationOf(eventOf('EXECUTED'))]);
  expect(measured).toHaveLength(1);
});

test('an end that is repeated is delivered again, under the same id', async () => {
  await distribute(eventOf('EXECUTED'), dependencies);
  await distribute(structuredClone(eventOf('EXECUTED')), dependencies);
  expect(delivered).toEqual([notificationOf(eventOf('EXECUTED')), notificationOf(eventOf('EXECUTED'))]);
});

test('an end whose delivery failed can be delivered later', async () => {
  const unavailable = async () => {
    throw new Error('unavailable');
  };
  await expect(distribute(eventOf('FAILED'), { ...dependencies, deliver: unavailable })).rejects.toThrow(
    'unavailable',
  );
  expect(measured).toEqual([]);
  expect(await distribute(eventOf('FAILED'), dependencies)).toBe(true);
  expect(delivered).toHaveLength(1);
});

describe('whether the backend may have failed', () => {
  const ended = (statusReason?: StatusReason): RemoteServiceEvent => {
    const { data, ...event } = eventOf('FAILED');
    const { statusReason: _, ...others } = data;
    return { ...event, data: statusReason === undefined ? others : { ...others, statusReason } };
  };

  test('is measured for each command that has ended', async () => {
    await distribute(eventOf('EXECUTED'), dependencies);
    expect(failures).toEqual([false]);
  });

  test.each([
    ['SERVICE_UNAVAILABLE', true],
    ['COMMAND_EXPIRED', true],
    ['COMMAND_UNDELIVERABLE', true],
    ['COMMAND_NOT_SENT', true],
    ['VEHICLE_DID_NOT_ANSWER', true],
    ['VEHICLE_DID_NOT_FINISH', true],
    [undefined, true],
    ['VEHICLE_REJECTED', false],
    ['VEHICLE_UNREACHABLE', false],
    ['VEHICLE_BUSY', false],
    ['VEHICLE_UNKNOWN', false],
    ['INVALID_REQUEST', false],
    ['SERVICE_NOT_SUPPORTED', false],
    ['CORRELATION_ID_REUSED', false],
  ] as const)('%s: %s', async (reason, expected) => {
    await distribute(ended(reason), dependencies);
    expect(failures).toEqual([expected]);
  });

  test('is seen while the subscriber is down', async () => {
    const deliver = () => Promise.reject(new Error('unavailable'));
    await expect(distribute(ended('COMMAND_EXPIRED'), { ...dependencies, deliver })).rejects.toThrow(
      'unavailable',
    );
    expect(failures).toEqual([true]);
  });

  test('is measured by the end that stands', async () => {
    await distribute(eventOf('EXECUTED'), dependencies);
    await distribute(ended('COMMAND_EXPIRED'), dependencies);
    expect(failures).toEqual([false]);
  });
});

test('the notification says how the command ended', () => {
  expect(notificationOf(eventOf('FAILED'))).toEqual({
    notificationId: `${EVENT_ID}.failed`,
    eventId: EVENT_ID,
    vin: VIN,
    remoteService: 'horn-blow',
    outcome: 'FAILED',
    reason: 'VEHICLE_REJECTED',
    requestedAt: at(0),
    endedAt: at(3),
    brand: 'bmw',
    country: 'DE',
  });
});

test('the notification of a report says what the vehicle told', () => {
  const notification = reportNotificationOf(reportedEvent());
  expect(notification).toEqual({
    notificationId: `${MESSAGE_ID}.reported`,
    eventId: MESSAGE_ID,
    vin: VIN,
    report: 'theft-alarm',
    occurredAt: at(0),
    receivedAt: at(2),
    brand: 'bmw',
    country: 'DE',
    data: { trigger: 'DOOR' },
  });
  expect(Notification.parse(notification)).toEqual(notification);
});

test('what is not known is null', () => {
  const { brand: _, country: __, ...data } = eventOf('EXECUTED').data;
  expect(notificationOf({ ...eventOf('EXECUTED'), data })).toMatchObject({
    outcome: 'EXECUTED',
    reason: null,
    brand: null,
    country: null,
  });
});

test.each(['CREATED', 'PENDING', 'RUNNING'] as const)('nobody is notified of %s', async (status) => {
  expect(() => notificationOf(eventOf(status))).toThrow(/outcome/);
  await expect(distribute(eventOf(status), dependencies)).rejects.toThrow();
  expect(delivered).toEqual([]);
});
