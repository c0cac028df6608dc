import { describe, expect, test } from 'vitest';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { testWholeDefinition } from './whole-definition.ts';
import {
  type Answers,
  answers,
  deployedDefinition,
  done,
  refuses,
  type Scenario,
  workflow,
} from './workflow.ts';

const DEFINITION = deployedDefinition('vehicle-simulator/BrokerMock/WakeUp');
const WAKE_UP = 'dynamodb:PutItem vehicle-simulator/BrokerMock/WakeUps';
const NOW = Date.parse('2026-01-01T12:00:00.250Z');
const ANSWERED = { status: 'SUCCEEDED', output: { statusCode: 202, body: '{}' } };

const fleet = demoFleet();
const vinOf = (behaviour: string, generation?: string): string =>
  fleet.find(
    (vehicle) =>
      behaviourOf(vehicle.vin) === behaviour && (generation ?? vehicle.generation) === vehicle.generation,
  )?.vin ?? expect.unreachable();

const scenario = (vin: string, overrides: Answers = {}): Scenario => ({
  input: { requestedAt: NOW, vin },
  answers: () => ({ [WAKE_UP]: answers(), ...overrides }),
});

const SCENARIOS = {
  asleep: scenario(vinOf('sleeping')),
  'on its way': scenario(vinOf('sleeping'), { [WAKE_UP]: refuses('ConditionalCheckFailedException') }),
  unreachable: scenario(vinOf('unreachable')),
  'never asleep': scenario(vinOf('normal')),
  'from elsewhere': scenario('WVWZZZ1JZXW000001'),
  'table refuses': scenario(vinOf('sleeping'), { [WAKE_UP]: refuses('InternalServerError') }),
};

const run = workflow(DEFINITION);

describe('a call', () => {
  test.each(GENERATIONS)(
    'wakes a vehicle of generation $name for 60 s, four seconds later',
    async ({ name }) => {
      const vin = vinOf('sleeping', name);
      const found = await run(scenario(vin));
      expect(found.result).toEqual(ANSWERED);
      expect(done(found, WAKE_UP)).toEqual([
        {
          TableName: 'vehicle-simulator/BrokerMock/WakeUps',
          Item: {
            vin: { S: vin },
            wokenAt: { N: String(NOW) },
            awakeFrom: { N: String(NOW + 4000) },
            awakeUntil: { N: String(NOW + 64_000) },
            // Rounded up: not before it falls asleep.
            ttl: { N: String(NOW / 1000 + 64.75) },
          },
          ConditionExpression: 'attribute_not_exists(vin) OR awakeUntil <= :now',
          ExpressionAttributeValues: { ':now': { N: String(NOW) } },
        },
      ]);
    },
  );

  test('changes nothing while the last one works, and is answered all the same', async () => {
    const found = await run(SCENARIOS['on its way']);
    expect([found.result, done(found, WAKE_UP)]).toEqual([ANSWERED, []]);
  });

  test.each(['unreachable', 'never asleep', 'from elsewhere'] as const)(
    'of a vehicle that is %s does nothing, and is answered all the same',
    async (name) => {
      const found = await run(SCENARIOS[name]);
      expect([found.result, found.calls]).toEqual([ANSWERED, []]);
    },
  );

  test('that cannot be recorded fails: the caller tries again', async () => {
    expect((await run(SCENARIOS['table refuses'])).result).toMatchObject({ status: 'FAILED' });
  });
});

testWholeDefinition(DEFINITION, SCENARIOS);
