import { describe, expect, test } from 'vitest';
import { CATALOGUE, remoteService } from '../../functions/remote-services/catalogue.ts';
import {
  deliverySeconds,
  leaseSeconds,
  longestExpectedSeconds,
} from '../../functions/remote-services/times.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';

const NON_FINAL = ['CREATED', 'PENDING', 'RUNNING'] as const;

/** How long an app polls: 240 s, the last time 3.5 s before. */
const APP_POLLS_SECONDS = 236;

test.each([
  ['http-2013', 60, 10, 65, 30, 165],
  ['mqtt-2018', 60, 10, 65, 30, 165],
  ['mqtt-2021', 30, 10, 35, 30, 135],
])('a horn of %s', (name, delivery, created, pending, running, lease) => {
  const horn = remoteService('horn-blow');
  const generation = vehicleGeneration(name);
  expect(deliverySeconds(horn, generation)).toBe(delivery);
  expect(NON_FINAL.map((status) => longestExpectedSeconds(horn, status, generation))).toEqual([
    created,
    pending,
    running,
  ]);
  expect(leaseSeconds(horn, generation)).toBe(lease);
});

test('before the generation is known, nobody waits for a wake-up', () => {
  for (const service of CATALOGUE) {
    for (const status of NON_FINAL) {
      const seconds = longestExpectedSeconds(service, status, undefined);
      expect(seconds).toBe(service.longestExpectedSeconds[status]);
    }
  }
});

const pairs = CATALOGUE.flatMap((service) =>
  GENERATIONS.map((generation) => [service.serviceType, generation.name, service, generation] as const),
);
describe.each(pairs)('%s of %s', (_service, _generation, service, generation) => {
  const delivery = deliverySeconds(service, generation);
  const [created, pending, running] = NON_FINAL.map((status) =>
    longestExpectedSeconds(service, status, generation),
  ) as [number, number, number];

  test('is waited for in whole seconds', () => {
    for (const seconds of [delivery, created, pending, running, leaseSeconds(service, generation)]) {
      expect(Number.isInteger(seconds) && seconds > 0).toBe(true);
    }
  });

  test('can be delivered to a vehicle that had to be woken', () => {
    expect(delivery).toBeGreaterThan(generation.wakeUp.longestExpectedSeconds);
  });

  test('can no longer be delivered when its answer is given up', () => {
    expect(delivery).toBeLessThan(pending);
  });

  test('holds its vehicle for as long as it can take', () => {
    expect(leaseSeconds(service, generation)).toBeGreaterThan(created + pending + running);
  });

  test('has ended while the app still polls', () => {
    expect(created + pending + running).toBeLessThan(APP_POLLS_SECONDS);
  });
});
