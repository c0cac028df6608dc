import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { type CommandData, RemoteServiceEvent } from '../../functions/event/event.ts';
import {
  type AnswerMessage,
  type ReportMessage,
  VehicleMessage,
} from '../../functions/traffic/vehicle-message.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { testWholeDefinition } from './whole-definition.ts';
import {
  type Answers,
  answers,
  deployedDefinition,
  done,
  inTurn,
  type Run,
  refuses,
  type Scenario,
  workflow,
} from './workflow.ts';

const DEFINITION = deployedDefinition('traffic/InboundRouting/Workflow');
const FIND_COMMAND = 'dynamodb:GetItem shared/Persistence/Events STATE';
const READ_WEIGHTS = 'dynamodb:GetItem shared/Persistence/TrafficWeights';
const TO_BLUE = 'sns:Publish blue/IncomingVehicleCommunication/VehicleMessages';
const TO_GREEN = 'sns:Publish green/IncomingVehicleCommunication/VehicleMessages';

const VIN = 'WBADEM00000000001';
const EVENT_ID = '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5';
const MESSAGE = {
  kind: 'answer',
  messageId: '0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3',
  vin: VIN,
  eventId: EVENT_ID,
  serviceType: 'horn-blow',
  status: 'EXECUTED',
  followUp: 'NOTHING',
  receivedAt: '2026-01-01T12:00:03.000Z',
} satisfies AnswerMessage;

const REPORT = {
  kind: 'report',
  messageId: '0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d4',
  vin: VIN,
  reportType: 'theft-alarm',
  occurredAt: '2026-01-01T12:00:01.000Z',
  optIn: false,
  data: { trigger: 'DOOR' },
  receivedAt: '2026-01-01T12:00:03.000Z',
} satisfies ReportMessage;

const COMMAND: CommandData = {
  eventId: EVENT_ID,
  vin: VIN,
  serviceType: 'horn-blow',
  environment: 'green',
  requestedAt: '2026-01-01T12:00:00.100Z',
  expiresAt: '2026-01-01T12:00:15.100Z',
  correlationId: 'c-1',
  brand: 'bmw',
  country: 'DE',
  generation: 'mqtt-2021',
};

/** A command's current state as it stands in the Events table. */
const stateOf = (command: object): JsonObject => ({
  Item: marshall({
    pk: `COMMAND#${EVENT_ID}`,
    sk: 'STATE',
    ...command,
    status: 'PENDING',
    statusReason: 'NOT_HANDED_ON',
    rank: 1,
    requester: 'user-4711',
    changedBy: `${EVENT_ID}.pending`,
    changedAt: '2026-01-01T12:00:00.250Z',
    ttl: 1_767_355_200,
  }) as unknown as JsonObject,
});

const weights = (blue: number): JsonObject => ({ Item: { id: { S: 'traffic' }, blue: { N: String(blue) } } });

/** Ways of a message; by default its command is known, and was sent by green. */
const scenario = (overrides: Answers = {}): Scenario => ({
  input: { message: MESSAGE },
  answers: () => ({
    [FIND_COMMAND]: answers(stateOf(COMMAND)),
    [TO_BLUE]: answers({ MessageId: 'm' }),
    [TO_GREEN]: answers({ MessageId: 'm' }),
    ...overrides,
  }),
});
const unsolicited = (item: JsonObject): Scenario =>
  scenario({ [FIND_COMMAND]: answers(), [READ_WEIGHTS]: answers(item) });

/** Nobody may look for its command: there is no answer to that. */
const report = (item: JsonObject): Scenario => ({
  input: { message: REPORT },
  answers: () => ({
    [READ_WEIGHTS]: answers(item),
    [TO_BLUE]: answers({ MessageId: 'm' }),
    [TO_GREEN]: answers({ MessageId: 'm' }),
  }),
});

const SCENARIOS = {
  green: scenario(),
  blue: scenario({ [FIND_COMMAND]: answers(stateOf({ ...COMMAND, environment: 'blue' })) }),
  throttled: scenario({ [FIND_COMMAND]: inTurn(refuses('ThrottlingException'), answers(stateOf(COMMAND))) }),
  unreadable: scenario({ [FIND_COMMAND]: refuses('InternalServerError') }),
  unpublishable: scenario({ [TO_GREEN]: refuses('InternalErrorException') }),
  'of an environment that was taken out of the stage': scenario({
    [FIND_COMMAND]: answers(stateOf({ ...COMMAND, environment: 'red' })),
  }),
  'of an environment whose topic is gone': scenario({ [TO_GREEN]: refuses('NotFoundException') }),
  'of an environment whose topic is gone, as the other one’s is': scenario({
    [TO_GREEN]: refuses('NotFoundException'),
    [TO_BLUE]: refuses('NotFoundException'),
  }),
  unsolicited: unsolicited(weights(100)),
  'a report': report(weights(0)),
  'unsolicited, without weights': unsolicited({}),
  'unsolicited, weights unreadable': scenario({
    [FIND_COMMAND]: answers(),
    [READ_WEIGHTS]: refuses('InternalServerError'),
  }),
};

