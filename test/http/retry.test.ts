import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeerRefused, PeerUnavailable } from '../../functions/http/post.ts';
import { REQUEST_TIMEOUT_MS, withRetry } from '../../functions/http/retry.ts';

const START = Date.parse('2025-12-03T10:00:00.000Z');
const NEVER = 1e9;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Attempt {
  /** Milliseconds from the start. */
  readonly startedAt: number;
  readonly timeoutMs: number;
}

/** A peer that takes this long for each attempt, and then succeeds or throws; after the last it succeeds at once. */
function peer(...answers: { afterMs: number; error?: Error }[]) {
  const attempts: Attempt[] = [];
  const attempt = async (start: number, timeoutMs: number) => {
    expect(start).toBe(Date.now());
    attempts.push({ startedAt: start - START, timeoutMs });
    const { afterMs, error } = answers[attempts.length - 1] ?? { afterMs: 0 };
    const timesOut = afterMs > timeoutMs;
    await new Promise((resolve) => setTimeout(resolve, Math.min(afterMs, timeoutMs)));
    if (timesOut) throw new PeerUnavailable('no answer in time');
    if (error !== undefined) throw error;
    return 202;
  };
  return { attempts, attempt };
}

/** What came of it, and after how long. */
async function outcome(requests: Promise<number>): Promise<{ error: unknown; tookMs: number }> {
  const settled = requests.then(
    (status) => {
      expect(status).toBe(202);
      return { error: undefined, tookMs: Date.now() - START };
    },
    (error: unknown) => ({ error, tookMs: Date.now() - START }),
  );
  await vi.runAllTimersAsync();
  return settled;
}

const unavailable = { afterMs: 0, error: new PeerUnavailable('503') };

test('one attempt is enough where the peer takes it', async () => {
  const { attempts, attempt } = peer({ afterMs: 20 });
  expect(await outcome(withRetry(attempt))).toEqual({ error: undefined, tookMs: 20 });
  expect(attempts).toEqual([{ startedAt: 0, timeoutMs: REQUEST_TIMEOUT_MS }]);
});

test('an attempt without an answer is dropped after a second; the next starts later', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { attempts, attempt } = peer({ afterMs: NEVER }, { afterMs: 5 });
  expect(await outcome(withRetry(attempt))).toEqual({
    error: undefined,
    tookMs: 1105,
  });
  expect(attempts).toEqual([
    { startedAt: 0, timeoutMs: 1000 },
    { startedAt: 1100, timeoutMs: 1000 },
  ]);
});

test.each([
  ['shortest', 0, [0, 100, 300]],
  ['longest', 1 - Number.EPSILON, [0, 200, 600]],
])('retries are spread: the %s waits', async (_which, random, startedAt) => {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  const { attempts, attempt } = peer(unavailable, unavailable, unavailable, unavailable);
  const { error } = await outcome(withRetry(attempt));
  expect(error).toBe(unavailable.error);
  expect(attempts.map(({ startedAt: time }) => time)).toEqual(startedAt);
});

test('it is given up after 3.6 s at most', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
  const { attempts, attempt } = peer({ afterMs: NEVER }, { afterMs: NEVER }, { afterMs: NEVER });
  const { error, tookMs } = await outcome(withRetry(attempt));
  expect(error).toBeInstanceOf(PeerUnavailable);
  expect(attempts).toHaveLength(3);
  expect(tookMs).toBe(3600);
});

test.each([
  ['a refusal', new PeerRefused('400')],
  ['an error that nobody foresaw', new Error('?')],
  ['a fault of our own', new TypeError('undefined is not a function')],
])('%s is not tried again', async (_what, error) => {
  const { attempts, attempt } = peer({ afterMs: 0, error });
  expect(await outcome(withRetry(attempt))).toEqual({ error, tookMs: 0 });
  expect(attempts).toHaveLength(1);
});

test('a refusal ends the retries', async () => {
  const refusal = { afterMs: 0, error: new PeerRefused('400') };
  const { attempts, attempt } = peer(unavailable, refusal);
  expect((await outcome(withRetry(attempt))).error).toBe(refusal.error);
  expect(attempts).toHaveLength(2);
});

test.each([99, 0, -1])('nothing is sent %i ms before the deadline', async (left) => {
  const { attempts, attempt } = peer();
  expect((await outcome(withRetry(attempt, START + left))).error).toBeInstanceOf(PeerUnavailable);
  expect(attempts).toEqual([]);
});

test('an attempt under way is cut off at the deadline', async () => {
  const { attempts, attempt } = peer({ afterMs: NEVER });
  const { error, tookMs } = await outcome(withRetry(attempt, START + 300));
  expect(error).toBeInstanceOf(PeerUnavailable);
  expect(attempts).toEqual([{ startedAt: 0, timeoutMs: 300 }]);
  expect(tookMs).toBe(300);
});

test('whatever the peer does, nothing is under way after the deadline', async () => {
  const answer = fc.record({
    afterMs: fc.nat(1500),
    error: fc.constantFrom(undefined, new PeerUnavailable('503'), new PeerRefused('400')),
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(4000), fc.array(answer), async (deadline, answers) => {
      vi.setSystemTime(START);
      const { attempts, attempt } = peer(
        ...answers.map(({ afterMs, error }) => ({ afterMs, ...(error && { error }) })),
      );
      await outcome(withRetry(attempt, START + deadline));
      expect(attempts.length).toBeLessThanOrEqual(3);
      for (const { startedAt, timeoutMs } of attempts) {
        expect(timeoutMs).toBeGreaterThan(0);
        expect(timeoutMs).toBeLessThanOrEqual(REQUEST_TIMEOUT_MS);
        expect(startedAt + timeoutMs).toBeLessThanOrEqual(deadline);
      }
    }),
  );
});
