import type { Scenario } from '../../../vehicle-simulator/scenarios/scenario.ts';

/** A scenario of one case, in which a horn is blown. */
export const scenario = (overrides: Partial<Scenario> = {}): Scenario => ({
  $schema: './scenario.schema.json',
  name: 'made-up',
  description: 'of a test',
  services: ['horn-blow'],
  generations: ['mqtt-2021'],
  statuses: ['PENDING'],
  seed: 7,
  behaviours: { executes: { steps: [{ afterMs: 100, state: 'EXECUTED' }] } },
  expect: { PENDING: { end: 'EXECUTED', history: [{ status: 'EXECUTED' }] } },
  ...overrides,
});
