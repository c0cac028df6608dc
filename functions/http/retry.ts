import pRetry from 'p-retry';
import { PeerUnavailable } from './post.ts';

/** The talk's cure for its latency spike: no answer within a second means drop the request and retry. */
export const REQUEST_TIMEOUT_MS = 1000;

/**
 * Retries within one invocation: after 100–200 ms and after 200–400 ms. With three time-outs of a second
 * that is 3.6 s at most; what still fails then is left to the queue.
 */
const RETRIES = { retries: 2, minTimeout: 100, factor: 2, randomize: true };

/** An attempt with less time than this says more about the deadline than about the peer. */
const SHORTEST_ATTEMPT_MS = 100;

/**
 * Makes a request with retries and jitter, and starts no attempt in the last 100 ms before the deadline.
 * @param attempt one request: it starts at `start` (milliseconds since the epoch) and takes `timeoutMs` at most
 * @param deadline milliseconds since the epoch; an attempt under way is cut off then
 * @returns what the attempt that succeeded returns
 * @throws what the last attempt threw: PeerUnavailable, or at once whatever else it throws
 */
export async function withRetry<T>(
  attempt: (start: number, timeoutMs: number) => Promise<T>,
  deadline = Number.POSITIVE_INFINITY,
  now: () => number = Date.now,
): Promise<T> {
  return pRetry(
    () => {
      const start = now();
      const remaining = deadline - start;
      if (remaining < SHORTEST_ATTEMPT_MS) throw new PeerUnavailable('The deadline has passed');
      return attempt(start, Math.min(REQUEST_TIMEOUT_MS, remaining));
    },
    {
      ...RETRIES,
      shouldRetry: ({ error }) => error instanceof PeerUnavailable && deadline - now() >= SHORTEST_ATTEMPT_MS,
    },
  );
}