const run = workflow(DEFINITION);

/** The same workflow in a stage that has no environment any more. */
const failureAlone = async (environment: string) => {
  const topics =
    "{'blue': 'blue/IncomingVehicleCommunication/VehicleMessages', 'green': 'green/IncomingVehicleCommunication/VehicleMessages'}";
  expect(DEFINITION).toContain(topics);
  const alone = workflow(DEFINITION.replaceAll(topics, '{}'));
  const found = await alone(scenario({ [FIND_COMMAND]: answers(stateOf({ ...COMMAND, environment })) }));
  return found.result;
};

/** Where the message went. */
const environmentOf = (found: Run) => [
  ...(done(found, TO_BLUE).length > 0 ? ['blue'] : []),
  ...(done(found, TO_GREEN).length > 0 ? ['green'] : []),
];

const Handed = z.strictObject({ message: VehicleMessage, command: z.custom<Json>() });
function handedOn(found: Run) {
  const [publish] = [...done(found, TO_BLUE), ...done(found, TO_GREEN)];
  return Handed.parse(JSON.parse(String(publish?.Message)));
}

// Retries wait for a random part of their delay: for none.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe('the answer to a command', () => {
  test('goes to the environment that sent the command (I6)', async () => {
    expect(environmentOf(await run(SCENARIOS.green))).toEqual(['green']);
    expect(environmentOf(await run(SCENARIOS.blue))).toEqual(['blue']);
  });

  test('asks for the command’s current state, strongly consistent: it was recorded before it was sent', async () => {
    expect(done(await run(SCENARIOS.green), FIND_COMMAND)).toEqual([
      {
        TableName: 'shared/Persistence/Events',
        Key: { pk: { S: `COMMAND#${EVENT_ID}` }, sk: { S: 'STATE' } },
        ConsistentRead: true,
      },
    ]);
  });

  test('is handed on with the command as its events know it, and nothing of its state', async () => {
    const { message, command } = handedOn(await run(SCENARIOS.green));
    expect(message).toEqual(MESSAGE);
    expect(command).toEqual(COMMAND);
    const Command = RemoteServiceEvent.shape.data.omit({ status: true }).strict();
    expect(Command.parse(command)).toEqual(COMMAND);
  });

  test('is handed on with what is known, if the command was never enriched', async () => {
    const { brand: _, country: __, generation: ___, ...known } = COMMAND;
    const found = await run(scenario({ [FIND_COMMAND]: answers(stateOf(known)) }));
    expect(handedOn(found).command).toEqual(known);
  });

  test('is handed on whole', async () => {
    const message = {
      ...MESSAGE,
      status: 'FAILED',
      statusReason: 'VEHICLE_REJECTED',
      statusDetail: 'DOOR "open" 車',
      result: { position: { latitude: 48.1, list: [1, null] } },
    } satisfies AnswerMessage;
    expect(handedOn(await run({ ...SCENARIOS.green, input: { message } })).message).toEqual(message);
  });
});

