import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { openStage } from '../../bin/stage-access.ts';
import { ENVIRONMENTS, type EnvironmentName } from '../../lib/stages.ts';
import { releaseRecords, trafficControl } from '../../release/aws.ts';
import { partsOf } from '../../release/parts.ts';
import type { ReleaseRecord } from '../../release/record.ts';
import { release } from '../../release/release.ts';
import type { ReleaseRecords, TrafficControl } from '../../release/stage.ts';
import { runCases } from '../../vehicle-simulator/runner/run-cases.ts';
import { select } from '../../vehicle-simulator/runner/select.ts';
import { openStageUnderTest } from '../../vehicle-simulator/runner/stage-under-test.ts';
import type { Case } from '../../vehicle-simulator/scenarios/case.ts';
import { allCases } from '../../vehicle-simulator/scenarios/cases.ts';
import { DEFAULT_USER } from '../../vehicle-simulator/users.ts';
import { accepted, eventually, follow, trigger } from './app.ts';
import { BREAKAGES } from './breakages.ts';
import { type Break, prepareBreak } from './broken-product.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

/** One case in a hundred sees it. */
const BREAKAGE = BREAKAGES.find(({ name }) => name === 'a vehicle is sent what it cannot do');
/** They end at once; how fast this machine is, is not what is tested, and what comes much later, neither. */
const hastened = (one: Case): Case => ({ ...one, seconds: [0, 60], quietAfterSeconds: 1 });
/** Must be refused, so what is wrong shows at once. */
const toBeRefused = (filter: string | undefined): Case[] =>
  select(allCases(), filter).map((one) => ({ ...hastened(one), seconds: [0, 3] }));
const seeing = toBeRefused(BREAKAGE?.cases);
const others = select(allCases(), 'answers/executes-at-once/*')
  .concat(select(allCases(), 'rejections/driving/*'))
  .slice(0, 100 - seeing.length)
  .map(hastened);
const CASES = [...seeing, ...others];
/** The same at another vehicle: the first one has been sent what it cannot do, and may be busy for a while. */
const seeingProbe = toBeRefused('refusals/lacks-the-capability/CREATED/mqtt-2021/light-flash');
const PROBES = others.slice(0, 3);

/** Few: more of them say nothing more. */
const CUSTOMERS = 3;

/** Of seconds where a stage takes minutes. */
const STEPS = [
  { percent: 10, seconds: 2 },
  { percent: 50, seconds: 60 },
  { percent: 100, seconds: 2 },
];
const QUICK_STEPS = STEPS.map(({ percent }) => ({ percent, seconds: 1 }));

let stage: TestStage;
let records: ReleaseRecords;
let traffic: TrafficControl;
let breakIt: Break;
/** Requests that became commands, whether they were accepted then or not, by environment. */
const created = { blue: 0, green: 0 };
beforeAll(async () => {
  stage = await startTestStage({}, { environments: ENVIRONMENTS, alarms: true });
  await stage.put(
    stage.output('VehiclesTable'),
    [...CASES, ...seeingProbe].map(({ vehicle }) => marshall(vehicle)),
  );
  const access = await openStage({ target: stage.url });
  records = releaseRecords(access);
  traffic = trafficControl(access);
  stage.messaging.onPublish((_, text) => {
    const { data } = Published.parse(JSON.parse(text));
    if (data?.status === 'CREATED') created[data.environment] += 1;
  });
  breakIt = await prepareBreak(BREAKAGE?.changes ?? []);
}, 60_000);
afterAll(() => stage?.stop(), 60_000);

interface Wanted {
  readonly cases: readonly Case[];
  readonly probes?: readonly Case[];
  readonly steps?: typeof STEPS;
  /** What the new version is. */
  readonly deploy?: (environment: EnvironmentName) => void;
}

async function releaseIt({
  cases,
  probes = [],
  steps = QUICK_STEPS,
  deploy,
}: Wanted): Promise<ReleaseRecord> {
  const { signal } = new AbortController();
  const who = { user: DEFAULT_USER };
  return release(
    await partsOf({
      access: await openStage({ target: stage.url }),
      base: stage.url,
      who,
      deploy: async (environment) => {
        deploy?.(environment);
        return 'of the test';
      },
      cases,
      scenarios: 'all',
      alarmSeconds: 0,
      openStageUnderTest: (environment) =>
        openStageUnderTest({ target: stage.url, stage: undefined, environment, ...who, token: undefined }),
      run: (some, underTest) =>
        runCases(some, underTest, {
          rate: 20,
          concurrency: 20,
          patienceSeconds: 10,
          signal,
          onProgress: () => undefined,
        }),
      probes,
      steps,
      tell: () => undefined,
      onProgress: () => undefined,
      signal,
    }),
  );
}

const story = ({ steps }: ReleaseRecord) => steps.map(({ what }) => what);
const blue = async () => {
  const { blue: table, version, applied } = await traffic.traffic();
  expect({ door: await traffic.door(), applied }).toEqual({ door: table, applied: version });
  return table;
};

