import { beforeEach, describe, expect, test } from 'vitest';
import { Status } from '../../functions/event/lifecycle.ts';
import { settle, stateOf } from '../../functions/persistence/settle.ts';
import { EVENT_ID, eventOf, OTHER_EVENT_ID, VIN } from '../factories.ts';
import { FakeCommandStore } from './fake-command-store.ts';

let store: FakeCommandStore;
beforeEach(() => {
  store = new FakeCommandStore();
});

test.each(Status.options)('%s becomes the state of a new command', async (status) => {
  expect(await settle(eventOf(status), store)).toEqual(stateOf(eventOf(status)));
  expect(store.states.get(EVENT_ID)).toEqual(stateOf(eventOf(status)));
});

test.each([
  ['CREATED', 'PENDING'],
  ['RUNNING', 'EXECUTED'],
  ['EXECUTED', 'FAILED'],
  ['FAILED', 'EXECUTED'],
] as const)('%s does not replace %s', async (status, ahead) => {
  store.states.set(EVENT_ID, stateOf(eventOf(ahead)));
  expect(await settle(eventOf(status), store)).toEqual(stateOf(eventOf(ahead)));
  expect(store.states.get(EVENT_ID)).toEqual(stateOf(eventOf(ahead)));
});

describe('the lease', () => {
  test.each([
    ['CREATED', EVENT_ID],
    ['PENDING', EVENT_ID],
    ['RUNNING', EVENT_ID],
    ['EXECUTED', undefined],
    ['FAILED', undefined],
  ] as const)('after %s is of %s', async (status, holder) => {
    store.leases.set(VIN, EVENT_ID);
    await settle(eventOf(status), store);
    expect(store.leases.get(VIN)).toBe(holder);
  });

  test('is free before the end shows', async () => {
    store.leases.set(VIN, EVENT_ID);
    const putState = store.putState.bind(store);
    store.putState = (event) => {
      expect(store.leases.has(VIN)).toBe(false);
      return putState(event);
    };
    await settle(eventOf('EXECUTED'), store);
    expect.assertions(1);
  });

  test('is freed by an end that comes too late as well: the attempt before may have failed in between', async () => {
    store.leases.set(VIN, EVENT_ID);
    store.states.set(EVENT_ID, stateOf(eventOf('EXECUTED')));
    await settle(eventOf('FAILED'), store);
    expect(store.leases.has(VIN)).toBe(false);
  });

  test('of the next command stays', async () => {
    store.leases.set(VIN, OTHER_EVENT_ID);
    await settle(eventOf('EXECUTED'), store);
    expect(store.leases.get(VIN)).toBe(OTHER_EVENT_ID);
  });
});

test('a state that vanishes meanwhile is an error: the event comes again', async () => {
  store.states.set(EVENT_ID, stateOf(eventOf('EXECUTED')));
  store.getState = async () => undefined;
  await expect(settle(eventOf('FAILED'), store)).rejects.toThrow(/vanished/);
});
