import { randomUUID } from 'node:crypto';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { openStage, type StageAccess, testSecretOf } from '../../bin/stage-access.ts';
import { ENVIRONMENTS, type EnvironmentName } from '../../lib/stages.ts';
import { releaseRecords, trafficControl } from '../../release/aws.ts';
import { move, rollBack, view } from '../../release/move.ts';
import { CLOCK } from '../../release/parts.ts';
import type { ReleaseRecords, TrafficControl } from '../../release/stage.ts';
import { accepted, eventually, follow, type MyApp, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { report } from './vehicle.ts';

/** 2,000 take some minutes: `COMMANDS=2000 npm run test:run -- test/end-to-end/blue-green.test.ts` */
const COMMANDS = Number(process.env.COMMANDS ?? 150);
const REPORTS = 150;
const AT_ONCE = 12;

/**
 * What comes by chance of a split lies within five standard deviations, but once in two million times.
 * @returns the least and the most
 */
function bounds(count: number, share: number): [number, number] {
  const deviation = Math.sqrt(count * share * (1 - share));
  return [count * share - 5 * deviation, count * share + 5 * deviation];
}

/** Events of commands, what vehicles say for the environments, and what they report. */
const Published = z.union([
  z.object({ data: z.object({ environment: z.enum(ENVIRONMENTS), eventId: z.string() }) }),
  z.object({
    message: z.object({ kind: z.string() }),
    command: z.object({ environment: z.enum(ENVIRONMENTS), eventId: z.string() }).nullable(),
  }),
  z.object({ data: z.object({ reportId: z.string() }) }).transform(() => undefined),
]);

let stage: TestStage;
let access: StageAccess;
let traffic: TrafficControl;
let records: ReleaseRecords;
/** Environments of all commands, by id: as their events say. */
const environmentOf = new Map<string, EnvironmentName>();
/** Reports that each environment was given. */
const reports = { blue: 0, green: 0 };
/** What was processed in another environment than that of its command. */
const crossed: string[] = [];

beforeAll(async () => {
  stage = await startTestStage({}, { environments: ENVIRONMENTS, alarms: true });
  access = await openStage({ target: stage.url });
  traffic = trafficControl(access);
  records = releaseRecords(access);
  stage.messaging.onPublish((topicArn, text) => {
    const environment = topicArn.split(':').at(-1)?.split('-')[0] as EnvironmentName;
    const published = Published.parse(JSON.parse(text));
    if (published === undefined) return;
    if ('message' in published && published.message.kind === 'report') {
      reports[environment] += 1;
      return;
    }
    const command = 'data' in published ? published.data : published.command;
    if (command === null) return;
    environmentOf.set(command.eventId, command.environment);
    if (command.environment !== environment) crossed.push(`${command.eventId} in ${environment}`);
  });
}, 60_000);
afterAll(() => stage?.stop(), 60_000);
afterEach(() => {
  stage.faults.set({ faults: [] });
  expect(crossed).toEqual([]);
});

const parts = () => ({
  traffic,
  records,
  name: randomUUID(),
  clock: CLOCK,
  signal: new AbortController().signal,
  reason: 'the test wants it',
});
const give = (environment: EnvironmentName, percent: number) =>
  move({ ...parts(), environment, percent, force: false });

/** Sends commands, some at a time, and follows each to its end, until it is told to stop. */
function load(app: MyApp, { wanted }: { wanted: () => boolean }) {
  const vins = vehicles('prompt').take(AT_ONCE);
  const ends = new Map<string, string>();
  const worker = async (vin: string) => {
    while (wanted()) {
      const eventId = await accepted(app, vin);
      const polls = await follow(app, eventId, { intervalMs: 100 });
      ends.set(eventId, polls.at(-1)?.body.eventStatus);
    }
  };
  return { ends, done: Promise.all(vins.map(worker)) };
}

const shareOfGreen = (ends: ReadonlyMap<string, string>): number =>
  [...ends.keys()].filter((eventId) => environmentOf.get(eventId) === 'green').length;

async function expectSettled(blue: number): Promise<void> {
  const settled = async () => {
    const { table, door, agree } = await view({ traffic, records });
    expect({ blue: table.blue, door, agree, holder: table.holder }).toEqual({
      blue,
      door: blue,
      agree: true,
      holder: undefined,
    });
  };
  await eventually(settled, 30_000);
}

describe('traffic', () => {
  it('goes to blue until somebody moves it', () => expectSettled(100));

  it(`splits as the weights say, and each of ${COMMANDS} commands stays in its environment`, async () => {
    await give('green', 20);
    await expectSettled(80);
    let sent = 0;
    const { ends, done } = load(stage.app, { wanted: () => ++sent <= COMMANDS });
    await done;
    expect([...ends.values()]).toEqual(Array.from({ length: COMMANDS }, () => 'EXECUTED'));
    const [least, most] = bounds(COMMANDS, 0.2);
    expect(shareOfGreen(ends)).toBeGreaterThan(least);
    expect(shareOfGreen(ends)).toBeLessThan(most);
  }, 600_000);

  it('of vehicles that begin on their own splits by the same weights', async () => {
    const before = { ...reports };
    const [vin = ''] = vehicles('prompt').take();
    for (let count = 0; count < REPORTS; count += 1) {
      report(stage, vin, { report: 'THEFT_ALARM', data: { trigger: 'DOOR' } });
    }
    await eventually(
      () => expect(reports.blue + reports.green - before.blue - before.green).toBe(REPORTS),
      60_000,
    );
    const [least, most] = bounds(REPORTS, 0.2);
    expect(reports.green - before.green).toBeGreaterThan(least);
    expect(reports.green - before.green).toBeLessThan(most);
  }, 90_000);

  it('moves from one environment to the other and back under load, and nothing fails', async () => {
    let moving = true;
    const { ends, done } = load(stage.app, { wanted: () => moving });
    try {
      for (const percent of [0, 50, 100, 50, 0]) {
        const seen = ends.size;
        await give('green', percent);
        await eventually(() => expect(ends.size).toBeGreaterThan(seen + AT_ONCE), 60_000);
      }
    } finally {
      moving = false;
      await done;
    }
    expect([...new Set(ends.values())]).toEqual(['EXECUTED']);
    expect(new Set([...ends.keys()].map((eventId) => environmentOf.get(eventId)))).toEqual(
      new Set(ENVIRONMENTS),
    );
    await expectSettled(100);
    expect(stage.deadLetters()).toEqual([]);
  }, 300_000);
});

describe('the header that picks an environment', () => {
  const pick = async (headers: Record<string, string>): Promise<EnvironmentName | undefined> => {
    const [vin = ''] = pickers.splice(0, 1);
    const { status, body } = await trigger(stage.app, vin, { headers });
    expect(status).toBe(202);
    await eventually(() => expect(environmentOf.has(body.eventId)).toBe(true));
    return environmentOf.get(body.eventId);
  };
  const pickers = vehicles('prompt').take(20).slice(AT_ONCE);

  it('is for who has the secret', async () => {
    const secret = await testSecretOf(access);
    expect(await pick({ 'x-environment': 'green', 'x-test-secret': secret })).toBe('green');
    expect(await pick({ 'x-environment': 'blue', 'x-test-secret': secret })).toBe('blue');
  });

  it.each([
    ['without the secret', {}],
    ['with another secret', { 'x-test-secret': 'a'.repeat(32) }],
    ['with a wildcard in its place', { 'x-test-secret': '*' }],
  ])('is ignored %s', async (_, headers) => {
    expect(await pick({ 'x-environment': 'green', ...headers })).toBe('blue');
  });
});

describe('an operation that is killed half-way', () => {
  it('leaves table and door agreed, and nobody who holds them', async () => {
    stage.faults.set({
      faults: [{ fault: 'service-slow', service: 'elasticloadbalancing', action: 'ModifyRule', ms: 2000 }],
    });
    const arn = await traffic.start(randomUUID(), {
      action: 'shift',
      environment: 'green',
      steps: [{ percent: 60, seconds: 600 }],
      reason: 'the test kills it',
    });
    // The table says it already, the door does not.
    await eventually(async () => expect(await traffic.traffic()).toMatchObject({ blue: 40, holder: arn }));
    await new SFNClient(access.client('SFN')).send(new StopExecutionCommand({ executionArn: arn }));
    await expectSettled(40);
    await rollBack({ ...parts(), tell: () => undefined });
    await expectSettled(100);
  }, 60_000);
});
