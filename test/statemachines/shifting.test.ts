import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type AwsCall, AwsError, type AwsRequest, type Json, type JsonObject } from '../../local/aws.ts';
import { createDynalite } from '../../local/dynamodb/dynalite.ts';
import { callResourceWith } from '../../local/step-functions/integrations.ts';
import { compileStateMachine, type ExecutionResult } from '../../local/step-functions/interpreter.ts';
import { FakeTraffic } from './fake-traffic.ts';
import { testWholeDefinition } from './whole-definition.ts';
import { type Answers, deployedDefinition, type Run, type Scenario, workflow } from './workflow.ts';

/** Waiting takes no time; how long it would have taken is noted. */
const waited: number[] = [];
vi.mock('../../local/step-functions/abort.ts', async (original) => ({
  ...(await original<typeof import('../../local/step-functions/abort.ts')>()),
  sleep: async (milliseconds: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    waited.push(milliseconds / 1000);
  },
}));
beforeEach(() => {
  waited.length = 0;
});

const DEFINITION = deployedDefinition('traffic/Shifting/Workflow');
const UPDATE = 'dynamodb:UpdateItem shared/Persistence/TrafficWeights';
const READ = 'dynamodb:GetItem shared/Persistence/TrafficWeights';
const TURN = 'elasticloadbalancing:ModifyRule traffic/FrontDoor/Weights';
const DESCRIBE = 'cloudwatch:DescribeAlarms';
const LOOK_AT_HOLDER = 'states:DescribeExecution';

/** The execution that the harness runs; another one, which runs too; one that has ended half-way. */
const ME = 'e';
const OTHER = 'other';
const FAILED = 'failed';

const RELEASE = 'release#r-1';
const GREEN_ALARM = 'traffic/Health/ServerErrors-green';
const BLUE_ALARM = 'traffic/Health/ServerErrors-blue';
const DOOR_ALARM = 'traffic/Health/DoorErrors';

const SHIFT = {
  action: 'shift',
  environment: 'green',
  steps: [
    { percent: 10, seconds: 2 },
    { percent: 100, seconds: 1 },
  ],
  reason: 'a release',
  releaseId: 'r-1',
};
const SET = { action: 'shift', environment: 'green', steps: [{ percent: 30, seconds: 0 }], reason: 'a try' };
const ROLLBACK = { action: 'rollback', reason: 'it is bad' };
const REPAIR = { action: 'repair' };
const REPAIR_OF_FAILED = { action: 'repair', failed: FAILED };

const ITEM = {
  id: { S: 'traffic' },
  blue: { N: '80' },
  version: { N: '7' },
  applied: { N: '7' },
  previous: { N: '100' },
  changedAt: { S: '2026-01-01T12:00:00.000Z' },
};
const heldBy = (holder: string, others: object = {}) => ({ ...ITEM, holder: { S: holder }, ...others });
const wishing = (reason: string) => ({ rollback: { S: reason } });
const OF_THE_RELEASE = { releaseId: { S: 'r-1' } };
const RECORD = { id: { S: RELEASE }, state: { S: 'PROVING' }, steps: { L: [] } };

interface Setting {
  readonly item?: Parameters<FakeTraffic['items']['set']>[1] | undefined;
  readonly record?: boolean;
  /** Before each call, by its name and how often it was made: changes the world, or refuses by throwing. */
  readonly before?: (name: string, count: number, traffic: FakeTraffic) => void;
  readonly after?: (name: string, count: number, traffic: FakeTraffic) => void;
}

/** The world of the last run. */
let traffic = new FakeTraffic();

const scenario = (input: Json, { item, record = true, before, after }: Setting = {}): Scenario => ({
  input,
  answers: () => {
    const world = new FakeTraffic();
    traffic = world;
    if (item !== undefined) world.items.set('traffic', item);
    world.running.add(OTHER);
    world.door = Number(item?.blue?.N ?? 100);
    if (record) world.items.set(RELEASE, RECORD);
    const counts = new Map<string, number>();
    const answer =
      (name: string, service: AwsRequest['service'], action: string) => async (request: JsonObject) => {
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        before?.(name, count, world);
        const result = await world.call({ service, action, input: request, role: 'role' });
        after?.(name, count, world);
        return result;
      };
    return {
      [UPDATE]: answer(UPDATE, 'dynamodb', 'UpdateItem'),
      [READ]: answer(READ, 'dynamodb', 'GetItem'),
      [TURN]: answer(TURN, 'elasticloadbalancing', 'ModifyRule'),
      [DESCRIBE]: answer(DESCRIBE, 'cloudwatch', 'DescribeAlarms'),
      [LOOK_AT_HOLDER]: answer(LOOK_AT_HOLDER, 'states', 'DescribeExecution'),
    } satisfies Answers;
  },
});

