import { expect, test } from 'vitest';
import { type Estimate, type EstimateOptions, estimate } from '../../cost/estimate.ts';
import { monthly } from '../../cost/monthly.ts';
import { pricesOf } from '../../cost/prices/prices.ts';
import { assumptionsText, estimateText } from '../../cost/tables.ts';
import { DAYS, TALK } from '../../cost/volumes.ts';
import type { MeterReading, Unit } from '../../local/metering/meter-reading.ts';
import { bareShape, reading } from './fixture.ts';

const VOLUMES = { commandsPerDay: 1_000_000 / DAYS, apiCallsPerDay: 40_000_000 / DAYS };
const options = (own: Partial<EstimateOptions> = {}): EstimateOptions => ({
  reading: reading(),
  volumes: VOLUMES,
  shape: bareShape(),
  prices: pricesOf('eu-central-1'),
  durations: 'stated',
  freeTier: false,
  ...own,
});

const service = ({ services }: Estimate, name: string) =>
  services.find((part) => part.name === name)?.perMonth ?? 0;

test('a million commands cost what a hand count says', () => {
  const found = estimate(options());

  // 40 million calls at 3.70
  expect(service(found, 'API Gateway')).toBeCloseTo(148, 6);
  // 6 million publishes at 0.50
  expect(service(found, 'SNS')).toBeCloseTo(3, 6);
  // 20.5 million requests at 0.40: 1 + 1 + 2 + 4 + 4 + 1 + 3 + 4.5 of each command
  expect(service(found, 'SQS')).toBeCloseTo(8.2, 6);
  // 2 million requests at 0.40
  expect(service(found, 'EventBridge Pipes')).toBeCloseTo(0.8, 6);
  // 5 executions: 5.00, and 6 times 100 ms × 64 MB: event creation takes two steps
  expect(service(found, 'Step Functions')).toBeCloseTo(5 + 6 * 0.00625e6 * 0.00001667, 6);
  // 60,000 traces at 5.00 a million
  expect(service(found, 'X-Ray')).toBeCloseTo(0.3, 6);
});

test('Lambda’s GB-seconds are those of the stated durations', () => {
  const found = estimate(options());

  // Invocations × ms: IdentityAuthorize 0.1 × 8, Validate 8, Enrich 8, Send 0.5 × 58, Deserialise 68,
  // Persistence 2 × 28, Distribution 0.5 × 78, LifecycleWatch 1.5 × 18, LifecycleCheck 1.5 × 28; of 512 MB
  const gbSeconds = (0.8 + 8 + 8 + 29 + 68 + 56 + 39 + 27 + 42) * 1000 * 0.5;
  const requests = 0.1 + 1 + 1 + 0.5 + 1 + 2 + 0.5 + 1.5 + 1.5;
  expect(service(found, 'Lambda')).toBeCloseTo(requests * 0.2 + gbSeconds * 0.0000133334, 6);
});

test('a function of which nothing is stated keeps its metered duration, and that is said', () => {
  const own = reading();
  own.uses.push(
    { block: 'traffic', resource: 'Made up', unit: 'lambda:requests', amount: 1e6 },
    { block: 'traffic', resource: 'Made up', unit: 'lambda:gb-seconds', amount: 1e6 },
  );

  const more = estimate(options({ reading: own }));

  expect(service(more, 'Lambda') - service(estimate(options()), 'Lambda')).toBeCloseTo(0.2 + 13.3334, 6);
  expect(more.assumptions.join()).toContain('Durations as measured, for none is stated: traffic/Made up');
});

test('durations may be the metered ones', () => {
  const measured = estimate(options({ durations: 'measured' }));

  // 0.0001 + 0.002 + 0.002 + 0.005 + 0.01 + 0.02 + 0.005 + 0.01 + 0.01 GB-seconds of each command
  expect(service(measured, 'Lambda')).toBeCloseTo(9.1 * 0.2 + 64_100 * 0.0000133334, 6);
});

test.each<[Unit, number]>([
  ['sns:requests', 0.5],
  ['sqs:requests', 0.4],
  ['dynamodb:write-units', 0.7625],
  ['x-ray:traces', 5],
  ['step-functions:express-requests', 1],
])('a million more of %s cost %d USD more', (unit, usd) => {
  const more: MeterReading = reading();
  more.uses.push({ block: 'event-processing', resource: 'more', unit, amount: 1e6 });

  const difference = estimate(options({ reading: more })).total.perMonth - estimate(options()).total.perMonth;

  expect(difference).toBeCloseTo(usd, 6);
});

