import { expect, test } from 'vitest';
import { logarithmic, logarithmicFromZero, scaledAxis, timeStep } from '../../../loadtest/report/scale.ts';

test.each([
  [20, 2],
  [600, 60],
  [11_220, 1800],
])('in %i seconds there is a tick each %i', (seconds, step) => {
  expect(timeStep(seconds)).toBe(step);
});

test('logarithmic ticks enclose all values', () => {
  expect(logarithmic([30, 400, 0]).ticks).toEqual([20, 50, 100, 200, 500]);
  expect(logarithmic([100]).ticks).toEqual([100]);
});

test('ticks of a wide range are powers of ten', () => {
  expect(logarithmic([2, 90_000]).ticks).toEqual([1, 10, 100, 1000, 10_000, 100_000]);
});

test('what is not above 0 has no place on a logarithmic axis, but on that for counts', () => {
  expect(logarithmic([1, 10]).toAxis(0)).toBeUndefined();
  const counts = logarithmicFromZero([0, 6000]);
  expect(counts.toAxis(0)).toBe(0);
  expect(counts.ticks).toEqual([0, 1, 10, 100, 1000, 10_000]);
});

test('an axis says values, not their logarithms', () => {
  const { min, max, axisLabel } = scaledAxis(logarithmicFromZero([100]), (value) => `${value} m`);
  expect([min, max]).toEqual([0, Math.log10(101)]);
  expect([0, Math.log10(2), Math.log10(11), Math.log10(101)].map(axisLabel.formatter)).toEqual([
    '0 m',
    '1 m',
    '10 m',
    '100 m',
  ]);
});
