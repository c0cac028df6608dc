import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Outcome, runCases } from '../../vehicle-simulator/runner/run-cases.ts';
import { select } from '../../vehicle-simulator/runner/select.ts';
import { openStageUnderTest, type StageUnderTest } from '../../vehicle-simulator/runner/stage-under-test.ts';
import { summaryText } from '../../vehicle-simulator/runner/summary.ts';
import type { Case } from '../../vehicle-simulator/scenarios/case.ts';
import { allCases } from '../../vehicle-simulator/scenarios/cases.ts';
import { DEFAULT_USER } from '../../vehicle-simulator/users.ts';
import { BREAKAGES, type Breakage, SLOW_BREAKAGES } from './breakages.ts';
import { type Break, prepareBreak } from './broken-product.ts';
import { startTestStage, type TestStage } from './stage.ts';

/** Cases leave 15 s for a stage under load, and wait for as long: here it is 3 s, in which nothing else comes. */
const SPARE_SECONDS = 12;
/** A vehicle that takes longer, on purpose or as it sleeps, is for the command line. */
const PROMPT_SECONDS = 16;

const hastened = (one: Case): Case => ({
  ...one,
  quietAfterSeconds: Math.max(0, one.quietAfterSeconds - SPARE_SECONDS),
});

/** How fast this machine is, is not what is tested. */
const patient = ({ seconds: [from, until], ...one }: Case): Case => ({ ...one, seconds: [from, until + 60] });

/** Of each behaviour that ends at once, one case: of another service and generation each time. */
function sample(): Case[] {
  const prompt = allCases().filter(({ seconds: [, until] }) => until <= PROMPT_SECONDS);
  const behaviours = Map.groupBy(prompt, ({ id }) => id.split('/').slice(0, 2).join('/'));
  // 16 is prime to the 39 services of generations: it leads through all of them.
  return [...behaviours.values()].flatMap((cases, index) => cases[(16 * index) % cases.length] ?? []);
}

const casesOf = ({ cases }: Breakage) => select(allCases(), cases).map(hastened);
const SEEING = [...BREAKAGES, ...SLOW_BREAKAGES].flatMap(casesOf);
const SAMPLE = [...new Map([...sample().map(hastened), ...SEEING].map((one) => [one.id, one])).values()];

let stage: TestStage;
let access: StageUnderTest;
beforeAll(async () => {
  stage = await startTestStage();
  await stage.put(
    stage.output('VehiclesTable'),
    SAMPLE.map(({ vehicle }) => marshall(vehicle)),
  );
  access = await openStageUnderTest({
    target: stage.url,
    stage: undefined,
    environment: undefined,
    user: DEFAULT_USER,
    token: undefined,
  });
}, 60_000);
afterAll(() => stage?.stop(), 60_000);

const run = (cases: readonly Case[], patienceSeconds: number, concurrency = 10): Promise<Outcome[]> =>
  runCases(cases, access, {
    rate: 20,
    // Few at once: on a machine that is busy otherwise, everything takes longer and nothing is lost.
    concurrency,
    patienceSeconds,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });

it('a sample of the scenarios holds', async () => {
  const outcomes = await run(SAMPLE.map(patient), 30, 25);
  expect(SAMPLE.length).toBeGreaterThanOrEqual(60);
  expect(
    outcomes.every(({ result }) => result === 'HELD'),
    summaryText(outcomes),
  ).toBe(true);
}, 240_000);

describe('scenarios fail if', () => {
  const breaks = new Map<Breakage, Break>();
  const slow = new Map<Breakage, Promise<Outcome[]>>();
  beforeAll(async () => {
    for (const breakage of [...BREAKAGES, ...SLOW_BREAKAGES]) {
      breaks.set(breakage, await prepareBreak(breakage.changes));
    }
    await fallAsleep();
    for (const breakage of SLOW_BREAKAGES) {
      breaks.get(breakage)?.(stage);
      const outcome = runBroken(breakage);
      outcome.catch(() => undefined);
      slow.set(breakage, outcome);
    }
  }, 60_000);
  afterAll(() => Promise.allSettled(slow.values()), 60_000);

  it.each(BREAKAGES)('$name', { timeout: 60_000 }, async (breakage) => {
    const mend = breaks.get(breakage)?.(stage);
    try {
      expectSeen(breakage, await runBroken(breakage));
    } finally {
      mend?.();
    }
  });

  it.each(SLOW_BREAKAGES)('$name', { timeout: 90_000 }, async (breakage) => {
    expectSeen(breakage, (await slow.get(breakage)) ?? []);
  });
});

/** Those that were woken a short while ago would still be awake. */
async function fallAsleep(): Promise<void> {
  const { TableNames } = await stage.dynamoDb.call('ListTables', {});
  const TableName = (TableNames as string[]).find((name) => name.includes('WakeUps')) ?? expect.unreachable();
  for (const { vehicle } of SLOW_BREAKAGES.flatMap(casesOf)) {
    await stage.dynamoDb.call('DeleteItem', { TableName, Key: { vin: { S: vehicle.vin } } });
  }
}

const runBroken = (breakage: Breakage) => run(casesOf(breakage), breakage.patienceSeconds ?? 0);

/** By the fault that it is, not because everything takes too long. */
function expectSeen({ fault }: Breakage, outcomes: readonly Outcome[]): void {
  expect(outcomes.flatMap(({ faults }) => faults)).toContainEqual(expect.stringMatching(fault));
}
