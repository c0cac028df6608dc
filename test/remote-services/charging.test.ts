import { expect, test } from 'vitest';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { vehicle } from '../factories.ts';

const { request, rules } = remoteService('charging-settings');
const accepts = (body: unknown): boolean => request.safeParse(body).success;

test.each([
  [20, true],
  [75, true],
  [100, true],
  [null, true],
  [15, false],
  [19, false],
  [105, false],
  [77, false],
  [75.5, false],
  [1e20, false],
  [-20, false],
  ['75', false],
  [true, false],
  [[75], false],
])('the charging target %j is valid: %s', (chargingTarget, valid) => {
  expect(accepts({ chargingTarget, acLimitValue: 16 })).toBe(valid);
  expect(accepts({ chargingTarget })).toBe(valid);
});

test.each([
  [6, true],
  [16, true],
  [32, true],
  [80, true],
  [null, true],
  [5, false],
  [81, false],
  [400, false],
  [16.5, false],
  [0, false],
  [-16, false],
  ['16', false],
  [{}, false],
])('the current limit %j is valid: %s', (acLimitValue, valid) => {
  expect(accepts({ chargingTarget: 75, acLimitValue })).toBe(valid);
  expect(accepts({ acLimitValue })).toBe(valid);
});

test.each([
  [{}],
  [{ chargingTarget: null }],
  [{ acLimitValue: null }],
  [{ chargingTarget: null, acLimitValue: null }],
])('%j sets nothing, which is refused', (body) => {
  expect(accepts(body)).toBe(true);
  expect(rules?.(body, vehicle())).toMatch(/chargingTarget, acLimitValue or both/);
});

test.each([
  [{ chargingTarget: 75 }],
  [{ acLimitValue: 16 }],
  [{ chargingTarget: 75, acLimitValue: null }],
  [{ chargingTarget: null, acLimitValue: 16 }],
  [{ chargingTarget: 75, acLimitValue: 16 }],
])('%j sets something', (body) => {
  expect(accepts(body)).toBe(true);
  expect(rules?.(body, vehicle())).toBeUndefined();
});
