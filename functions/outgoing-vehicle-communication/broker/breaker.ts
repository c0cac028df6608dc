import {
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
  isBrokenCircuitError,
} from 'cockatiel';
import { PeerRefused, PeerUnavailable } from '../../http/post.ts';
import type { Broker } from './broker.ts';

/** Requests in a row without an answer that is of use: half a batch, so that a single slow request is not enough. */
const FAILURES_IN_A_ROW = 5;

/**
 * Milliseconds until one request may try again. Longer than any request takes, so that none of before tells of the
 * broker as it is now; short beside the 13 s in which the least patient command, a horn, may be delivered.
 */
const PAUSE_MS = 2000;

/** The broker did not answer lately, and was not asked again: the message should come back later. */
export class BrokerSuspended extends Error {
  override readonly name = 'BrokerSuspended';
}

/**
 * A circuit breaker before a broker. After five requests in a row that found it unavailable none is made for two
 * seconds; then a single one is, which decides how it goes on. A refusal is an answer like any other: it says that
 * the broker works.
 *
 * It is shared by all that uses this broker in one execution environment: by all records and invocations. Execution
 * environments share nothing: that would take a table, and so a read on the way of each command, a few milliseconds
 * and a read unit for ever, and one more thing that can be down. Each learns for itself instead, which costs
 *
 *     50 execution environments × 10 commands = 500 requests until all of them have opened, once in an outage
 *     50 execution environments ÷ 2 s = 25 requests a second from then on
 *
 * A broker that hangs gets 50 × 10 × 3 attempts in 3.6 s = 417 requests a second without a breaker.
 */
export function withBreaker(broker: Broker): Broker {
  const breaker = circuitBreaker(handleType(PeerUnavailable), {
    breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW),
    halfOpenAfter: PAUSE_MS,
  });

  /** @throws BrokerSuspended if no request is made */
  const through = async <T>(request: () => Promise<T>): Promise<T> => {
    // The library would let it wait for the one that decides, while its deadline and its message's expiry run on.
    if (breaker.state === CircuitState.HalfOpen) throw new BrokerSuspended('The broker is being tried');
    try {
      const outcome = await breaker.execute(() => answerOf(request));
      if ('refusal' in outcome) throw outcome.refusal;
      return outcome.answer;
    } catch (error) {
      throw isBrokenCircuitError(error) ? new BrokerSuspended('The broker did not answer lately') : error;
    }
  };
  return {
    publish: (message, timeoutMs) => through(() => broker.publish(message, timeoutMs)),
    wakeUp: (call, timeoutMs) => through(() => broker.wakeUp(call, timeoutMs)),
  };
}

/** For the breaker a refusal must not be an error, or it would be counted neither as a failure nor as a success. */
async function answerOf<T>(request: () => Promise<T>): Promise<{ answer: T } | { refusal: PeerRefused }> {
  try {
    return { answer: await request() };
  } catch (error) {
    if (error instanceof PeerRefused) return { refusal: error };
    throw error;
  }
}
