import { marshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
import { prepareBreak } from './broken-product.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

/** One case in a hundred sees it. */
const BREAKAGE = BREAKAGES.find(({ name }) => name === 'a vehicle is sent what it cannot do');
const seeing = select(allCases(), BREAKAGE?.cases);
/** They end at once, and what they leave behind is seen at once. */
const others = select(allCases(), 'rejections/*')
  .concat(select(allCases(), 'answers/executes-at-once/*'))
  .slice(0, 100 - seeing.length);
const CASES = [...seeing, ...others].map((one): Case => ({ ...one, quietAfterSeconds: 1 }));
const PROBES = CASES.slice(-3);

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
beforeAll(async () => {
  stage = await startTestStage({}, { environments: ENVIRONMENTS, alarms: true });
  await stage.put(
    stage.output('VehiclesTable'),
    CASES.map(({ vehicle }) => marshall(vehicle)),
  );
  const access = await openStage({ target: stage.url });
  records = releaseRecords(access);
  traffic = trafficControl(access);
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
  const breakIt = await prepareBreak(BREAKAGE?.changes ?? []);
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
  expect(record.steps.at(-1)?.detail).toContain('1 of 100');
  expect(await blue()).toBe(100);
  // Customers were on the other environment, which was whole.
  const [vin = ''] = vehicles('prompt').take();
  expect((await trigger(stage.app, vin)).status).toBe(202);
}, 120_000);

it.each([
  ['the alarms', [] as Case[]],
  ['a probe', PROBES],
])(
  'one that begins to fail at half of traffic is taken back by %s, and nobody else notices',
  async (_, probes) => {
    const seen: { environment: string; end: string }[] = [];
    let over = false;
    const customer = async (vin: string) => {
      while (!over) {
        const { status, body } = await trigger(stage.app, vin);
        if (status !== 202) continue;
        const [command] = await stateOf(body.eventId);
        seen.push({
          environment: command ?? '',
          end: (await follow(stage.app, body.eventId, { intervalMs: 100 })).at(-1)?.body.eventStatus,
        });
      }
    };
    const customers = vehicles('prompt').take(8).map(customer);
    const released = releaseIt({ cases: others.slice(0, 5), probes, steps: STEPS });
    await eventually(async () => expect((await traffic.traffic()).blue).toBe(50), 60_000);
    stage.faults.set({ faults: [{ fault: 'function-crashes', function: 'green*Validate', when: 'before' }] });
    const record = await released;
    stage.faults.set({ faults: [] });
    over = true;
    await Promise.all(customers);

    expect(record.state).toBe('ROLLED_BACK');
    expect(story(record)).toEqual(['opened', 'deployed', 'proved', 'shifted', 'shifted', 'rolled-back']);
    expect(await blue()).toBe(100);
    const ofBlue = seen.filter(({ environment }) => environment === 'blue');
    expect(ofBlue.length).toBeGreaterThan(0);
    expect(new Set(ofBlue.map(({ end }) => end))).toEqual(new Set(['EXECUTED']));
  },
  120_000,
);

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
  expect(await stateOf(await accepted(stage.app, vin))).toEqual(['green']);
  expect((await records.list()).map(({ state }) => state)).toEqual([
    'RELEASED',
    'ROLLED_BACK',
    'ROLLED_BACK',
    'REFUSED',
  ]);
}, 120_000);

/** The environment that a command's state names. */
async function stateOf(eventId: string): Promise<(string | undefined)[]> {
  const { Item } = await stage.dynamoDb.call('GetItem', {
    TableName: stage.output('EventsTable'),
    Key: { pk: { S: `COMMAND#${eventId}` }, sk: { S: 'STATE' } },
    ConsistentRead: true,
  });
  return [(Item as { environment: { S: string } } | undefined)?.environment.S];
}
