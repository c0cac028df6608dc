import { describe, expect, test } from 'vitest';
import { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { hornBlow } from '../../functions/remote-services/at-the-car.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { BEHAVIOURS, stepsOf } from '../../vehicle-simulator/behaviour.ts';
import {
  behaviourOf,
  demoFleet,
  SLEEPERS,
  scenarioFleet,
  simulatedBehaviour,
} from '../../vehicle-simulator/fleet.ts';
import { allCases } from '../../vehicle-simulator/scenarios/cases.ts';
import { DEFAULT_USER } from '../../vehicle-simulator/users.ts';

const fleet = demoFleet();
const behaviour = (name: string) => BEHAVIOURS[name] ?? expect.unreachable();
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
    const all = [...new Set(CATALOGUE.map(({ capability }) => capability))];
    for (const { vin, capabilities } of fleet) {
      if (behaviourOf(vin) !== 'incapable') expect(capabilities).toEqual(all);
    }
    for (const { capabilities } of behaving('incapable')) expect(capabilities).toEqual(['light-flash']);
  });

  test('begins with the vehicle that the documentation names', () => {
    expect(fleet[0]?.vin).toBe('WBA11AA0N00000001');
  });

  test('is the default user’s', () => {
    expect(new Set(fleet.map(({ owner }) => owner))).toEqual(new Set([DEFAULT_USER]));
  });

  test('is of both brands and all generations', () => {
    expect(new Set(fleet.map(({ brand }) => brand))).toEqual(new Set(['bmw', 'mini']));
    expect(new Set(fleet.map(({ generation }) => generation))).toEqual(
      new Set(GENERATIONS.map(({ name }) => name)),
    );
  });

  test.each(['normal', 'prompt', 'rejecting', 'sleeping'])('is %s in every generation', (name) => {
    expect(new Set(behaving(name).map(({ generation }) => generation))).toEqual(
      new Set(GENERATIONS.map((generation) => generation.name)),
    );
  });
});

describe('the vehicles that sleep', () => {
  test('are those whose behaviour says so', () => {
    for (const { vin } of fleet) {
      const wakesAfterSeconds = SLEEPERS.get(vin.slice(0, 10));
      expect(wakesAfterSeconds, vin).toBe(BEHAVIOURS[behaviourOf(vin)]?.sleeps?.wakesAfterSeconds);
    }
  });

  test('are those of the scenarios that say so, too', () => {
    const otherwise = allCases().filter(
      ({ vehicle, behaviour }) =>
        SLEEPERS.get(vehicle.vin.slice(0, 10)) !== behaviour.sleeps?.wakesAfterSeconds,
    );
    expect(otherwise).toEqual([]);
  });

  test('wake in time, if they do', () => {
    const late = [...fleet, ...scenarioFleet()].filter(
      ({ vin, generation }) =>
        (SLEEPERS.get(vin.slice(0, 10)) ?? 0) >= vehicleGeneration(generation).wakeUp.longestExpectedSeconds,
    );
    expect(late).toEqual([]);
  });
});

test.each(['WVWZZZ1JZXW000001', 'short', ''])('a vehicle from elsewhere (%j) behaves normally', (vin) => {
  expect(behaviourOf(vin)).toBe('normal');
});

test('a vehicle behaves as its group in the demo fleet, as its case, or normally', () => {
  expect(fleet.filter(({ vin }) => simulatedBehaviour(vin) !== BEHAVIOURS[behaviourOf(vin)])).toEqual([]);
  const otherwise = allCases().filter(
    ({ vehicle, behaviour }) => simulatedBehaviour(vehicle.vin) !== behaviour,
  );
  expect(otherwise).toEqual([]);
  expect(simulatedBehaviour('WVWZZZ1JZXW000001')).toBe(BEHAVIOURS.normal);
});

test('the vehicles of the scenarios are valid, and none of the demo fleet’s', () => {
  expect(scenarioFleet().map((vehicle) => Vehicle.parse(vehicle))).toEqual(scenarioFleet());
  const vins = [...fleet, ...scenarioFleet()].map(({ vin }) => vin);
  expect(new Set(vins).size).toBe(vins.length);
});

test('the steps are those of the behaviour, or of the one service', () => {
  expect(stepsOf(behaviour('shy'), 'LIGHT_FLASH')).toEqual(BEHAVIOURS.shy?.steps);
  expect(stepsOf(behaviour('shy'), 'HORN_BLOW')).toMatchObject([{ state: 'REJECTED' }]);
});

test('the late answer a signal after they were given up, the others everything before', () => {
  for (const { generation } of behaving('late')) {
    const seconds = longestExpectedSeconds(hornBlow, 'PENDING', vehicleGeneration(generation));
    expect(stepsOf(behaviour('late'), hornBlow.vehicleService)[0]?.afterMs).toBeGreaterThan(seconds * 1000);
  }
  for (const service of CATALOGUE) {
    for (const name of Object.keys(BEHAVIOURS).filter((one) => one !== 'late')) {
      const [first] = stepsOf(behaviour(name), service.vehicleService);
      // Whether or not it had to be woken.
      expect(first?.afterMs ?? 0, name).toBeLessThan(service.longestExpectedSeconds.PENDING * 1000);
    }
  }
});
