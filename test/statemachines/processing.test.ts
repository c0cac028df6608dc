import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type CommandData, filterAttributes, RemoteServiceEvent } from '../../functions/event/event.ts';
import type { VehicleMessage } from '../../functions/traffic/vehicle-message.ts';
import type { Json } from '../../local/aws.ts';
import { faultsOf, stateNames } from './definition.ts';
import { survivorsOf } from './mutation.ts';
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

const DEFINITION = deployedDefinition('green/IncomingVehicleCommunication/Workflow');
const PUBLISH = 'sns:Publish green/EventProcessing/Events';
const SET_ASIDE = 'sqs:SendMessage green/IncomingVehicleCommunication/Messages/DeadLetters';

const VIN = 'WBADEM00000000001';
const EVENT_ID = '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5';
const MESSAGE_ID = '0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3';

const MESSAGE = {
  messageId: MESSAGE_ID,
  vin: VIN,
  eventId: EVENT_ID,
  status: 'EXECUTED',
  afterwards: 'NOTHING',
  receivedAt: '2026-01-01T12:00:03.000Z',
} satisfies VehicleMessage;

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

/** A record of the vehicle-message queue, in an array as a pipe hands it over. */
const records = (body: string): Json => [
  {
    messageId: 'record-1',
    receiptHandle: 'r',
    body,
    attributes: {},
    messageAttributes: {},
    eventSource: 'aws:sqs',
  },
];
const bodyOf = (message: Partial<VehicleMessage> = {}, command: CommandData | null = COMMAND) =>
  JSON.stringify({ message: { ...MESSAGE, ...message }, command });

const scenario = (body: string, overrides: Answers = {}): Scenario => ({
  input: records(body),
  answers: () => ({
    [PUBLISH]: answers({ MessageId: 'm' }),
    [SET_ASIDE]: answers({ MessageId: 'm' }),
    ...overrides,
  }),
});

const OTHER_VEHICLE = bodyOf({ vin: 'WBADEM00000000002' });
const SCENARIOS = {
  executed: scenario(bodyOf()),
  'published at the second attempt': scenario(bodyOf(), {
    [PUBLISH]: inTurn(refuses('InternalErrorException'), answers({ MessageId: 'm' })),
  }),
  'an unknown command': scenario(bodyOf({}, null)),
  'a command of another vehicle': scenario(OTHER_VEHICLE),
  'an event that cannot be published': scenario(bodyOf(), { [PUBLISH]: refuses('InternalErrorException') }),
  'a dead letter that cannot be sent': scenario(OTHER_VEHICLE, {
    [SET_ASIDE]: refuses('ServiceUnavailable'),
  }),
};

const run = workflow(DEFINITION);
const CONSUMED = { status: 'SUCCEEDED', output: { batchItemFailures: [] } };
/** The pipe leaves the message in its queue. */
const COMES_BACK = {
  status: 'SUCCEEDED',
  output: { batchItemFailures: [{ itemIdentifier: 'record-1' }] },
};

/** The one event that was published; its attributes are checked, as filters read them. */
function eventOf(found: Run): RemoteServiceEvent {
  const [published, ...others] = done(found, PUBLISH);
  expect(others).toEqual([]);
  const message: unknown = JSON.parse(String(published?.Message));
  const event = RemoteServiceEvent.parse(message);
  // Nothing beside the schema.
  expect(event).toEqual(message);
  const attributes = Object.entries(filterAttributes(event)).map(([name, value]) => [
    name,
    { DataType: 'String', StringValue: value },
  ]);
  expect(published?.MessageAttributes).toEqual(Object.fromEntries(attributes));
  return event;
}

// Retries wait for a random part of their delay: for none.
beforeEach(() => void vi.spyOn(Math, 'random').mockReturnValue(0));
afterEach(() => void vi.restoreAllMocks());