test('commands and polls grow on their own', () => {
  const amount = (commandsPerDay: number, apiCallsPerDay: number, unit: Unit, block: string) =>
    monthly({ ...options(), volumes: { commandsPerDay, apiCallsPerDay } })
      .uses.filter((use) => use.key === unit && use.block === block)
      .reduce((sum, use) => sum + use.amount, 0);

  expect(amount(2000, 40_000, 'api-gateway:requests', 'status-polls')).toBeCloseTo(38_000 * DAYS, 4);
  expect(amount(2000, 40_000, 'api-gateway:requests', 'event-creation')).toBeCloseTo(2000 * DAYS, 4);
  expect(amount(2000, 80_000, 'sns:requests', 'event-creation')).toBeCloseTo(4000 * DAYS, 4);
});

test('fewer API calls than the commands need are refused', () => {
  expect(() => estimate(options({ volumes: { commandsPerDay: 1000, apiCallsPerDay: 999 } }))).toThrow(
    '999 API calls a day are fewer than 1000 commands need',
  );
});

test('a reading without commands is refused', () => {
  expect(() => estimate(options({ reading: { ...reading(), commands: 0 } }))).toThrow('has no commands');
});

test('polls that the reading does not have are counted as stated', () => {
  const found = estimate(options({ reading: reading(1_000_000, 0) }));

  expect(service(found, 'API Gateway')).toBeCloseTo(148, 6);
  expect(found.assumptions.join()).toContain('The reading has no status polls');
});

test('the simulator is not a part of the bill', () => {
  expect(estimate(options()).blocks.map(({ name }) => name)).not.toContain('vehicle-simulator');
});

test('services and blocks both add up to the total, and shares to one', () => {
  const { services, blocks, total } = estimate(options());

  for (const parts of [services, blocks]) {
    expect(parts.reduce((sum, { perMonth }) => sum + perMonth, 0)).toBeCloseTo(total.perMonth, 6);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 10);
  }
  expect(total.perMillionCommands).toBeCloseTo(total.perMonth, 6);
});

test('what a stage keeps is paid by the month', () => {
  const { uses } = monthly({ ...options(), shape: bareShape({ pointInTimeRecovery: true }) });

  // 1,000,000 commands a month × 90 of 30.4 days × 2,500 bytes
  const gb = ((1e6 / DAYS) * 90 * 2500) / 2 ** 30;
  expect(uses.find(({ key }) => key === 'dynamodb:gb-months')?.amount).toBeCloseTo(gb, 6);
  expect(uses.find(({ key }) => key === 'dynamodb:recovery-gb-months')?.amount).toBeCloseTo(gb, 6);
});

test('a door costs LCU-hours, endpoint bytes and looks of the firewall', () => {
  const { uses } = monthly({ ...options(), volumes: TALK, shape: bareShape({ door: true, waf: true }) });
  const amount = (key: string) => uses.find((use) => use.key === key)?.amount;

  expect(amount('waf:requests')).toBeCloseTo(100e6 * DAYS, 0);
  expect(amount('endpoint:bytes')).toBeCloseTo(100e6 * DAYS * 2000, 0);
  // 100 million calls of 2,000 bytes in 24 hours are 7.76 GB an hour, more than any other dimension
  expect(amount('load-balancer:lcu-hours')).toBeCloseTo((730 * (100e6 * 2000)) / 24 / 2 ** 30, 3);
});

test('a door’s bytes are the metered ones where there are some', () => {
  const own = reading();
  own.uses.push(
    { block: 'status-polls', resource: 'LoadBalancer', unit: 'load-balancer:requests', amount: 10 },
    { block: 'status-polls', resource: 'LoadBalancer', unit: 'load-balancer:bytes', amount: 30_000 },
  );

  const { uses } = monthly({ ...options({ reading: own }), shape: bareShape({ door: true }) });

  expect(uses.find(({ key }) => key === 'endpoint:bytes')?.amount).toBeCloseTo(40e6 * 3000, 0);
});

test('a quiet reading is said to be one', () => {
  const quiet = { ...reading(100), to: '2026-01-01T01:00:00Z' };

  expect(estimate(options({ reading: quiet })).assumptions.join()).toContain('of a quiet stage');
  expect(estimate(options()).assumptions.join()).not.toContain('of a quiet stage');
});

test('the table says all of it', () => {
  const found = estimate(options());
  const text = estimateText(found);

  for (const { name } of [...found.services, ...found.blocks, ...found.alternatives])
    expect(text).toContain(name);
  for (const line of [...found.claim, ...found.assumptions]) expect(text).toContain(line);
  expect(text).toMatch(/^API Gateway\* +148\.00 +148\.00 /m);
  expect(text).toMatch(/^SNS +3\.00 +3\.00 /m);
  for (const line of found.alternatives.flatMap(({ assumptions }) => assumptions)) {
    expect(assumptionsText(found)).toContain(line);
  }
});
