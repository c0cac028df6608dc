import { describe, expect, test } from 'vitest';
import { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { BEHAVIOURS, stepsOf } from '../../vehicle-simulator/behaviour.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';

const fleet = demoFleet();
const behaving = (name: string) => fleet.filter(({ vin }) => behaviourOf(vin) === name);

describe('the demo fleet', () => {
  test('has valid vehicles with VINs of their own, and the same ones each time', () => {
    for (const vehicle of fleet) expect(Vehicle.parse(vehicle)).toEqual(vehicle);
    expect(new Set(fleet.map(({ vin }) => vin)).size).toBe(fleet.length);
    expect(demoFleet()).toEqual(fleet);
  });

  test.each(Object.keys(BEHAVIOURS))('shows the behaviour %s', (name) => {
    expect(behaving(name).length).toBeGreaterThan(0);
  });

  test('has no behaviour that the simulator lacks', () => {
    for (const { vin } of fleet) expect(BEHAVIOURS).toHaveProperty(behaviourOf(vin));
  });

  test('has enough normal vehicles for a load test', () => {
    expect(behaving('normal').length).toBeGreaterThanOrEqual(500);
  });

  test('can do all that the catalogue asks for, but for the incapable', () => {
    const all = CATALOGUE.map(({ capability }) => capability);
    for (const { vin, capabilities } of fleet) {
      if (behaviourOf(vin) !== 'incapable') expect(capabilities).toEqual(all);
    }
    for (const { capabilities } of behaving('incapable')) expect(capabilities).toEqual(['light-flash']);
  });

  test('is of both brands and both generations', () => {
    expect(new Set(fleet.map(({ brand }) => brand))).toEqual(new Set(['bmw', 'mini']));
    expect(new Set(fleet.map(({ generation }) => generation))).toEqual(new Set(['mqtt-2018', 'mqtt-2021']));
  });
});

test.each(['WVWZZZ1JZXW000001', 'short', ''])('a vehicle from elsewhere (%j) behaves normally', (vin) => {
  expect(behaviourOf(vin)).toBe('normal');
});

describe('stepsOf', () => {
  test('are those of the behaviour, or of the one service', () => {
    expect(stepsOf('shy', 'LIGHT_FLASH')).toEqual(BEHAVIOURS.shy?.steps);
    expect(stepsOf('shy', 'HORN_BLOW')).toMatchObject([{ state: 'REJECTED' }]);
  });

  test('of an unknown behaviour are an error that names it', () => {
    expect(() => stepsOf('grumpy', 'HORN_BLOW')).toThrow(/grumpy/);
  });
});

test('the late answer after they were given up, the others before', () => {
  for (const { vehicleService, longestExpectedSeconds } of CATALOGUE) {
    for (const name of Object.keys(BEHAVIOURS)) {
      const [first] = stepsOf(name, vehicleService);
      const inTime = first === undefined || first.afterMs < longestExpectedSeconds.PENDING * 1000;
      expect([name, inTime]).toEqual([name, name !== 'late']);
    }
  }
});