/** Does something at the n-th call of a name. */
const at =
  (name: string, count: number, act: (traffic: FakeTraffic) => void): NonNullable<Setting['before']> =>
  (called, number, world) => {
    if (called === name && number === count) act(world);
  };
/** Refuses calls of a name, from the n-th on, as many as are said. */
const refusing =
  (name: string, first = 1, times = Number.POSITIVE_INFINITY): NonNullable<Setting['before']> =>
  (called, number) => {
    if (called === name && number >= first && number < first + times) {
      throw new AwsError('InternalServerError', 'out of order');
    }
  };
const alarm = (name: string) => (world: FakeTraffic) => void world.on.add(name);
const wish = (world: FakeTraffic) => void world.wish('a person');
/** As a repair does that was told that this execution had ended. */
const takeAway = (world: FakeTraffic) =>
  void world.items.set('traffic', { ...world.items.get('traffic'), holder: { S: OTHER } });

// Which update is which, in a shift of two steps: 1 hold, 2 write, 3 confirm, 4 record, 5 write, 6 confirm, 7 record,
// 8 record of the end, 9 give back. Without a release there are no records.
const SCENARIOS = {
  'a release': scenario(SHIFT, { item: ITEM }),
  'a release to blue': scenario({ ...SHIFT, environment: 'blue' }, { item: { ...ITEM, blue: { N: '0' } } }),
  'set by hand': scenario(SET),
  'set by hand while an alarm is on': scenario(SET, {
    item: ITEM,
    before: at(UPDATE, 1, alarm(GREEN_ALARM)),
  }),
  'an alarm that is on already': scenario(SHIFT, { item: ITEM, before: at(DESCRIBE, 1, alarm(GREEN_ALARM)) }),
  'an alarm at a step': scenario(SHIFT, { item: ITEM, before: at(DESCRIBE, 3, alarm(GREEN_ALARM)) }),
  'an alarm of the door': scenario(SHIFT, { item: ITEM, before: at(DESCRIBE, 2, alarm(DOOR_ALARM)) }),
  'an alarm of the other environment': scenario(SHIFT, {
    item: ITEM,
    before: at(DESCRIBE, 2, alarm(BLUE_ALARM)),
  }),
  'an alarm that is not there': scenario(SHIFT, {
    item: ITEM,
    before: at(DESCRIBE, 2, (world) => void world.missing.add(GREEN_ALARM)),
  }),
  'a wish at a step': scenario(SHIFT, { item: ITEM, before: at(READ, 2, wish) }),
  'a wish in the last moment': scenario(SHIFT, { item: ITEM, before: at(UPDATE, 9, wish) }),
  'a wish in the last moment of a set': scenario(SET, { item: ITEM, before: at(UPDATE, 4, wish) }),
  busy: scenario(SHIFT, { item: heldBy(OTHER) }),
  nonsense: scenario({ action: 'shift', environment: 'red', steps: SET.steps, reason: '' }),
  'a rollback': scenario(ROLLBACK, { item: ITEM }),
  'a rollback of nothing': scenario(ROLLBACK),
  'a first repair': scenario(REPAIR),
  'a repair of the door': scenario(REPAIR, {
    item: ITEM,
    before: at(TURN, 1, (world) => {
      world.door = 3;
    }),
  }),
  'a repair while somebody moves traffic': scenario(REPAIR, { item: heldBy(OTHER) }),
  'a repair of what has ended': scenario(REPAIR_OF_FAILED, { item: heldBy(FAILED) }),
  'a repair of what has ended, with a wish': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED, wishing('a person')),
  }),
  'a repair of what has ended, with a wish in the last moment': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED),
    before: at(UPDATE, 4, wish),
  }),
  'a repair of a release that has ended': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED, OF_THE_RELEASE),
  }),
  'a repair of a release that has ended, with a wish': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED, { ...OF_THE_RELEASE, ...wishing('a person') }),
  }),
  'a repair that finds a release that has ended, with a wish': scenario(REPAIR, {
    item: heldBy(FAILED, { ...OF_THE_RELEASE, ...wishing('a person') }),
  }),
  'a repair of a release that has ended, with a wish in the last moment': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED, OF_THE_RELEASE),
    before: at(UPDATE, 4, wish),
  }),
  'a repair of what has given back': scenario(REPAIR_OF_FAILED, { item: heldBy(OTHER) }),
  'a repair that finds a hold of what has ended': scenario(REPAIR, { item: heldBy(FAILED) }),
  'a repair that finds a hold of what AWS has forgotten': scenario(REPAIR, { item: heldBy('forgotten') }),
  'a repair that cannot see for long whether the holder runs': scenario(REPAIR, {
    item: heldBy(FAILED),
    before: refusing(LOOK_AT_HOLDER, 1, 11),
  }),
  'a repair while nothing works': scenario(REPAIR_OF_FAILED, {
    item: heldBy(FAILED),
    before: (name, count) => {
      refusing(UPDATE, 1, 11)(name, count, traffic);
      refusing(TURN, 1, 11)(name, count, traffic);
    },
  }),
  'a repair that fails, once nobody is to be freed': scenario(REPAIR, { before: refusing(UPDATE, 1, 11) }),
  'weights that change meanwhile': scenario(REPAIR, {
    item: ITEM,
    after: at(TURN, 1, (world) => {
      world.items.set('traffic', { ...ITEM, blue: { N: '20' }, version: { N: '8' } });
    }),
  }),
  'a hold that is lost while a step stands': scenario(SHIFT, { item: ITEM, before: at(READ, 2, takeAway) }),
  'a hold that is lost before a step': scenario(SHIFT, { item: ITEM, before: at(UPDATE, 5, takeAway) }),
  'a hold that is lost, with other weights': scenario(SHIFT, {
    item: ITEM,
    before: at(UPDATE, 3, (world) => {
      world.items.set('traffic', { ...heldBy(OTHER), version: { N: '99' } });
    }),
  }),
  'a hold that is lost in the end': scenario(SHIFT, { item: ITEM, before: at(UPDATE, 9, takeAway) }),
  'a record that is gone': scenario(SHIFT, { item: ITEM, record: false }),
  'the hold cannot be taken': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE) }),
  'a step cannot be written for long': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE, 5, 11) }),
  'the door does not turn for long': scenario(SHIFT, { item: ITEM, before: refusing(TURN, 2, 11) }),
  'the door never turns': scenario(SHIFT, { item: ITEM, before: refusing(TURN, 2) }),
  'a step cannot be confirmed for long': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE, 6, 11) }),
  'a step cannot be recorded for long': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE, 7, 11) }),
  'the end cannot be recorded for long': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE, 8, 11) }),
  'the hold cannot be given back for long': scenario(SHIFT, { item: ITEM, before: refusing(UPDATE, 9, 11) }),
  'nobody knows why it cannot be given back': scenario(SHIFT, {
    item: ITEM,
    before: (name, count, world) => {
      at(UPDATE, 9, takeAway)(name, count, world);
      refusing(READ, 5)(name, count, world);
    },
  }),
  'alarms cannot be seen': scenario(SHIFT, { item: ITEM, before: refusing(DESCRIBE, 2) }),
  'alarms cannot be seen for a moment': scenario(SHIFT, { item: ITEM, before: refusing(DESCRIBE, 2, 6) }),
  'wishes cannot be seen': scenario(SHIFT, { item: ITEM, before: refusing(READ, 2) }),
  'weights that change meanwhile, and cannot be read': scenario(REPAIR, {
    item: ITEM,
    before: refusing(UPDATE, 3, 11),
    after: at(TURN, 1, (world) => {
      world.items.set('traffic', { ...ITEM, blue: { N: '20' }, version: { N: '8' } });
    }),
  }),
};
type Name = keyof typeof SCENARIOS;

