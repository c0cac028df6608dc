import fc from 'fast-check';
import { expect, test } from 'vitest';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { delaySeconds, Watch } from '../../functions/event-processing/watch.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { eventOf, REQUESTED_AT } from '../factories.ts';

const NON_FINAL = ['CREATED', 'PENDING', 'RUNNING'] as const;
const waits = CATALOGUE.flatMap((service) =>
  GENERATIONS.flatMap((generation) =>
    NON_FINAL.map((status) => {
      const seconds = longestExpectedSeconds(service, status, generation);
      return [service.serviceType, generation.name, status, seconds] as const;
    }),
  ),
);

test.each(waits)(
  '%s of %s may be %s for %d s from the event on',
  (serviceType, generation, status, seconds) => {
    const event = eventOf(status, { data: { serviceType, generation } });
    const watch = watchOf(event);
    expect(watch).toEqual({ event, deadline: Date.parse(event.time) + seconds * 1000 });
    expect(Watch.parse(JSON.parse(JSON.stringify(watch)))).toEqual(watch);
  },
);

test.each([
  ['CREATED', undefined, 10],
  ['CREATED', 'http-2013', 10],
  ['PENDING', 'http-2013', 65],
  ['PENDING', 'mqtt-2018', 65],
  ['PENDING', 'mqtt-2021', 35],
  ['PENDING', undefined, 20],
  ['RUNNING', 'http-2013', 30],
  ['RUNNING', 'mqtt-2021', 30],
] as const)(
  'a horn is %s (%s) for %d s at most: only PENDING may be a wake-up',
  (status, generation, seconds) => {
    const event = eventOf(status, { data: { generation } });
    expect(watchOf(event).deadline).toBe(Date.parse(event.time) + seconds * 1000);
  },
);

test('a generation that nobody knows is an error', () => {
  expect(() => watchOf(eventOf('PENDING', { data: { generation: 'mqtt-2031' } }))).toThrow(/mqtt-2031/);
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
