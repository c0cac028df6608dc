import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PeerRefused, PeerUnavailable } from '../../../functions/http/post.ts';
import { REQUEST_TIMEOUT_MS, withRetry } from '../../../functions/http/retry.ts';
import {
  BrokerSuspended,
  withBreaker,
} from '../../../functions/outgoing-vehicle-communication/broker/breaker.ts';
import type { Broker, Publication } from '../../../functions/outgoing-vehicle-communication/broker/broker.ts';
import { call, message } from './calls.ts';

const PAUSE_MS = 2000;
/** Of a request, unless a test says otherwise. */
const TOOK_MS = 10;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

type Mood = 'well' | 'asleep' | 'unavailable' | 'refusing' | 'faulty';

/** A broker whose requests take some milliseconds, behind a breaker. */
function start(mood: Mood = 'well') {
  const controls = { mood, tookMs: TOOK_MS, requests: 0 };
  const request = async (): Promise<Publication> => {
    controls.requests += 1;
    const { mood: moodNow } = controls;
    await new Promise((resolve) => setTimeout(resolve, controls.tookMs));
    if (moodNow === 'unavailable') throw new PeerUnavailable('503');
    if (moodNow === 'refusing') throw new PeerRefused('400');
    if (moodNow === 'faulty') throw new TypeError('a fault of our own');
    return moodNow === 'asleep' ? 'NOBODY_LISTENS' : 'TAKEN';
  };
  const broker = withBreaker({
    publish: request,
    wakeUp: async () => {
      await request();
    },
  });
  return { controls, broker };
}

/** What came of it: the answer, or the error's name. */
async function outcome<T>(requesting: Promise<T>): Promise<T | string> {
  const settled = requesting.catch((error: Error) => error.name);
  await vi.advanceTimersByTimeAsync(TOOK_MS);
  return settled;
}
const publish = (broker: Broker) => outcome(broker.publish(message, REQUEST_TIMEOUT_MS));

/** One after the other. */
async function publishTimes(broker: Broker, times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let time = 0; time < times; time += 1) outcomes.push(await publish(broker));
  return outcomes;
}

describe('while the broker works', () => {
  test.each([
    ['well', 'TAKEN'],
    ['asleep', 'NOBODY_LISTENS'],
    ['refusing', 'PeerRefused'],
    ['faulty', 'TypeError'],
  ] as const)('and is %s, its answers are handed on, however many', async (mood, answer) => {
    const { controls, broker } = start(mood);
    expect(new Set(await publishTimes(broker, 20))).toEqual(new Set([answer]));
    expect(controls.requests).toBe(20);
  });

  test.each(['well', 'refusing'] as const)(
    'four failures and an answer of one that is %s, again and again, do not open it',
    async (mood) => {
      const { controls, broker } = start();
      for (let round = 0; round < 4; round += 1) {
        controls.mood = 'unavailable';
        expect(await publishTimes(broker, 4)).not.toContain('BrokerSuspended');
        controls.mood = mood;
        await publish(broker);
      }
      expect(controls.requests).toBe(20);
    },
  );

  test('arguments reach it, and a wake-up too', async () => {
    const inner = { publish: vi.fn(async () => 'TAKEN' as const), wakeUp: vi.fn(async () => {}) };
    const broker = withBreaker(inner);
    await broker.publish(message, 700);
    await broker.wakeUp(call, 800);
    expect(inner.publish.mock.calls).toEqual([[message, 700]]);
    expect(inner.wakeUp.mock.calls).toEqual([[call, 800]]);
  });
});

