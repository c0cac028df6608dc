import { expect, test } from 'vitest';
import type { Ours } from '../../cost/alternatives/alternative.ts';
import { GUIDANCE } from '../../cost/alternatives/guidance.ts';
import { monolith, nodes, SIZING } from '../../cost/alternatives/monolith.ts';
import { PILOT } from '../../cost/alternatives/pilot.ts';
import { bill, sum, type Use } from '../../cost/bill.ts';
import { estimate } from '../../cost/estimate.ts';
import { monthly } from '../../cost/monthly.ts';
import { pricesOf } from '../../cost/prices/prices.ts';
import { TALK, type Volumes } from '../../cost/volumes.ts';
import { bareShape, reading } from './fixture.ts';

const prices = pricesOf('eu-central-1');

function ours(volumes: Volumes = TALK): Ours {
  const shape = bareShape({ door: true, waf: true });
  const month = monthly({ reading: reading(), volumes, shape, durations: 'stated' });
  return { monthly: month, lines: bill(month.uses, prices), shape };
}

const amount = (uses: readonly Use[], key: string): number =>
  uses.filter((use) => use.key === key).reduce((total, use) => total + use.amount, 0);

test('the pilot has connectors in the place of the function that calls the broker', () => {
  const system = ours();
  const uses = PILOT.uses(system);

  expect(uses.some(({ resource }) => resource === 'Send')).toBe(false);
  // Two tasks for each of three kinds of vehicles, though 350 messages a second would need one.
  expect(amount(uses, 'fargate:vcpu-hours')).toBe(6 * 730);
  expect(amount(uses, 'fargate:gb-hours')).toBe(12 * 730);
  expect(amount(uses, 'sqs:requests')).toBe(amount(system.monthly.uses, 'sqs:requests'));
});

test('the pilot’s connectors grow with the peak', () => {
  // 100 times 28.9 commands a second, three messages each, four times at the peak: 34,722; 24 tasks for each kind
  const busy = { commandsPerDay: 250e6, apiCallsPerDay: 10_000e6 };

  expect(amount(PILOT.uses(ours(busy)), 'fargate:vcpu-hours')).toBe(3 * 24 * 730);
});

test('the monolith is sized for its peak, with a zone in reserve', () => {
  // (1,157.4 calls + 28.9 × 10) × 4 / 200 / 0.6 / 4 vCPU × 1.5 × 1.1 = 19.9
  expect(nodes(ours(), SIZING)).toBe(20);
  expect(nodes(ours(), { callsPerVcpu: 100 })).toBe(40);
  expect(nodes(ours({ commandsPerDay: 1000, apiCallsPerDay: 40_000 }), SIZING)).toBe(3);
});

test('the monolith has the same firewall and answers, and no API Gateway', () => {
  const system = ours();
  const uses = monolith(SIZING).uses(system);

  for (const key of ['waf:requests', 'data-transfer:bytes', 'load-balancer:lcu-hours']) {
    expect(amount(uses, key)).toBe(amount(system.monthly.uses, key));
  }
  expect(amount(uses, 'api-gateway:requests')).toBe(0);
  // 5,787 queries a second at the peak / 2,000 / 0.6 are 4.8 vCPUs: twice a machine of four
  expect(amount(uses, 'rds:db.r6g.xlarge-multi-az-hours')).toBe(2 * 730);
});

test('the guidance has a function for each call, and a rule for each answer', () => {
  const system = ours();
  const { commands, apiCalls } = system.monthly;
  const uses = GUIDANCE.uses(system);

  expect(amount(uses, 'api-gateway:requests')).toBeCloseTo(apiCalls, 3);
  expect(amount(uses, 'lambda:requests')).toBeCloseTo(apiCalls + 2 * commands, 3);
  expect(amount(uses, 'iot-core:rules')).toBeCloseTo(2 * commands, 3);
  expect(amount(uses, 'dynamodb:write-units')).toBeCloseTo(3 * commands, 3);
  // ms × GB: a command 28 × 0.25, a poll 18 × 0.25, an answer 28 × 0.125
  expect(amount(uses, 'lambda:gb-seconds')).toBeCloseTo(
    commands * 0.007 + (apiCalls - commands) * 0.0045 + 2 * commands * 0.0035,
    0,
  );
});

test('all of them leave the broker’s messages out', () => {
  for (const { uses } of [PILOT, monolith(SIZING), GUIDANCE]) {
    expect(amount(uses(ours()), 'iot-core:messages')).toBe(0);
  }
});

test('the break-even that is told is one', () => {
  const system = ours();
  const found = estimate({
    reading: reading(),
    volumes: TALK,
    shape: system.shape,
    prices,
    durations: 'stated',
    freeTier: false,
  });

  const [, calls] = found.claim.join(' ').match(/answered (\d+) calls a second/) ?? [];
  const costs = sum(bill(monolith({ callsPerVcpu: Number(calls) }).uses(system), prices));

  // Nodes are whole, and calls are rounded.
  expect(found.total.perMonth / costs).toBeCloseTo(0.8, 1);
});
