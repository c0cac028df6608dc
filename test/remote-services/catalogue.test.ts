import { describe, expect, test } from 'vitest';
import { RemoteServiceEvent } from '../../functions/event/event.ts';
import {
  CATALOGUE,
  leaseSeconds,
  remoteService,
  remoteServiceOfVehicle,
} from '../../functions/remote-services/catalogue.ts';
import { VehicleCommand } from '../../functions/remote-services/vehicle-payload.ts';
import { at, EVENT_ID, eventOf, vehicleAnswer } from '../factories.ts';

test.each(['serviceType', 'vehicleService', 'path'] as const)('%s is unique', (name) => {
  const names = CATALOGUE.map((service) => service[name]);
  expect(new Set(names).size).toBe(names.length);
});

test('a service that the catalogue lacks', () => {
  expect(() => remoteService('toast-bread')).toThrow(/no remote service 'toast-bread'/);
  expect(remoteServiceOfVehicle('TOAST_BREAD')).toBeUndefined();
  // Names that every object has.
  expect(() => remoteService('constructor')).toThrow(/constructor/);
  expect(remoteServiceOfVehicle('__proto__')).toBeUndefined();
});

describe.each(CATALOGUE)('$serviceType', (service) => {
  const { serviceType, vehicleService, path, deliverySeconds, longestExpectedSeconds } = service;
  const { CREATED, PENDING, RUNNING } = longestExpectedSeconds;
  const pending = eventOf('PENDING', { data: { serviceType, payload: {} } });

  test('is found by either name', () => {
    expect(remoteService(serviceType)).toBe(service);
    expect(remoteServiceOfVehicle(vehicleService)).toBe(service);
  });

  test('has a path of the app', () => {
    expect(path).toMatch(/^\/eadrax-[a-z]+\/v\d+\//);
  });

  test('can no longer be delivered when its answer is given up', () => {
    expect(deliverySeconds).toBeGreaterThan(0);
    expect(deliverySeconds).toBeLessThan(PENDING);
  });

  test('is waited for in whole seconds', () => {
    for (const seconds of [deliverySeconds, CREATED, PENDING, RUNNING]) {
      expect(seconds).toBe(Math.ceil(seconds));
      expect(seconds).toBeGreaterThan(0);
    }
  });

  test('holds its vehicle for as long as it can take', () => {
    expect(leaseSeconds(service)).toBeGreaterThanOrEqual(CREATED + PENDING + RUNNING);
  });

  test('makes a payload that vehicles understand', () => {
    const command = service.serialise(pending);
    expect(VehicleCommand.parse(JSON.parse(JSON.stringify(command)))).toEqual(command);
    expect(command).toMatchObject({
      commandId: EVENT_ID,
      service: vehicleService,
      issuedAt: at(0),
      expiresAt: at(15),
    });
  });

  test('reads a result that fits into an event', () => {
    const result = service.deserialise(vehicleAnswer({ service: vehicleService }));
    const executed = eventOf('EXECUTED', { data: { serviceType, ...(result && { result }) } });
    expect(RemoteServiceEvent.parse(executed)).toEqual(executed);
  });
});
