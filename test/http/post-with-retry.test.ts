import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PeerRefused, PeerUnavailable, type Post } from '../../functions/http/post.ts';
import { postWithRetry, REQUEST_TIMEOUT_MS } from '../../functions/http/post-with-retry.ts';

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
  readonly body: unknown;
}

/** A peer that takes this long for each attempt, and then succeeds or throws; after the last it succeeds at once. */
function peer(...answers: { afterMs: number; error?: Error }[]) {
  const attempts: Attempt[] = [];
  const post: Post = async (body, timeoutMs) => {
    attempts.push({ startedAt: Date.now() - START, timeoutMs, body });
    const { afterMs, error } = answers[attempts.length - 1] ?? { afterMs: 0 };
    const timesOut = afterMs > timeoutMs;
    await new Promise((resolve) => setTimeout(resolve, Math.min(afterMs, timeoutMs)));
    if (timesOut) throw new PeerUnavailable('no answer in time');
    if (error !== undefined) throw error;
    return 202;
  };
  return { attempts, post };
}

/** What came of it, and after how long. */
async function outcome(posting: Promise<number>): Promise<{ error: unknown; tookMs: number }> {
  const settled = posting.then(
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
  const { attempts, post } = peer({ afterMs: 20 });
  expect(await outcome(postWithRetry(post, () => ({ a: 1 })))).toEqual({ error: undefined, tookMs: 20 });
  expect(attempts).toEqual([{ startedAt: 0, timeoutMs: REQUEST_TIMEOUT_MS, body: { a: 1 } }]);
});

test('an attempt without an answer is dropped after a second; the next takes the body as of then', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  const { attempts, post } = peer({ afterMs: NEVER }, { afterMs: 5 });
  expect(await outcome(postWithRetry(post, (now) => now - START))).toEqual({
    error: undefined,
    tookMs: 1105,
  });
  expect(attempts).toEqual([
    { startedAt: 0, timeoutMs: 1000, body: 0 },
    { startedAt: 1100, timeoutMs: 1000, body: 1100 },
  ]);
});

test.each([
  ['shortest', 0, [0, 100, 300]],
  ['longest', 1 - Number.EPSILON, [0, 200, 600]],
])('retries are spread: the %s waits', async (_which, random, startedAt) => {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  const { attempts, post } = peer(unavailable, unavailable, unavailable, unavailable);
  const { error } = await outcome(postWithRetry(post, () => ({})));
  expect(error).toBe(unavailable.error);
  expect(attempts.map((attempt) => attempt.startedAt)).toEqual(startedAt);
});

test('it is given up after 3.6 s at most', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
  const { attempts, post } = peer({ afterMs: NEVER }, { afterMs: NEVER }, { afterMs: NEVER });
  const { error, tookMs } = await outcome(postWithRetry(post, () => ({})));
  expect(error).toBeInstanceOf(PeerUnavailable);
  expect(attempts).toHaveLength(3);
  expect(tookMs).toBe(3600);
});

test.each([
  ['a refusal', new PeerRefused('400')],
  ['an error that nobody foresaw', new Error('?')],
  ['a fault of our own', new TypeError('undefined is not a function')],
])('%s is not tried again', async (_what, error) => {
  const { attempts, post } = peer({ afterMs: 0, error });
  expect(await outcome(postWithRetry(post, () => ({})))).toEqual({ error, tookMs: 0 });
  expect(attempts).toHaveLength(1);
});

test('a refusal ends the retries', async () => {
  const refusal = { afterMs: 0, error: new PeerRefused('400') };
  const { attempts, post } = peer(unavailable, refusal);
  expect((await outcome(postWithRetry(post, () => ({})))).error).toBe(refusal.error);
  expect(attempts).toHaveLength(2);
});

test.each([0, -1])('nothing is sent %i ms before the deadline', async (left) => {
  const { attempts, post } = peer();
  expect((await outcome(postWithRetry(post, () => ({}), START + left))).error).toBeInstanceOf(
    PeerUnavailable,
  );
  expect(attempts).toEqual([]);
});

test('an attempt under way is cut off at the deadline', async () => {
  const { attempts, post } = peer({ afterMs: NEVER });
  const { error, tookMs } = await outcome(postWithRetry(post, () => ({}), START + 300));
  expect(error).toBeInstanceOf(PeerUnavailable);
  expect(attempts).toEqual([{ startedAt: 0, timeoutMs: 300, body: {} }]);
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
      const { attempts, post } = peer(
        ...answers.map(({ afterMs, error }) => ({ afterMs, ...(error && { error }) })),
      );
      await outcome(postWithRetry(post, () => ({}), START + deadline));
      expect(attempts.length).toBeLessThanOrEqual(3);
      for (const { startedAt, timeoutMs } of attempts) {
        expect(timeoutMs).toBeGreaterThan(0);
        expect(timeoutMs).toBeLessThanOrEqual(REQUEST_TIMEOUT_MS);
        expect(startedAt + timeoutMs).toBeLessThanOrEqual(deadline);
      }
    }),
  );
});
