import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { postWithRetry } from '../../functions/http/post-with-retry.ts';
import { PeerRefused, PeerUnavailable } from '../../functions/http/signed-post.ts';
import {
  type BrokerMessage,
  brokerMessage,
} from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { type Dependencies, send } from '../../functions/outgoing-vehicle-communication/send.ts';
import type { CommandState } from '../../functions/persistence/command-state.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { at, EVENT_ID, eventOf, REQUESTED_AT } from '../factories.ts';

const pending = eventOf('PENDING', { data: { expiresAt: at(15) } });
const RECEIVED_AT = REQUESTED_AT + 1000;

let now: number;
let sent: [BrokerMessage, number][];
let published: RemoteServiceEvent[];
let standing: CommandState | undefined;
let dependencies: Dependencies;
beforeEach(() => {
  now = REQUESTED_AT + 1000;
  sent = [];
  published = [];
  standing = stateOf(pending);
  dependencies = {
    publishToBroker: async (messageAt, deadline) => void sent.push([messageAt(now), deadline]),
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

test('I5: the broker holds no command beyond expiresAt, on a later attempt either', async () => {
  vi.useFakeTimers({ now });
  onTestFinished(() => void vi.useRealTimers());
  const heldUntil: number[] = [];
  const post = async (body: unknown, timeoutMs: number) => {
    if (heldUntil.length === 0) {
      heldUntil.push(0);
      await new Promise((resolve) => setTimeout(resolve, timeoutMs));
      throw new PeerUnavailable('no answer in time');
    }
    heldUntil.push(Date.now() + (body as BrokerMessage).properties.message_expiry_interval * 1000);
  };
  const sending = send(pending, RECEIVED_AT, {
    ...dependencies,
    publishToBroker: (messageAt, deadline) => postWithRetry(post, messageAt, deadline),
    now: Date.now,
  });
  await vi.runAllTimersAsync();
  await sending;
  expect(heldUntil).toHaveLength(2);
  expect(Math.max(...heldUntil)).toBeLessThanOrEqual(Date.parse(at(15)));
});
