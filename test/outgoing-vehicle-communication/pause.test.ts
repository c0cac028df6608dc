import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REQUEST_TIMEOUT_MS } from '../../functions/http/retry.ts';
import { pauseSeconds, secondsForAnother } from '../../functions/outgoing-vehicle-communication/pause.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { deliverySeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';

/** Of the outgoing queue, and so receives of a message. */
const MAX_RECEIVE_COUNT = 30;

const deliveries = CATALOGUE.flatMap((service) =>
  GENERATIONS.map((generation) => deliverySeconds(service, generation)),
);
const longestDelivery = Math.max(...deliveries);

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

interface Attempts {
  /** Seconds from the request in which the command may be handed to the broker. */
  readonly lastDelivery: number;
  /** One for each receive, used in turn. */
  readonly randoms: readonly number[];
  /** Milliseconds that the queue takes to hand out a visible message. */
  readonly handOutMs: number;
}

/** When a message that nobody takes is received, in milliseconds from the request; last of all too late. */
function receives({ lastDelivery, randoms, handOutMs }: Attempts): number[] {
  const times = [0];
  const deadline = lastDelivery * 1000;
  for (let now = 0; now < deadline; ) {
    const pause = pauseSeconds(
      times.length,
      secondsForAnother(deadline, now),
      randoms[times.length % randoms.length] ?? 0,
    );
    expect(pause).toBeGreaterThanOrEqual(1);
    now += pause * 1000 + handOutMs;
    times.push(now);
  }
  return times;
}

describe('pauses', () => {
  test('begin with 1 to 3 s and grow', () => {
    expect([0, 0.5, 0.99].map((number) => pauseSeconds(1, 60, number))).toEqual([1, 2, 3]);
    expect([4, 5, 8, 9, 29].map((count) => pauseSeconds(count, 60, 0))).toEqual([1, 2, 2, 3, 8]);
  });

  test('end where there is time for another attempt; without any, at once', () => {
    expect([9, 5, 1, 0, -1].map((left) => pauseSeconds(29, left, 0))).toEqual([8, 5, 1, 1, 1]);
  });

  test('grow on after the last delivery, when only the failure is still to be told', () => {
    const left = secondsForAnother(10_000, 10_001);
    expect([1, 9, 29].map((count) => pauseSeconds(count, left, 0))).toEqual([1, 3, 8]);
  });

  test('leave a second to the queue', () => {
    expect(secondsForAnother(10_000, 0)).toBe(9);
    expect(secondsForAnother(10_000, 8000)).toBe(1);
    expect(secondsForAnother(10_000, 8001)).toBe(0);
  });
});

describe('the receives of a message', () => {
  // No time for the attempts themselves, as it is while the circuit breaker is open.
  test('are enough for the longest delivery: its failure can always be published', () => {
    expect(longestDelivery).toBe(60 + 45);
    fc.assert(
      fc.property(fc.array(random, { minLength: 1 }), fc.nat(500), (randoms, handOutMs) => {
        const times = receives({ lastDelivery: longestDelivery, randoms, handOutMs });
        expect(times.length).toBeLessThanOrEqual(MAX_RECEIVE_COUNT);
      }),
      { examples: [[[0], 0]] },
    );
  });

  test('end in time: one of them is near the last delivery, and the next is not long after', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5, max: longestDelivery }),
        fc.array(random, { minLength: 1 }),
        fc.nat(900),
        (lastDelivery, randoms, handOutMs) => {
          const times = receives({ lastDelivery, randoms, handOutMs });
          const deadline = lastDelivery * 1000;
          const inTime = times.filter((time) => time < deadline);
          expect(deadline - (inTime.at(-1) ?? 0)).toBeLessThanOrEqual(3 * REQUEST_TIMEOUT_MS);
          expect((times.at(-1) ?? 0) - deadline).toBeLessThanOrEqual(2000);
        },
      ),
    );
  });
});
