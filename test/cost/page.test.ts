import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compare, compareText } from '../../cost/compare.ts';
import { Cuts, cutsText, recordedCuts } from '../../cost/cuts.ts';
import { type EstimateOptions, estimate } from '../../cost/estimate.ts';
import { costPage } from '../../cost/page.ts';
import { pricesOf } from '../../cost/prices/prices.ts';
import { isOfFailedTest, newestReading, readingOf } from '../../cost/readings.ts';
import { TALK } from '../../cost/volumes.ts';
import { scratchFolder } from '../scratch.ts';
import { bareShape, reading } from './fixture.ts';

const options = (own: Partial<EstimateOptions> = {}): EstimateOptions => ({
  reading: reading(),
  volumes: TALK,
  shape: bareShape({ door: true, waf: true }),
  prices: pricesOf('eu-central-1'),
  durations: 'stated',
  freeTier: false,
  ...own,
});

test('the page has a chart for services, blocks and alternatives, and needs nothing from elsewhere', () => {
  const found = estimate(options());
  const html = costPage(found);

  expect(html.match(/<svg /g)).toHaveLength(3);
  for (const { name } of [...found.services, ...found.blocks, ...found.alternatives])
    expect(html).toContain(name);
  expect(html).not.toMatch(/(src|href)=|<script|@import|url\(/);
});

test('two readings are held against each other, unit by unit', () => {
  const less = reading();
  for (const use of less.uses) {
    if (use.resource === 'LifecycleQueue') use.amount = 0;
  }
  const differences = compare(options(), options({ reading: less }));

  const queues = differences.find(
    ({ block, unit }) => block === 'event-processing' && unit === 'sqs:requests',
  );
  // 3 of 12.5 requests of each command
  expect(queues).toMatchObject({ before: 12.5, after: 9.5 });
  expect((queues?.usdBefore ?? 0) - (queues?.usdAfter ?? 0)).toBeCloseTo(3 * 0.4, 6);
  const text = compareText(differences);
  expect(text).toMatch(/^event-processing +sqs:requests +12\.5 +9\.5 +5\.00 +3\.80 +−1\.20$/m);
  expect(text).toMatch(/^total .*−1\.20$/m);
});

test('what made it cheaper is on record by its schema', () => {
  for (const { region } of recordedCuts().cuts) expect(() => pricesOf(region)).not.toThrow();
  expect(cutsText({ readings: '', cuts: [] })).toContain('No cut is on record yet');
});

const CUT = {
  change: 'One watch for each command',
  reason: 'a watch goes on in the status that it finds',
  region: 'eu-central-1',
  date: '2026-11-22',
  usdPerMillionCommands: { before: 200, after: 190 },
  withoutPolls: { before: 50, after: 40 },
};

test('a cut is told with before and after', () => {
  const text = cutsText(Cuts.parse({ readings: 'Of 200 commands.', cuts: [CUT] }));
  expect(text).toMatch(
    /2026-11-22 +eu-central-1 +50\.00 +40\.00 +−20\.0 % +200\.00 +190\.00 +−5\.0 % +One watch/,
  );
  expect(text).toContain('Of 200 commands.');
  const dearer = { ...CUT, usdPerMillionCommands: { before: 40, after: 50 } };
  expect(Cuts.safeParse({ readings: '', cuts: [dearer] }).success).toBe(false);
});

test('the newest reading is taken, and a file that is none is refused in one line', () => {
  const folder = scratchFolder('readings-');
  expect(newestReading(join(folder, 'nowhere'))).toBeUndefined();
  mkdirSync(join(folder, 'smoke-1'));
  expect(newestReading(folder)).toBeUndefined();

  const file = join(folder, 'smoke-1', 'meter.json');
  writeFileSync(file, JSON.stringify(reading(10)));
  expect(newestReading(folder)).toBe(file);
  expect(readingOf(file).commands).toBe(10);
  expect(isOfFailedTest(file)).toBe(false);
  writeFileSync(join(folder, 'smoke-1', 'result.json'), '{"passed":false}');
  expect(isOfFailedTest(file)).toBe(true);

  writeFileSync(file, '{"commands":1}');
  expect(() => readingOf(file)).toThrow(/is no reading of a meter: .*npm run loadtest -- talk-short/);
  writeFileSync(file, 'nothing');
  expect(() => readingOf(file)).toThrow('is not JSON');
  expect(() => readingOf(join(folder, 'gone.json'))).toThrow('There is no file');
});
