import { expect, test } from 'vitest';
import * as z from 'zod';
import { vehicleFinder } from '../../functions/remote-services/vehicle-finder.ts';
import { demoFleet } from '../../vehicle-simulator/fleet.ts';
import { resultOf } from '../../vehicle-simulator/vehicle/result.ts';

const Found = z.object({
  position: z.object({ latitude: z.number(), longitude: z.number(), heading: z.int() }),
});
const positionOf = (vin: string) => Found.parse(resultOf('VEHICLE_FINDER', vin)).position;
const vins = demoFleet().map(({ vin }) => vin);
const positions = vins.map(positionOf);

test('a vehicle is always at the same place, in the form that the catalogue asks for', () => {
  for (const [index, vin] of vins.entries()) {
    expect(positionOf(vin)).toEqual(positions[index]);
    expect(vehicleFinder.result?.safeParse(resultOf('VEHICLE_FINDER', vin)).success).toBe(true);
  }
});

test('vehicles are spread over 20 km, each in a place of its own, and look in all directions', () => {
  expect(new Set(positions.map((position) => JSON.stringify(position))).size).toBe(vins.length);
  const span = (values: number[]) => Math.max(...values) - Math.min(...values);
  const kilometres = [
    span(positions.map(({ latitude }) => latitude)) * 111,
    span(positions.map(({ longitude }) => longitude)) * 74,
  ];
  for (const distance of kilometres) {
    expect(distance).toBeGreaterThan(18);
    expect(distance).toBeLessThanOrEqual(20.001);
  }
  expect(new Set(positions.map(({ heading }) => Math.floor(heading / 90))).size).toBe(4);
});

test.each(['HORN_BLOW', 'SEAT_HEATING', ''])('of %j nothing is reported', (service) => {
  expect(resultOf(service, vins[0] ?? '')).toBeUndefined();
});