describe('a vehicle’s answer', () => {
  test('becomes an event of its command', async () => {
    const found = await run(SCENARIOS.executed);
    expect(eventOf(found)).toEqual({
      specversion: '1.0',
      // A repeated message is the same event.
      id: `${EVENT_ID}.vehicle.${MESSAGE_ID}`,
      source: 'incoming-vehicle-communication',
      type: 'remote-vehicle-services.status-changed',
      subject: VIN,
      time: MESSAGE.receivedAt,
      data: { ...COMMAND, status: 'EXECUTED' },
    });
    expect(found.result).toEqual(CONSUMED);
    expect(done(found, SET_ASIDE)).toEqual([]);
  });

  test.each<[string, Partial<VehicleMessage>]>([
    ['RUNNING', { status: 'RUNNING' }],
    ['EXECUTED', { status: 'EXECUTED' }],
    [
      'EXECUTED with a result',
      { status: 'EXECUTED', result: { position: { latitude: 48.1, passed: [1, null] } } },
    ],
    ['FAILED with reason', { status: 'FAILED', statusReason: 'VEHICLE_REJECTED' }],
    [
      'FAILED with reason and detail',
      { status: 'FAILED', statusReason: 'VEHICLE_REJECTED', statusDetail: 'BONNET "open" 車' },
    ],
  ])('%s', async (_, message) => {
    expect(eventOf(await run(scenario(bodyOf(message)))).data).toEqual({ ...COMMAND, ...message });
  });

  test('is published again as the same event if it comes again', async () => {
    expect(eventOf(await run(SCENARIOS.executed))).toEqual(eventOf(await run(SCENARIOS.executed)));
  });

  test('is published at the second attempt', async () => {
    const found = await run(SCENARIOS['published at the second attempt']);
    expect(found.result).toEqual(CONSUMED);
    expect(eventOf(found).data.status).toBe('EXECUTED');
  });

  test('is published for a command without country, too', async () => {
    const { brand: _, country: __, generation: ___, ...known } = COMMAND;
    const found = await run(scenario(bodyOf({}, known)));
    expect(eventOf(found).data).toEqual({ ...known, status: 'EXECUTED' });
  });
});

describe('a message that no retry makes an answer', () => {
  test.each([
    ['an unknown command', 'UNKNOWN_COMMAND'],
    ['a command of another vehicle', 'COMMAND_OF_ANOTHER_VEHICLE'],
  ] as const)('%s: it is set aside whole, with the reason', async (name, reason) => {
    const found = await run(SCENARIOS[name]);
    const [record] = SCENARIOS[name].input as { body: string }[];
    expect(done(found, SET_ASIDE)).toEqual([
      {
        QueueUrl: 'green/IncomingVehicleCommunication/Messages/DeadLetters',
        MessageBody: record?.body,
        MessageAttributes: { reason: { DataType: 'String', StringValue: reason } },
      },
    ]);
    expect(done(found, PUBLISH)).toEqual([]);
    expect(found.result).toEqual(CONSUMED);
  });

  test('a message without structure fails its execution, and so comes back until it is a dead letter', async () => {
    for (const body of ['', 'rubbish', '[]', '{}']) {
      const found = await run(scenario(body));
      expect(found.result, body).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
      expect(found.calls, body).toEqual([]);
    }
  });

  test('a message that asks for what nobody knows comes back, too', async () => {
    const body = JSON.stringify({ message: { ...MESSAGE, afterwards: 'SOMETHING' }, command: COMMAND });
    expect((await run(scenario(body))).result).toEqual(COMES_BACK);
  });
});

describe('a message comes back by its record’s id', () => {
  test.each([
    ['an event that cannot be published', PUBLISH, 3],
    // The message comes back anyway.
    ['a dead letter that cannot be sent', SET_ASIDE, 1],
  ] as const)('%s', async (name, call, attempts) => {
    const found = await run(SCENARIOS[name]);
    expect(found.result).toEqual(COMES_BACK);
    expect(found.calls.filter((made) => made.name === call)).toHaveLength(attempts);
    expect(done(found, call)).toEqual([]);
  });
});

test('every state is entered', async () => {
  const runs = await Promise.all(Object.values(SCENARIOS).map(run));
  const entered = new Set(runs.flatMap(({ states }) => states));
  expect(stateNames(DEFINITION).filter((state) => !entered.has(state))).toEqual([]);
});

test('no transition can be lost, or lead elsewhere, unnoticed', { timeout: 60_000 }, async () => {
  expect(await survivorsOf(DEFINITION, Object.values(SCENARIOS))).toEqual([]);
});

test('the definition is valid Amazon States Language', () => {
  expect(faultsOf(DEFINITION)).toEqual([]);
});
