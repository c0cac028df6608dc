import { expect, test } from 'vitest';
import { QUOTAS, type QuotaOptions, type QuotaReport, quotas } from '../../cost/quotas.ts';
import { quotasText } from '../../cost/tables.ts';
import { TALK } from '../../cost/volumes.ts';
import { bareShape, reading } from './fixture.ts';

const reports = (own: Partial<QuotaOptions> = {}): QuotaReport[] =>
  quotas({
    reading: reading(),
    volumes: TALK,
    shape: bareShape({ waf: true, door: true }),
    region: 'eu-central-1',
    ...own,
  });

const named = (id: string, all = reports()) => {
  const report = all.find((one) => one.id === id);
  if (report === undefined) throw new Error(`There is no quota ${id}`);
  return report;
};

test('publishes in Frankfurt must be raised from ×3 on, in Virginia never', () => {
  const { needs, limit } = named('sns-publishes');

  expect(limit).toBe(1500);
  // 6 publishes × 28.9 commands a second, and four times that at the peak
  expect(needs[0]?.average).toBeCloseTo((6 * 2.5e6) / 86_400, 6);
  expect(needs[0]?.peak).toBeCloseTo((4 * 6 * 2.5e6) / 86_400, 6);
  expect(needs.map(({ exceeded }) => exceeded)).toEqual([false, true, true]);
  const virginia = named('sns-publishes', reports({ region: 'us-east-1' }));
  expect(virginia.needs.map(({ exceeded }) => exceeded)).toEqual([false, false, false]);
});

test('one publish less for each command moves the need by exactly that', () => {
  const less = reading();
  for (const use of less.uses) {
    if (use.resource === 'VehicleMessagesTopic') use.amount /= 2;
  }

  const [today] = named('sns-publishes', reports({ reading: less })).needs;

  expect(today?.average).toBeCloseTo((5 * 2.5e6) / 86_400, 6);
});

test('API calls are held against the account’s quota, and against the stage’s own limit', () => {
  expect(named('api-gateway-requests').needs.map(({ exceeded }) => exceeded)).toEqual([false, true, true]);
  expect(named('stage-throttling').limit).toBe(5000);
});

test('Lambda’s concurrency follows from durations, not from memory', () => {
  const small = reports({ shape: bareShape({ waf: true, memoryOf: () => 256 }) });

  // 277.8 ms of functions for each command (see the estimate’s test), 28.9 commands a second
  expect(named('lambda-concurrency').needs[0]?.average).toBeCloseTo((0.2778 * 2.5e6) / 86_400, 3);
  expect(named('lambda-concurrency', small).needs[0]?.average).toBeCloseTo((0.2778 * 2.5e6) / 86_400, 3);
});

test('the busiest table counts, not all tables together', () => {
  // 2 + 9 writes of each command in the table of events; the leases have a table of their own
  expect(named('dynamodb-writes').needs[0]?.average).toBeCloseTo((11 * 2.5e6) / 86_400, 6);
});

test('the table names what must be raised, and how', () => {
  const text = quotasText(reports(), 'eu-central-1', QUOTAS.date);

  expect(text).toMatch(
    /^ {2}SNS: messages published a second: from ×3 on; ×10 needs 6,944, 4\.6 times as much/m,
  );
  for (const { design } of reports()) expect(text).toContain(design);
  expect(text).not.toMatch(/^ {2}SQS: .* from ×/m);
});
