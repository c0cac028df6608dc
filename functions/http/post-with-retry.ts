import pRetry from 'p-retry';
import { PeerUnavailable, type Post } from './post.ts';

/** The talk's cure for its latency spike: no answer within a second means drop the request and retry. */
export const REQUEST_TIMEOUT_MS = 1000;

/**
 * Retries within one invocation: after 100–200 ms and after 200–400 ms. With three time-outs of a second
 * that is 3.6 s at most; what still fails then is left to the queue.
 */
const RETRIES = { retries: 2, minTimeout: 100, factor: 2, randomize: true };

/**
 * Posts with retries and jitter, and starts no attempt at or after the deadline.
 * @param bodyAt the body of an attempt that starts at this time (milliseconds since the epoch)
 * @param deadline milliseconds since the epoch; an attempt under way is cut off then
 * @returns the status of the answer, which is 2xx
 * @throws PeerUnavailable or PeerRefused, of the last attempt
 */
export async function postWithRetry(
  post: Post,
  bodyAt: (now: number) => unknown,
  deadline = Number.POSITIVE_INFINITY,
  now: () => number = Date.now,
): Promise<number> {
  return pRetry(
    () => {
      const start = now();
      const remaining = deadline - start;
      if (remaining <= 0) throw new PeerUnavailable('The deadline has passed');
      return post(bodyAt(start), Math.min(REQUEST_TIMEOUT_MS, remaining));
    },
    { ...RETRIES, shouldRetry: ({ error }) => error instanceof PeerUnavailable && now() < deadline },
  );
}