describe('five failures in a row', () => {
  /** A breaker that has just opened. */
  async function opened() {
    const { controls, broker } = start('unavailable');
    expect(await publishTimes(broker, 5)).toEqual(Array(5).fill('PeerUnavailable'));
    controls.requests = 0;
    return { controls, broker };
  }

  test('open it: nothing is asked, neither to publish nor to wake', async () => {
    const { controls, broker } = await opened();
    expect(await publish(broker)).toBe('BrokerSuspended');
    expect(await outcome(broker.wakeUp(call, REQUEST_TIMEOUT_MS))).toBe('BrokerSuspended');
    expect(controls.requests).toBe(0);
  });

  test('of wake-ups open it as well', async () => {
    const { controls, broker } = start('unavailable');
    for (let time = 0; time < 5; time += 1) await outcome(broker.wakeUp(call, REQUEST_TIMEOUT_MS));
    expect(await publish(broker)).toBe('BrokerSuspended');
    expect(controls.requests).toBe(5);
  });

  test('let one request through after two seconds, and everything once that is answered', async () => {
    const { controls, broker } = await opened();
    controls.mood = 'well';
    await vi.advanceTimersByTimeAsync(PAUSE_MS - TOOK_MS - 1);
    expect(await publish(broker)).toBe('BrokerSuspended');
    await vi.advanceTimersByTimeAsync(1);
    const together = await Promise.all(Array.from({ length: 10 }, () => publish(broker)));
    expect(together.filter((result) => result === 'TAKEN')).toHaveLength(1);
    expect(together.filter((result) => result === 'BrokerSuspended')).toHaveLength(9);
    expect(controls.requests).toBe(1);
    expect(new Set(await publishTimes(broker, 5))).toEqual(new Set(['TAKEN']));
  });

  test('let one request through, which opens it again if it fails', async () => {
    const { controls, broker } = await opened();
    for (let time = 1; time <= 3; time += 1) {
      await vi.advanceTimersByTimeAsync(PAUSE_MS);
      expect(await publish(broker)).toBe('PeerUnavailable');
      expect(await publish(broker)).toBe('BrokerSuspended');
      expect(controls.requests).toBe(time);
    }
  });

  test('close it if the one request is refused: the broker answers', async () => {
    const { controls, broker } = await opened();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    controls.mood = 'refusing';
    expect(await publishTimes(broker, 3)).toEqual(Array(3).fill('PeerRefused'));
  });

  test('keep nobody waiting for the one request: deadlines run on', async () => {
    const { controls, broker } = await opened();
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    controls.tookMs = 900;
    const deciding = broker.publish(message, REQUEST_TIMEOUT_MS).catch(() => undefined);
    await expect(broker.publish(message, REQUEST_TIMEOUT_MS)).rejects.toThrow(BrokerSuspended);
    await vi.advanceTimersByTimeAsync(900);
    await deciding;
  });

  test('end the retries of a request at once', async () => {
    const { controls, broker } = await opened();
    const retried = withRetry((_, timeoutMs) => broker.publish(message, timeoutMs));
    await expect(retried).rejects.toThrow(BrokerSuspended);
    expect(controls.requests).toBe(0);
  });
});

test('a whole batch at once makes one request for each command, and no retries', async () => {
  const { controls, broker } = start('unavailable');
  const batch = Array.from({ length: 10 }, () =>
    withRetry((_, timeoutMs) => broker.publish(message, timeoutMs)),
  );
  const settled = Promise.all(batch.map((sending) => sending.catch((error: Error) => error.name)));
  await vi.runAllTimersAsync();
  const errors = await settled;
  expect(new Set(errors)).toEqual(new Set(['BrokerSuspended']));
  expect(controls.requests).toBe(10);
});

test('two brokers know nothing of each other', async () => {
  const [ill, well] = [start('unavailable'), start('well')];
  await publishTimes(ill.broker, 6);
  expect(await publish(well.broker)).toBe('TAKEN');
});

test('whatever a broker does, it is asked again at most two seconds after it works', async () => {
  const moods = fc.array(fc.constantFrom<Mood>('well', 'asleep', 'unavailable', 'refusing', 'faulty'));
  await fc.assert(
    fc.asyncProperty(moods, async (history) => {
      const { controls, broker } = start();
      for (const mood of history) {
        controls.mood = mood;
        await publish(broker);
      }
      controls.mood = 'well';
      await vi.advanceTimersByTimeAsync(PAUSE_MS);
      expect(await publish(broker)).toBe('TAKEN');
    }),
  );
});