const run = workflow(DEFINITION);
const result = async (name: Name): Promise<ExecutionResult> => (await run(SCENARIOS[name])).result;

const succeeded = (outcome: string, blue: number, reason: unknown = expect.any(String)) => ({
  status: 'SUCCEEDED',
  output: { outcome, blue, reason },
});
/** What the door was turned to, one after the other. */
const turns = ({ calls }: Run) =>
  calls
    .filter(({ name, refused }) => name === TURN && !refused)
    .map(({ input }) => JSON.stringify(input).match(/"Weight":(\d+)/)?.[1])
    .map(Number);
const recorded = () => traffic.read(RELEASE);
const Story = z.object({ steps: z.array(z.object({ what: z.string(), detail: z.string() })) });
const story = () => Story.parse(recorded()).steps.map(({ what, detail }) => [what, detail]);

/** Door and table agree, and nobody holds or wishes. */
function expectAgreement(blue: number): void {
  const item = traffic.read();
  expect(item).toMatchObject({ blue, applied: item?.version });
  expect(item).not.toHaveProperty('holder');
  expect(item).not.toHaveProperty('rollback');
  expect(item).not.toHaveProperty('releaseId');
  expect(traffic.door).toBe(blue);
}

describe('a release', () => {
  test('moves traffic step by step, and lets each step stand', async () => {
    const found = await run(SCENARIOS['a release']);
    expect(found.result).toEqual(succeeded('SHIFTED', 0, 'a release'));
    expect(turns(found)).toEqual([90, 0]);
    expect(waited).toEqual([1, 1, 1]);
    expectAgreement(0);
    expect(traffic.read()).toMatchObject({
      version: 9,
      previous: 80,
      changedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  test('is the same to blue', async () => {
    expect(await result('a release to blue')).toEqual(succeeded('SHIFTED', 100));
    expectAgreement(100);
  });

  test('looks before the first step and at each look at the alarms of its environment and of the door', async () => {
    const { calls } = await run(SCENARIOS['a release']);
    const looks = calls.filter(({ name }) => name === DESCRIBE);
    expect(looks).toHaveLength(4);
    const { AlarmNames } = z.object({ AlarmNames: z.array(z.string()) }).parse(looks[0]?.input);
    expect(AlarmNames).toEqual(
      expect.arrayContaining([GREEN_ALARM, 'traffic/Health/DeadLetters-green', DOOR_ALARM]),
    );
    expect(AlarmNames.filter((name) => !name.endsWith('-green') && name !== DOOR_ALARM)).toEqual([]);
    expect(calls.findIndex(({ name }) => name === DESCRIBE)).toBeLessThan(
      calls.findIndex(({ name }) => name === TURN),
    );
  });

  test('tells each step in its record', async () => {
    await run(SCENARIOS['a release']);
    expect(story()).toEqual([
      ['shifted', '10 % to green'],
      ['shifted', '100 % to green'],
      ['released', '100 % to green'],
    ]);
    expect(recorded()).toMatchObject({ state: 'RELEASED', endedAt: expect.stringMatching(/Z$/) });
  });

  test('is known by the item as long as it moves traffic, and what is set by hand is none', async () => {
    const seen: unknown[] = [];
    const after = at(TURN, 1, (world) => void seen.push(world.read()?.releaseId));
    for (const input of [SHIFT, SET]) await run(scenario(input, { item: ITEM, after }));
    expect(seen).toEqual(['r-1', undefined]);
  });

  test('makes no record where there is none', async () => {
    expect(await result('a record that is gone')).toMatchObject({ status: 'SUCCEEDED' });
    expect(recorded()).toBeUndefined();
    expectAgreement(0);
  });

  test('writes before it turns the door, turns the door before it confirms, and only as long as it holds', async () => {
    const { calls } = await run(SCENARIOS['a release']);
    const names = calls.map(({ name, input }) =>
      name === UPDATE ? String(input.UpdateExpression).slice(0, 18) : name.split(':')[1],
    );
    const first = names.indexOf('SET blue = :blue, ');
    expect(names.slice(first, first + 3)).toEqual([
      'SET blue = :blue, ',
      'ModifyRule traffic/FrontDoor/Weights',
      'SET applied = :ver',
    ]);
  });

  test('of many hours looks a thousand times at most, for AWS keeps 25,000 entries of an execution', async () => {
    const hours = { ...SHIFT, steps: [{ percent: 100, seconds: 43_200 }] };
    const found = await run(scenario(hours, { item: ITEM, before: at(READ, 3, wish) }));
    expect(waited).toEqual([44, 44]);
    expect(found.result).toEqual(succeeded('ROLLED_BACK', 80, 'a person'));
  });
});

describe('what is set by hand', () => {
  test('moves at once, and makes the item if there is none', async () => {
    expect(await result('set by hand')).toEqual(succeeded('SHIFTED', 70, 'a try'));
    expect(waited).toEqual([]);
    expectAgreement(70);
    expect(traffic.read()).toMatchObject({ previous: 100, version: 1 });
  });

  test('is no matter of alarms', async () => {
    const found = await run(SCENARIOS['set by hand while an alarm is on']);
    expect(found.result).toEqual(succeeded('SHIFTED', 70));
    expect(found.calls.map(({ name }) => name)).not.toContain(DESCRIBE);
  });
});

describe('a shift goes back to where it began', () => {
  test.each([
    ['an alarm that is on already', `Alarm: ${GREEN_ALARM}`],
    ['an alarm at a step', `Alarm: ${GREEN_ALARM}`],
    ['an alarm of the door', `Alarm: ${DOOR_ALARM}`],
    ['an alarm that is not there', `Alarm: ${GREEN_ALARM} (not there)`],
    ['a wish at a step', 'a person'],
    ['a wish in the last moment', 'a person'],
    ['alarms cannot be seen', 'It failed: CloudWatch.CloudWatchException: out of order'],
    ['wishes cannot be seen', 'It failed: DynamoDB.InternalServerError: out of order'],
    ['a step cannot be written for long', 'It failed: DynamoDB.InternalServerError: out of order'],
    [
      'the door does not turn for long',
      'It failed: ElasticLoadBalancingV2.ElasticLoadBalancingV2Exception: out of order',
    ],
    ['a step cannot be confirmed for long', 'It failed: DynamoDB.InternalServerError: out of order'],
    ['a step cannot be recorded for long', 'It failed: DynamoDB.InternalServerError: out of order'],
  ] as const)('%s', async (name, reason) => {
    expect(await result(name)).toEqual(succeeded('ROLLED_BACK', 80, reason));
    expectAgreement(80);
    expect(story().at(-1)).toEqual(['rolled-back', reason]);
    expect(recorded()).toMatchObject({ state: 'ROLLED_BACK', endedAt: expect.any(String) });
  });

  test('at the first sign: the next step is not taken', async () => {
    expect(turns(await run(SCENARIOS['an alarm at a step']))).toEqual([90, 80]);
    expect(turns(await run(SCENARIOS['a wish at a step']))).toEqual([90, 80]);
    // Nothing moved at all.
    expect(turns(await run(SCENARIOS['an alarm that is on already']))).toEqual([80]);
  });

  test('by a wish that comes in the last moment of a set, too', async () => {
    expect(await result('a wish in the last moment of a set')).toEqual(
      succeeded('ROLLED_BACK', 80, 'a person'),
    );
    expectAgreement(80);
  });

  test('not by an alarm of the environment that it leaves', async () => {
    expect(await result('an alarm of the other environment')).toEqual(succeeded('SHIFTED', 0));
  });

  test('not by looks that fail for a moment', async () => {
    expect(await result('alarms cannot be seen for a moment')).toEqual(succeeded('SHIFTED', 0));
  });
});

describe('a shift fails, and leaves the rest to a repair', () => {
  test.each([
    ['busy', 'Busy', /Another execution/],
    ['nonsense', 'InvalidInput', /"action":"shift"/],
    ['the hold cannot be taken', 'Failed', /out of order/],
    ['the door never turns', 'Failed', /out of order/],
    ['the end cannot be recorded for long', 'Failed', /out of order/],
    ['the hold cannot be given back for long', 'Failed', /out of order/],
    ['nobody knows why it cannot be given back', 'Failed', /out of order/],
    ['a hold that is lost while a step stands', 'HoldLost', /taken over/],
    ['a hold that is lost before a step', 'HoldLost', /taken over/],
    ['a hold that is lost, with other weights', 'HoldLost', /taken over/],
  ] as const)('%s', async (name, error, cause) => {
    expect(await result(name)).toEqual({ status: 'FAILED', error, cause: expect.stringMatching(cause) });
  });

  test('without having touched anything, if another one holds', async () => {
    expect(turns(await run(SCENARIOS.busy))).toEqual([]);
    expect(traffic.items.get('traffic')).toEqual(heldBy(OTHER));
  });

  test('with the weights where the last step had them, once all steps are done', async () => {
    await run(SCENARIOS['the hold cannot be given back for long']);
    expect(traffic.read()).toMatchObject({ blue: 0, holder: ME });
  });

  test('with the door where the new holder’s table has it', async () => {
    await run(SCENARIOS['a hold that is lost, with other weights']);
    expect(traffic.door).toBe(80);
    expect(traffic.read()).toMatchObject({ blue: 80, version: 99, applied: 99, holder: OTHER });
  });

  test('not if the hold is gone after the work is done', async () => {
    expect(await result('a hold that is lost in the end')).toEqual(succeeded('SHIFTED', 0));
    expect(traffic.read()).toMatchObject({ holder: OTHER });
  });
});

describe('an input that is no sense', () => {
  const { steps: _, ...withoutSteps } = SHIFT;
  const wrong: Json[] = [
    null,
    'shift',
    {},
    { action: 'move' },
    { ...SHIFT, environment: 'red' },
    withoutSteps,
    ...[
      [],
      'all',
      [{ percent: 101, seconds: 0 }],
      [{ percent: -1, seconds: 0 }],
      [{ percent: 0.5, seconds: 0 }],
      [{ percent: '10', seconds: 0 }],
      [{ percent: 10 }],
      [{ seconds: 1 }],
      [{ percent: 10, seconds: -1 }],
      [{ percent: 10, seconds: 0.5 }],
      [
        { percent: 10, seconds: 40_000 },
        { percent: 20, seconds: 3201 },
      ],
      [{ percent: 10, seconds: 0 }, 7],
    ].map((steps) => ({ ...SHIFT, steps }) as JsonObject),
  ];

  test.each(wrong.map((input) => [JSON.stringify(input), input] as const))('%s', async (_, input) => {
    const found = await run(scenario(input));
    expect(found.result).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(found.calls).toEqual([]);
  });
});

describe('a rollback', () => {
  test('goes to where the last shift began', async () => {
    expect(await result('a rollback')).toEqual(succeeded('ROLLED_BACK', 100, 'it is bad'));
    expectAgreement(100);
  });

  test('twice changes nothing more: it is not undone', async () => {
    expect((await run(scenario(ROLLBACK, { item: { ...ITEM, blue: { N: '100' } } }))).result).toEqual(
      succeeded('ROLLED_BACK', 100),
    );
    expect(traffic.read()).toMatchObject({ previous: 100 });
  });

  test('leaves all at the first environment if nothing was ever moved', async () => {
    expect(await result('a rollback of nothing')).toEqual(succeeded('ROLLED_BACK', 100));
    expectAgreement(100);
  });
});

describe('a repair', () => {
  test('makes the item if there is none', async () => {
    expect(await result('a first repair')).toEqual(succeeded('REPAIRED', 100));
    expectAgreement(100);
    expect(traffic.read()).toMatchObject({ previous: 100, version: 0, changedAt: expect.any(String) });
  });

  test('turns the door to what the table says', async () => {
    expect(await result('a repair of the door')).toEqual(succeeded('REPAIRED', 80));
    expectAgreement(80);
  });

  test('lets go on who moves traffic now', async () => {
    for (const name of [
      'a repair while somebody moves traffic',
      'a repair of what has given back',
    ] as const) {
      expect(await result(name), name).toEqual(succeeded('REPAIRED', 80));
      expect(traffic.read(), name).toMatchObject({ holder: OTHER });
    }
  });

  test('frees the hold of what has ended', async () => {
    expect(await result('a repair of what has ended')).toEqual(succeeded('REPAIRED', 80));
    expectAgreement(80);
  });

  test('frees the hold of what has ended, although nobody has said so', async () => {
    for (const name of [
      'a repair that finds a hold of what has ended',
      'a repair that finds a hold of what AWS has forgotten',
      'a repair that cannot see for long whether the holder runs',
    ] as const) {
      const found = await run(SCENARIOS[name]);
      expect(found.result, name).toEqual(succeeded('REPAIRED', 80));
      expectAgreement(80);
      // The door first: whoever holds, it has to do what the table says.
      const names = found.calls.map((call) => call.name);
      expect(names.indexOf(TURN), name).toBeLessThan(names.indexOf(LOOK_AT_HOLDER));
    }
  });

  test('fulfils the wish that what has ended could not', async () => {
    for (const name of [
      'a repair of what has ended, with a wish',
      'a repair of what has ended, with a wish in the last moment',
    ] as const) {
      expect(await result(name), name).toEqual(succeeded('ROLLED_BACK', 100, 'a person'));
      expectAgreement(100);
    }
  });

  test('tells the record of a release that it took back', async () => {
    for (const name of [
      'a repair of a release that has ended, with a wish',
      'a repair that finds a release that has ended, with a wish',
      'a repair of a release that has ended, with a wish in the last moment',
    ] as const) {
      expect(await result(name), name).toEqual(succeeded('ROLLED_BACK', 100, 'a person'));
      expectAgreement(100);
      expect(story(), name).toEqual([['rolled-back', 'a person']]);
      expect(recorded(), name).toMatchObject({ state: 'ROLLED_BACK', endedAt: expect.any(String) });
    }
  });

  test('tells the record nothing if it leaves the weights as they are', async () => {
    expect(await result('a repair of a release that has ended')).toEqual(succeeded('REPAIRED', 80));
    expectAgreement(80);
    expect(recorded()).toMatchObject({ state: 'PROVING', steps: [] });
  });

  test('turns the door once more if the weights have changed meanwhile', async () => {
    const found = await run(SCENARIOS['weights that change meanwhile']);
    expect(turns(found)).toEqual([80, 20]);
    expectAgreement(20);
  });

  test('does not give up, and makes longer and longer pauses, of five minutes at most', async () => {
    let failures = 0;
    const found = await run(
      scenario(REPAIR, {
        item: ITEM,
        before: (name) => {
          // Eleven attempts, ten times: each of them, with its pause, takes three states.
          if (name === UPDATE && failures++ < 110) throw new AwsError('InternalServerError', 'out of order');
        },
      }),
    );
    expect(found.result).toEqual(succeeded('REPAIRED', 80));
    const pauses = waited.filter((_, index) => index % 11 === 10);
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    for (const name of [
      'a repair while nothing works',
      'a repair that fails, once nobody is to be freed',
    ] as const) {
      expect(await result(name), name).toMatchObject({ status: 'SUCCEEDED' });
    }
  });

  test('has no input and no table that it fails for: a repair that failed at once would begin again and again', async () => {
    const items: (Setting['item'] | undefined)[] = [
      undefined,
      { id: { S: 'traffic' } },
      heldBy(FAILED),
      heldBy(OTHER),
    ];
    for (const input of [REPAIR, REPAIR_OF_FAILED, { action: 'repair', failed: null, reason: 7 }]) {
      for (const item of items) {
        expect((await run(scenario(input, { item }))).result).toMatchObject({ status: 'SUCCEEDED' });
      }
    }
  });
});

describe('retries', () => {
  test('outlast an outage of some minutes, all but those of looks', async () => {
    const maximum = vi.spyOn(Math, 'random').mockReturnValue(1);
    await run(SCENARIOS['the hold cannot be taken']);
    expect(waited).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]);
    waited.length = 0;
    await run(SCENARIOS['an alarm that is on already']);
    waited.length = 0;
    await run(scenario(SHIFT, { item: ITEM, before: refusing(DESCRIBE) }));
    expect(waited).toEqual([1, 2, 4, 8, 16, 32]);
    maximum.mockRestore();
  });
});

testWholeDefinition(DEFINITION, SCENARIOS);

describe('DynamoDB', () => {
  test('says of all these requests what the fake says', async () => {
    vi.stubEnv('AWS_ACCOUNT_ID', '000000000000');
    const dynalite = await createDynalite();
    const TableName = 'Weights';
    await dynalite('CreateTable', {
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    });
    await vi.waitFor(async () => {
      const { body } = await dynalite('DescribeTable', { TableName });
      expect(body).toMatchObject({ Table: { TableStatus: 'ACTIVE' } });
    });
    const stored = async (id: string) => {
      const { body } = await dynalite('GetItem', {
        TableName,
        Key: { id: { S: id } },
        ConsistentRead: true,
      });
      return body.Item;
    };
    const put = (id: string, item: object | undefined) =>
      item === undefined
        ? dynalite('DeleteItem', { TableName, Key: { id: { S: id } } })
        : dynalite('PutItem', { TableName, Item: item as JsonObject });

    const seen = new Set<string>();
    for (const name of Object.keys(SCENARIOS) as Name[]) {
      const { input, answers } = SCENARIOS[name];
      const fakes = answers();
      const world = traffic;
      const compare = async (request: JsonObject) => {
        const id = (request.Key as { id: { S: string } }).id.S;
        await put(id, world.items.get(id));
        const answered = fakes[UPDATE]?.(request);
        const refused = await Promise.resolve(answered).then(
          () => undefined,
          (error: Error) => error.name,
        );
        // What is out of order changes nothing.
        if (refused === 'InternalServerError') return answered as Promise<JsonObject>;
        const { statusCode, body } = await dynalite('UpdateItem', { ...request, TableName });
        const said = statusCode === 200 ? undefined : String(body.__type).replace(/^.*#/, '');
        // The world may have changed before the fake looked at it.
        if (seen.has(String(request.UpdateExpression)) && said !== refused)
          return answered as Promise<JsonObject>;
        expect(said, name).toBe(refused);
        if (said === undefined) expect(await stored(id), name).toEqual(world.items.get(id));
        seen.add(String(request.UpdateExpression));
        return answered as Promise<JsonObject>;
      };
      await run({ input, answers: () => ({ ...fakes, [UPDATE]: compare }) });
    }
    expect(seen.size).toBeGreaterThanOrEqual(7);
  });
});

/** A call that waits until it is its turn. */
interface Waiting {
  readonly execution: string;
  readonly request: AwsRequest;
  readonly go: (answer: Promise<JsonObject>) => void;
}

/** Executions side by side, whose calls come in an order that somebody else draws, and that may be killed at any. */
class SideBySide {
  readonly traffic = new FakeTraffic();
  readonly #machine = compileStateMachine(DEFINITION);
  readonly #waiting: Waiting[] = [];
  readonly #running = new Map<string, AbortController>();
  #started = 0;

  start(input: Json): void {
    this.#started += 1;
    const execution = `execution-${this.#started}`;
    const controller = new AbortController();
    this.#running.set(execution, controller);
    this.traffic.running.add(execution);
    const call: AwsCall = (request) =>
      new Promise((resolve) => this.#waiting.push({ execution, request, go: resolve }));
    const context = {
      executionId: execution,
      executionName: execution,
      startTime: '',
      stateMachineId: 's',
      stateMachineName: 's',
    };
    void this.#machine
      .execute(input, context, callResourceWith(call, 'role'), undefined, controller.signal)
      .then((ended) => {
        this.#end(execution, ended.status === 'SUCCEEDED');
      })
      .catch(() => this.#end(execution, false));
  }

  /** As EventBridge does for those that did not come to their end. */
  #end(execution: string, well: boolean): void {
    this.#running.delete(execution);
    this.traffic.running.delete(execution);
    if (!well) this.start({ action: 'repair', failed: execution });
  }

  /** @param pick draws one of so many */
  async play(pick: (count: number) => number, kills: number, wishAt: number): Promise<void> {
    for (let step = 0; this.#running.size > 0; step += 1) {
      await turn();
      await turn();
      const [next] = this.#waiting.splice(pick(this.#waiting.length), 1);
      if (next === undefined) continue;
      if (step === wishAt) this.traffic.wish('a person');
      const fate = kills > 0 ? pick(8) : 7;
      // One in four calls is the last one of its execution, with its effect or without.
      if (fate > 0) next.go(this.traffic.call(next.request));
      if (fate < 2) {
        kills -= 1;
        for (const [index, { execution }] of [...this.#waiting.entries()].reverse()) {
          if (execution === next.execution) this.#waiting.splice(index, 1);
        }
        this.#running.get(next.execution)?.abort(new Error('killed'));
      }
      if (step > 2000) throw new Error('It never ends');
    }
  }
}

const share = fc.integer({ min: 0, max: 100 });
const Operation: fc.Arbitrary<Json> = fc.oneof(
  fc.record({
    action: fc.constant('shift'),
    environment: fc.constantFrom('blue', 'green'),
    steps: fc.array(fc.record({ percent: share, seconds: fc.constantFrom(0, 1) }), {
      minLength: 1,
      maxLength: 3,
    }),
    reason: fc.constant('by chance'),
  }),
  fc.constant(ROLLBACK),
  fc.constant(REPAIR),
) as fc.Arbitrary<Json>;

test('operations side by side, killed anywhere: in the end door and table agree, and nobody holds', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(Operation, { minLength: 1, maxLength: 3 }),
      fc.infiniteStream(fc.nat()),
      fc.nat({ max: 3 }),
      fc.nat({ max: 60 }),
      async (operations, chance, kills, wishAt) => {
        const world = new SideBySide();
        for (const operation of operations) world.start(operation);
        await world.play((count) => (count === 0 ? 0 : Number(chance.next().value) % count), kills, wishAt);
        traffic = world.traffic;
        expectAgreement(Number(traffic.read()?.blue));
      },
    ),
    { numRuns: 60 },
  );
});
