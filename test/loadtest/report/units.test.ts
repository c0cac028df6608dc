import { expect, test } from 'vitest';
import { bytes, decimal, duration, milliseconds } from '../../../loadtest/report/units.ts';

test.each([
  [0, '0 ms'],
  [4.24, '4.2 ms'],
  [48.4, '48 ms'],
  [1234.4, '1,234 ms'],
  [12_345, '12.3 s'],
])('%s ms are %s', (number, text) => {
  expect(milliseconds(number)).toBe(text);
});

test.each([
  [0, '0 s'],
  [59.6, '1 min'],
  [90, '1:30 min'],
  [605, '10:05 min'],
  [3599.7, '1 h'],
  [11_220, '3 h 7 min'],
])('%s s are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('rates have a decimal where they are low, sizes a unit that fits', () => {
  expect([99.94, 2028.3].map(decimal)).toEqual(['99.9', '2,028']);
  expect([512 * 1024 ** 2, 1.5 * 1024 ** 3].map(bytes)).toEqual(['512 MB', '1.5 GB']);
});
