import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { PeerRefused, PeerUnavailable } from '../../functions/http/post.ts';
import { withRetry } from '../../functions/http/retry.ts';
import { BrokerSuspended } from '../../functions/outgoing-vehicle-communication/broker/breaker.ts';
import {
  type BrokerMessage,
  brokerMessage,
} from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import {
  type Dependencies,
  send,
  VehicleSleeps,
} from '../../functions/outgoing-vehicle-communication/send.ts';
import type { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import type { CommandState } from '../../functions/persistence/command-state.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { at, EVENT_ID, eventOf, REQUESTED_AT, VIN } from '../factories.ts';

const pending = eventOf('PENDING', { data: { expiresAt: at(15) } });
const RECEIVED_AT = REQUESTED_AT + 1000;

let now: number;
let sent: [BrokerMessage, number][];
let calls: WakeUpCall[];
let published: RemoteServiceEvent[];
let standing: CommandState | undefined;
let dependencies: Dependencies;
beforeEach(() => {
  now = REQUESTED_AT + 1000;
  sent = [];
  calls = [];
  published = [];
  standing = stateOf(pending);
  dependencies = {
    publishToBroker: async (messageAt, deadline) => {
      sent.push([messageAt(now), deadline]);
      return 'TAKEN';
    },
    wakeUp: async (call) => void calls.push(call),
    publishEvent: async (event) => void published.push(event),
    getState: async () => standing,
    now: () => now,
  };
});

/** A broker that answers with this error. */
const answering = (error: Error): Dependencies => ({
  ...dependencies,
  publishToBroker: () => Promise.reject(error),
});

test('a command is handed to the broker until it expires; nothing is published', async () => {
  await send(pending, RECEIVED_AT, dependencies);
  expect(sent).toEqual([[brokerMessage(pending, now), REQUESTED_AT + 13_000]]);
  expect(published).toEqual([]);
});

test('an expired command is not sent, and says so, each time with the same event', async () => {
  for (const seconds of [13, 15, 3600]) {
    now = REQUESTED_AT + seconds * 1000;
    await send(pending, RECEIVED_AT, dependencies);
  }
  expect(sent).toEqual([]);
  const failed = eventOf('FAILED', {
    id: `${EVENT_ID}.expired`,
    source: 'outgoing-vehicle-communication',
    time: at(15),
    data: { statusReason: 'COMMAND_EXPIRED' },
  });
  expect(published).toEqual([failed, failed, failed]);
});

test.each(['RUNNING', 'EXECUTED', 'FAILED'] as const)(
  'a late copy of a command that is %s fails nothing',
  async (status) => {
    standing = stateOf(eventOf(status));
    now = REQUESTED_AT + 16_000;
    await send(pending, RECEIVED_AT, dependencies);
    expect([sent, published]).toEqual([[], []]);
  },
);

test('an expired command of which nothing is recorded has failed, too', async () => {
  standing = undefined;
  now = REQUESTED_AT + 16_000;
  await send(pending, RECEIVED_AT, dependencies);
  expect(published).toHaveLength(1);
});

test('a command that the broker refuses has failed', async () => {
  await send(pending, RECEIVED_AT, answering(new PeerRefused('400')));
  expect(published).toEqual([
    eventOf('FAILED', {
      id: `${EVENT_ID}.undeliverable`,
      source: 'outgoing-vehicle-communication',
      time: at(1),
      data: { statusReason: 'COMMAND_UNDELIVERABLE' },
    }),
  ]);
});

test('a refusal that is repeated publishes the same event', async () => {
  for (const seconds of [1, 2]) {
    now = REQUESTED_AT + seconds * 1000;
    await send(pending, RECEIVED_AT, answering(new PeerRefused('400')));
  }
  expect(published[1]).toEqual(published[0]);
});

test.each([
  ['that is unavailable', new PeerUnavailable('503')],
  ['that is not asked, for it did not answer lately', new BrokerSuspended('?')],
  ['that fails in another way', new Error('?')],
])('a broker %s leaves the command as it is, to come back later', async (_what, error) => {
  await expect(send(pending, RECEIVED_AT, answering(error))).rejects.toBe(error);
  expect(published).toEqual([]);
});

test('a failure that could not be published is an error', async () => {
  const publishEvent = () => Promise.reject(new Error('down'));
  const refusing = answering(new PeerRefused('400'));
  await expect(send(pending, RECEIVED_AT, { ...refusing, publishEvent })).rejects.toThrow('down');
  now = REQUESTED_AT + 15_000;
  await expect(send(pending, RECEIVED_AT, { ...dependencies, publishEvent })).rejects.toThrow('down');
});

describe('a vehicle that sleeps', () => {
  const failure = (cause: string, time: string) =>
    eventOf('FAILED', {
      id: `${EVENT_ID}.${cause}`,
      source: 'outgoing-vehicle-communication',
      time,
      data: { statusReason: 'VEHICLE_UNREACHABLE' },
    });
  /** The broker has nobody who listens. */
  const asleep = (): Dependencies => ({ ...dependencies, publishToBroker: async () => 'NOBODY_LISTENS' });

  test.each(GENERATIONS)(
    'of generation $name is called as it can be, and the command comes back',
    async (of) => {
      const event = eventOf('PENDING', { data: { expiresAt: at(60), generation: of.name } });
      await expect(send(event, RECEIVED_AT, asleep())).rejects.toThrow(VehicleSleeps);
      expect(calls).toEqual([{ clientid: VIN, channel: of.wakeUp.channel, reference: EVENT_ID }]);
      expect(published).toEqual([]);
    },
  );

  test('is called each time with the same reference, by which the broker tells a repetition', async () => {
    for (const seconds of [1, 4]) {
      now = REQUESTED_AT + seconds * 1000;
      await expect(send(pending, RECEIVED_AT, asleep())).rejects.toThrow(VehicleSleeps);
    }
    expect(calls[1]).toEqual(calls[0]);
  });

  test('is not called if it listens', async () => {
    await send(pending, RECEIVED_AT, dependencies);
    expect(calls).toEqual([]);
  });

  // A second for the queue to hand the message out, and one to wait at least: 13 s - 2 s.
  test.each([
    [11_000, 'come back'],
    [11_001, 'fail'],
    [12_999, 'fail'],
  ])('%i ms after the request lets the command %s', async (elapsedMs, outcome) => {
    now = REQUESTED_AT + elapsedMs;
    const sending = send(pending, RECEIVED_AT, asleep());
    if (outcome === 'come back') await expect(sending).rejects.toThrow(VehicleSleeps);
    else await sending;
    expect(published).toEqual(outcome === 'fail' ? [failure('unreachable', at(13))] : []);
    expect(calls).toHaveLength(outcome === 'fail' ? 0 : 1);
  });

  test('cannot be woken: the command fails at once, each time with the same event', async () => {
    const wakeUp = () => Promise.reject(new PeerRefused('404'));
    for (const seconds of [1, 4]) {
      now = REQUESTED_AT + seconds * 1000;
      await send(pending, RECEIVED_AT, { ...asleep(), wakeUp });
    }
    const failed = failure('not-wakeable', at(1));
    expect(published).toEqual([failed, failed]);
  });

  test('could not be called this time: the command comes back', async () => {
    const error = new PeerUnavailable('503');
    const wakeUp = () => Promise.reject(error);
    await expect(send(pending, RECEIVED_AT, { ...asleep(), wakeUp })).rejects.toBe(error);
    expect(published).toEqual([]);
  });

  test.each(['RUNNING', 'EXECUTED', 'FAILED'] as const)(
    'again after the command is %s: a late copy fails nothing',
    async (status) => {
      standing = stateOf(eventOf(status));
      const wakeUp = () => Promise.reject(new PeerRefused('404'));
      await send(pending, RECEIVED_AT, { ...asleep(), wakeUp });
      now = REQUESTED_AT + 12_000;
      await send(pending, RECEIVED_AT, asleep());
      expect(published).toEqual([]);
    },
  );
});

test('I5: the broker holds no command beyond expiresAt, on a later attempt either', async () => {
  vi.useFakeTimers({ now });
  onTestFinished(() => void vi.useRealTimers());
  const heldUntil: number[] = [];
  const publish = async (message: BrokerMessage, timeoutMs: number): Promise<'TAKEN'> => {
    if (heldUntil.length === 0) {
      heldUntil.push(0);
      await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      throw new PeerUnavailable('no answer in time');
    }
    heldUntil.push(Date.now() + message.properties.message_expiry_interval * 1000);
    return 'TAKEN';
  };
  const sending = send(pending, RECEIVED_AT, {
    ...dependencies,
    publishToBroker: (messageAt, deadline) =>
      withRetry((start, timeoutMs) => publish(messageAt(start), timeoutMs), deadline),
    now: Date.now,
  });
  await vi.runAllTimersAsync();
  await sending;
  expect(heldUntil).toHaveLength(2);
  expect(Math.max(...heldUntil)).toBeLessThanOrEqual(Date.parse(at(15)));
});
