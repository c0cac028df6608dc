import { describe, expect, test } from 'vitest';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { JsonObject } from '../../local/aws.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { brokerMessageTo } from '../factories.ts';
import { testWholeDefinition } from './whole-definition.ts';
import {
  type Answers,
  answers,
  deployedDefinition,
  done,
  type Run,
  refuses,
  type Scenario,
  workflow,
} from './workflow.ts';

const DEFINITION = deployedDefinition('vehicle-simulator/BrokerMock/Publish');
const FIND = 'dynamodb:GetItem vehicle-simulator/BrokerMock/WakeUps';
const SEND = 'sqs:SendMessage vehicle-simulator/Vehicle/Commands/Queue';

const NOW = Date.parse('2026-01-01T12:00:00.250Z');
const NOBODY_LISTENS = {
  statusCode: 202,
  body: '{"reason_code":16,"message":"no_matching_subscribers"}',
};
const TAKEN = { statusCode: 200, body: '{"id":"m"}' };

const fleet = demoFleet();
const vinOf = (behaviour: string, generation?: string): string =>
  fleet.find(
    (vehicle) =>
      behaviourOf(vehicle.vin) === behaviour && (generation ?? vehicle.generation) === vehicle.generation,
  )?.vin ?? expect.unreachable();

/** A vehicle that listens between these times, in milliseconds from now. */
const awake = (from: number, until: number): JsonObject => ({
  Item: { awakeFrom: { N: String(NOW + from) }, awakeUntil: { N: String(NOW + until) } },
});

interface Way {
  readonly message?: BrokerMessage;
  readonly wakeUp?: JsonObject;
  readonly overrides?: Answers;
}
const sleeper = brokerMessageTo({ vin: vinOf('sleeping') });
const scenario = ({ message = sleeper, wakeUp = {}, overrides = {} }: Way): Scenario => ({
  input: { requestedAt: NOW, message },
  answers: () => ({ [FIND]: answers(wakeUp), [SEND]: answers({ MessageId: 'm' }), ...overrides }),
});

const SCENARIOS = {
  'never sleeps': scenario({ message: brokerMessageTo({ vin: vinOf('normal') }) }),
  asleep: scenario({}),
  awake: scenario({ wakeUp: awake(-1, 1) }),
  'queue refuses': scenario({
    message: brokerMessageTo({ vin: vinOf('normal') }),
    overrides: { [SEND]: refuses('OverLimit') },
  }),
  'table refuses': scenario({ overrides: { [FIND]: refuses('InternalServerError') } }),
};

const run = workflow(DEFINITION);
const calls = ({ calls: all }: Run) => all.map(({ name }) => name);

describe('a message for a vehicle that never sleeps', () => {
  test('costs one call: it goes to the vehicles’ queue', async () => {
    const found = await run(SCENARIOS['never sleeps']);
    expect(calls(found)).toEqual([SEND]);
    expect(found.result).toEqual({ status: 'SUCCEEDED', output: TAKEN });
  });

  test.each(['news', '/', 'vehicles/commands', 'a/b/c/d/e'])('may have any topic: %j', async (topic) => {
    const found = await run(scenario({ message: brokerMessageTo({}, { topic }) }));
    expect(calls(found)).toEqual([SEND]);
  });
});

describe('a message for a vehicle that sleeps', () => {
  test.each(GENERATIONS)(
    'is told by the topic of generation $name, as is who it is for',
    async ({ name }) => {
      const vin = vinOf('sleeping', name);
      const found = await run(scenario({ message: brokerMessageTo({ vin, generation: name }) }));
      expect(done(found, FIND)).toEqual([
        { TableName: 'vehicle-simulator/BrokerMock/WakeUps', Key: { vin: { S: vin } }, ConsistentRead: true },
      ]);
      expect(found.result).toEqual({ status: 'SUCCEEDED', output: NOBODY_LISTENS });
    },
  );

  test('is taken while the vehicle listens, and dropped before and after', async () => {
    const outcome = async (wakeUp: JsonObject) => {
      const found = await run(scenario({ wakeUp }));
      expect(found.result).toMatchObject({ status: 'SUCCEEDED' });
      return done(found, SEND).length > 0 ? 'taken' : 'dropped';
    };
    expect(await outcome({})).toBe('dropped');
    expect(await outcome(awake(1, 60_001))).toBe('dropped');
    expect(await outcome(awake(0, 60_000))).toBe('taken');
    expect(await outcome(awake(-59_999, 1))).toBe('taken');
    expect(await outcome(awake(-60_000, 0))).toBe('dropped');
  });

  test('is dropped if nothing ever wakes the vehicle', async () => {
    const found = await run(scenario({ message: brokerMessageTo({ vin: vinOf('unreachable') }) }));
    expect(found.result).toEqual({ status: 'SUCCEEDED', output: NOBODY_LISTENS });
  });
});

test.each(['normal', 'sleeping'])('a vehicle that is %s gets the message whole', async (behaviour) => {
  const message = brokerMessageTo({ vin: vinOf(behaviour) }, { payload: 'ä"\'\\\n🚗{}' });
  const [sent] = done(await run(scenario({ message, wakeUp: awake(-1, 1) })), SEND);
  expect(sent?.QueueUrl).toBe('vehicle-simulator/Vehicle/Commands/Queue');
  expect(BrokerMessage.parse(JSON.parse(String(sent?.MessageBody)))).toEqual(message);
});

test.each(['queue refuses', 'table refuses'] as const)(
  'where the %s it, the execution fails: the caller tries again',
  async (name) => {
    expect((await run(SCENARIOS[name])).result).toMatchObject({ status: 'FAILED' });
  },
);

testWholeDefinition(DEFINITION, SCENARIOS);
