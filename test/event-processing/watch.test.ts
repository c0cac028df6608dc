import fc from 'fast-check';
import { expect, test } from 'vitest';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { delaySeconds, Watch } from '../../functions/event-processing/watch.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { eventOf, REQUESTED_AT } from '../factories.ts';

const NON_FINAL = ['CREATED', 'PENDING', 'RUNNING'] as const;
const waits = CATALOGUE.flatMap(({ serviceType, longestExpectedSeconds }) =>
  NON_FINAL.map((status) => [serviceType, status, longestExpectedSeconds[status]] as const),
);

test.each(waits)('%s may be %s for %d s from the event on', (serviceType, status, seconds) => {
  const event = eventOf(status, { data: { serviceType } });
  const watch = watchOf(event);
  expect(watch).toEqual({ event, deadline: Date.parse(event.time) + seconds * 1000 });
  expect(Watch.parse(JSON.parse(JSON.stringify(watch)))).toEqual(watch);
});

test.each(['EXECUTED', 'FAILED'] as const)('nothing follows %s', (status) => {
  expect(() => watchOf(eventOf(status))).toThrow(/final/);
});

test.each([
  ['now', 0, 0],
  ['long ago', -5000, 0],
  ['in a millisecond', 1, 1],
  ['in a second', 1000, 1],
  ['in a second and a bit', 1001, 2],
  ['in 15 minutes', 900_000, 900],
  ['in 15 minutes and a bit', 900_001, 900],
  ['in a day', 86_400_000, 900],
])('a deadline %s', (_when, milliseconds, seconds) => {
  expect(delaySeconds(REQUESTED_AT + milliseconds, REQUESTED_AT)).toBe(seconds);
});

test('a delay is one that SQS takes, and comes before the deadline only where SQS cannot wait longer', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (deadline, now) => {
      const seconds = delaySeconds(deadline, now);
      expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 900).toBe(true);
      expect(now + seconds * 1000 >= deadline || seconds === 900).toBe(true);
    }),
  );
});
