import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { SCENARIOS } from '../../../vehicle-simulator/scenarios/files.ts';
import { scenario } from './scenario.ts';

// The published file: a test of the contracts says whether it is current.
const FILE = new URL('../../../vehicle-simulator/scenarios/scenario.schema.json', import.meta.url);
const isValid = new Ajv2020({ strictTypes: false }).compile(JSON.parse(readFileSync(FILE, 'utf8')));

test.each(SCENARIOS)('the published schema takes $name', (file) => {
  expect(isValid(file), JSON.stringify(isValid.errors)).toBe(true);
});

test.each<[string, object]>([
  ['an unknown field', { speed: 3 }],
  ['a state that no answer has', { behaviours: { odd: { steps: [{ afterMs: 0, state: 'EXECUTD' }] } } }],
  ['a service that there is not', { services: ['self-destruct'] }],
  ['an end that there is not', { expect: { PENDING: { end: 'PERHAPS', history: [] } } }],
])('and refuses %s', (_, changes) => {
  expect(isValid(scenario())).toBe(true);
  expect(isValid({ ...scenario(), ...changes })).toBe(false);
});