it('a version that fails one scenario in a hundred is not released', async () => {
  expect(CASES).toHaveLength(100);
  let mend: (() => void) | undefined;
  const record = await releaseIt({
    cases: CASES,
    deploy: (environment) => {
      expect(environment).toBe('green');
      mend = breakIt(stage, environment);
    },
  });
  mend?.();
  expect(record).toMatchObject({ state: 'REFUSED', environment: 'green' });
  expect(story(record)).toEqual(['opened', 'deployed', 'refused']);
  expect(record.steps.at(-1)?.detail).toContain(seeing[0]?.id);
  expect(record.steps.at(-1)?.detail).toContain('99 of 100');
  expect(await blue()).toBe(100);
  // Customers were on the other environment, which was whole.
  const [vin = ''] = vehicles('prompt').take();
  const polls = await follow(stage.app, await accepted(stage.app, vin));
  expect(polls.at(-1)?.body.eventStatus).toBe('EXECUTED');
}, 120_000);

const Published = z.object({
  data: z.object({ status: z.string().optional(), environment: z.enum(ENVIRONMENTS) }).optional(),
});

/** Customers of a stage, who send one command after the other. */
async function customers<Result>(during: () => Promise<Result>) {
  const commands: { environment: string | undefined; end: string }[] = [];
  const refusals: number[] = [];
  let over = false;
  const customer = async (vin: string) => {
    while (!over) {
      const { status, body } = await trigger(stage.app, vin);
      if (status !== 202) {
        refusals.push(status);
        continue;
      }
      const environment = await environmentOf(body.eventId);
      const polls = await follow(stage.app, body.eventId, { intervalMs: 250 });
      commands.push({ environment, end: polls.at(-1)?.body.eventStatus });
    }
  };
  const all = Promise.all(vehicles('prompt').take(CUSTOMERS).map(customer));
  try {
    const result = await during();
    return { result, commands, refusals };
  } finally {
    over = true;
    await all;
  }
}

it('one whose probes begin to fail at half of traffic is taken back at once', async () => {
  const {
    result: record,
    commands,
    refusals,
  } = await customers(async () => {
    const released = releaseIt({ cases: others.slice(0, 5), probes: seeingProbe, steps: STEPS });
    await eventually(async () => expect((await traffic.traffic()).blue).toBe(50), 60_000);
    const mend = breakIt(stage, 'green');
    return released.finally(mend);
  });
  expect(record.state).toBe('ROLLED_BACK');
  expect(story(record)).toEqual(['opened', 'deployed', 'proved', 'shifted', 'shifted', 'rolled-back']);
  expect(record.steps.at(-1)?.detail).toContain(seeingProbe[0]?.id);
  expect(await blue()).toBe(100);
  // What the probe sees, customers have not met.
  expect(refusals).toEqual([]);
  expect(new Set(commands.map(({ end }) => end))).toEqual(new Set(['EXECUTED']));
}, 120_000);

it('one that holds takes over step by step, and the next is the other one’s', async () => {
  const record = await releaseIt({ cases: others.slice(0, 5), probes: PROBES });
  expect(record).toMatchObject({ state: 'RELEASED', environment: 'green' });
  expect(story(record)).toEqual([
    'opened',
    'deployed',
    'proved',
    'shifted',
    'shifted',
    'shifted',
    'released',
  ]);
  expect(await blue()).toBe(0);
  const [vin = ''] = vehicles('prompt').take(9).slice(-1);
  expect(await environmentOf(await accepted(stage.app, vin))).toBe('green');
}, 120_000);

it('one that begins to fail at half of traffic is taken back by itself, and the other environment does not notice', async () => {
  created.green = 0;
  const { result: record, commands } = await customers(async () => {
    const released = releaseIt({ cases: others.slice(0, 5), steps: STEPS });
    await eventually(async () => expect((await traffic.traffic()).blue).toBe(50), 60_000);
    stage.faults.set({ faults: [{ fault: 'function-crashes', function: 'blue*Validate', when: 'before' }] });
    return released.finally(() => stage.faults.set({ faults: [] }));
  });
  expect(record).toMatchObject({ state: 'ROLLED_BACK', environment: 'blue' });
  expect(story(record)).toEqual(['opened', 'deployed', 'proved', 'shifted', 'shifted', 'rolled-back']);
  expect(record.steps.at(-1)?.detail).toMatch(/alarm/i);
  expect(await blue()).toBe(0);
  const ofGreen = commands.filter(({ environment }) => environment === 'green');
  expect(ofGreen.length).toBeGreaterThan(0);
  // None was refused there.
  expect(created.green).toBe(ofGreen.length);
  expect(new Set(ofGreen.map(({ end }) => end))).toEqual(new Set(['EXECUTED']));
  expect((await records.list()).map(({ state }) => state)).toEqual([
    'ROLLED_BACK',
    'RELEASED',
    'ROLLED_BACK',
    'REFUSED',
  ]);
}, 120_000);

/** The environment that a command's state names. */
async function environmentOf(eventId: string): Promise<string | undefined> {
  const { Item } = await stage.dynamoDb.call('GetItem', {
    TableName: stage.output('EventsTable'),
    Key: { pk: { S: `COMMAND#${eventId}` }, sk: { S: 'STATE' } },
    ConsistentRead: true,
  });
  return (Item as { environment: { S: string } } | undefined)?.environment.S;
}