describe('a message that answers no command', () => {
  test('says so to the environment that gets it', async () => {
    expect(handedOn(await run(SCENARIOS.unsolicited))).toEqual({ message: MESSAGE, command: null });
  });

  test('goes where customers’ requests go: all to one side', async () => {
    for (const random of [0, 0.5, 0.999_999]) {
      vi.mocked(Math.random).mockReturnValue(random);
      expect(environmentOf(await run(unsolicited(weights(100)))), `${random}`).toEqual(['blue']);
      expect(environmentOf(await run(unsolicited(weights(0)))), `${random}`).toEqual(['green']);
    }
  });

  test('goes where customers’ requests go: a share of them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        async (blue, random) => {
          vi.mocked(Math.random).mockReturnValue(random);
          const expected = random * 100 < blue ? 'blue' : 'green';
          expect(environmentOf(await run(unsolicited(weights(blue))))).toEqual([expected]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test('draws for each message: 30 of 100 in the long run', async () => {
    const next = numbers(1);
    vi.mocked(Math.random).mockImplementation(next);
    let blue = 0;
    for (let drawn = 0; drawn < 400; drawn += 1) {
      if (environmentOf(await run(unsolicited(weights(30)))).includes('blue')) blue += 1;
    }
    // 120 are expected; four standard deviations are 37.
    expect(blue).toBeGreaterThan(120 - 37);
    expect(blue).toBeLessThan(120 + 37);
  });

  test('goes to the first environment of the stage while nobody has set weights', async () => {
    expect(environmentOf(await run(SCENARIOS['unsolicited, without weights']))).toEqual(['blue']);
    expect(done(await run(SCENARIOS['unsolicited, without weights']), READ_WEIGHTS)).toEqual([
      { TableName: 'shared/Persistence/TrafficWeights', Key: { id: { S: 'traffic' } } },
    ]);
  });
});

describe('a report', () => {
  test('looks up no command, and is handed on whole, for none', async () => {
    const found = await run(SCENARIOS['a report']);
    expect(found.calls.map(({ name }) => name)).toEqual([READ_WEIGHTS, TO_GREEN]);
    expect(handedOn(found)).toEqual({ message: REPORT, command: null });
  });

  test('goes by the weights of the traffic, all to one side or a share of it', async () => {
    for (const [blue, random, expected] of [
      [100, 0.999_999, 'blue'],
      [0, 0, 'green'],
      [30, 0.29, 'blue'],
      [30, 0.31, 'green'],
    ] as const) {
      vi.mocked(Math.random).mockReturnValue(random);
      expect(environmentOf(await run(report(weights(blue)))), `${blue}: ${random}`).toEqual([expected]);
    }
    expect(environmentOf(await run(report({})))).toEqual(['blue']);
  });
});

describe('an answer to an environment that is torn down goes to the other one', () => {
  test('if it was taken out of the stage, and if its topic is gone', async () => {
    for (const name of [
      'of an environment that was taken out of the stage',
      'of an environment whose topic is gone',
    ] as const) {
      const found = await run(SCENARIOS[name]);
      expect(environmentOf(found), name).toEqual(['blue']);
      expect(handedOn(found).message, name).toEqual(MESSAGE);
    }
  });

  test('with its command, as the environment that is gone would have had it', async () => {
    const found = await run(SCENARIOS['of an environment whose topic is gone']);
    expect(handedOn(found).command).toEqual(COMMAND);
  });

  test('at once: a topic that is gone does not come back', async () => {
    const { calls } = await run(SCENARIOS['of an environment whose topic is gone']);
    expect(calls.map(({ name }) => name)).toEqual([FIND_COMMAND, TO_GREEN, TO_BLUE]);
  });

  test('whichever of the names SNS’s error has', async () => {
    const found = await run(scenario({ [TO_GREEN]: refuses('NotFound') }));
    expect(environmentOf(found)).toEqual(['blue']);
  });

  test('as a report does', async () => {
    const { answers: others, input } = report(weights(0));
    const torn = { input, answers: () => ({ ...others(), [TO_GREEN]: refuses('NotFoundException') }) };
    expect(environmentOf(await run(torn))).toEqual(['blue']);
  });
});

test('an answer that comes after the command’s end goes the same way, and nobody looks at the weights', async () => {
  const late = scenario({
    [FIND_COMMAND]: () => {
      const { Item } = stateOf(COMMAND);
      return { Item: { ...(Item as JsonObject), status: { S: 'FAILED' } } };
    },
  });
  const found = await run(late);
  expect(found.calls.map(({ name }) => name)).toEqual([FIND_COMMAND, TO_GREEN]);
});

describe('a message comes back, for its execution fails,', () => {
  const failure = async (way: Scenario) => {
    const found = await run(way);
    expect(environmentOf(found)).toEqual([]);
    return found.result;
  };

  test.each(['unreadable', 'unpublishable', 'unsolicited, weights unreadable'] as const)(
    'if it is %s',
    async (name) => {
      expect(await failure(SCENARIOS[name])).toMatchObject({ status: 'FAILED' });
    },
  );

  test('if it may be processed by nobody', async () => {
    const nobody = SCENARIOS['of an environment whose topic is gone, as the other one’s is'];
    expect(await failure(nobody)).toMatchObject({ status: 'FAILED', error: 'SNS.NotFoundException' });
    expect(await failureAlone('red')).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
  });

  test('if its environment is there, and only does not take it: no other one gets it (I6)', async () => {
    const { calls } = await run(SCENARIOS.unpublishable);
    expect(calls.map(({ name }) => name)).not.toContain(TO_BLUE);
  });

  test('only after three attempts', async () => {
    const attempts = async (way: Scenario, call: string) =>
      (await run(way)).calls.filter(({ name }) => name === call).length;
    expect(await attempts(SCENARIOS.unreadable, FIND_COMMAND)).toBe(3);
    expect(await attempts(SCENARIOS.unpublishable, TO_GREEN)).toBe(3);
    expect(await attempts(SCENARIOS['unsolicited, weights unreadable'], READ_WEIGHTS)).toBe(3);
  });
});

test('a table that throttles for a moment is asked again', async () => {
  expect(environmentOf(await run(SCENARIOS.throttled))).toEqual(['green']);
});

testWholeDefinition(DEFINITION, SCENARIOS);

/** Pseudo-random numbers, the same in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
