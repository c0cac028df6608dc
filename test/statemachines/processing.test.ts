import { marshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type CommandData,
  filterAttributes,
  RemoteServiceEvent,
  reportFilterAttributes,
  VehicleReported,
} from '../../functions/event/event.ts';
import type { AnswerMessage, ReportMessage } from '../../functions/traffic/vehicle-message.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { vehicle } from '../factories.ts';
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

const DEFINITION = deployedDefinition('green/IncomingVehicleCommunication/Workflow');
const PUBLISH = 'sns:Publish green/EventProcessing/Events';
const READ_VEHICLE = 'dynamodb:GetItem shared/Persistence/Vehicles';
const READ_REQUESTER = 'dynamodb:GetItem shared/Persistence/Events STATE';
const STORE_POSITION = 'dynamodb:PutItem shared/Persistence/Positions';
const SET_ASIDE = 'sqs:SendMessage green/IncomingVehicleCommunication/Messages/DeadLetters';

const VIN = 'WBADEM00000000001';
const EVENT_ID = '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5';
const MESSAGE_ID = '0a1b2c3d-4e5f-4a6b-8c7d-8e9fa0b1c2d3';

const MESSAGE = {
  kind: 'answer',
  messageId: MESSAGE_ID,
  vin: VIN,
  eventId: EVENT_ID,
  serviceType: 'horn-blow',
  status: 'EXECUTED',
  followUp: 'NOTHING',
  receivedAt: '2026-01-01T12:00:03.000Z',
} satisfies AnswerMessage;

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

const POSITION = { latitude: 48.177024, longitude: 11.559107, heading: 42 };

/** A car that was found. */
const FOUND = {
  ...MESSAGE,
  serviceType: 'vehicle-finder',
  followUp: 'STORE_POSITION',
  result: { position: POSITION },
} satisfies AnswerMessage;
const FINDER: CommandData = { ...COMMAND, serviceType: 'vehicle-finder' };

/** A command's current state as far as this workflow reads it. */
const state = (item: { status: string; requester?: string; changedBy?: string }): JsonObject => ({
  Item: Object.fromEntries(Object.entries(item).map(([name, value]) => [name, { S: value }])),
});
const REQUESTED = state({ status: 'RUNNING', requester: 'user-4711' });
/** The event that this very message becomes. */
const THIS = `${EVENT_ID}.vehicle.${MESSAGE_ID}`;
/** The command has ended. */
const ended = (status: 'EXECUTED' | 'FAILED', changedBy: string): Answers => ({
  [READ_REQUESTER]: answers(state({ status, requester: 'user-4711', changedBy })),
});

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
const bodyOf = (message: Partial<AnswerMessage> = {}, command: CommandData | null = COMMAND) =>
  JSON.stringify({ message: { ...MESSAGE, ...message }, command });

const scenario = (body: string, overrides: Answers = {}): Scenario => ({
  input: records(body),
  answers: () => ({
    [PUBLISH]: answers({ MessageId: 'm' }),
    [SET_ASIDE]: answers({ MessageId: 'm' }),
    ...overrides,
  }),
});

const finder = (overrides: Answers = {}, message: Partial<AnswerMessage> = {}): Scenario =>
  scenario(bodyOf({ ...FOUND, ...message }, FINDER), {
    [READ_REQUESTER]: answers(REQUESTED),
    [STORE_POSITION]: answers(),
    ...overrides,
  });

const REPORT = {
  kind: 'report',
  messageId: MESSAGE_ID,
  vin: VIN,
  reportType: 'theft-alarm',
  occurredAt: '2026-01-01T12:00:01.000Z',
  optIn: false,
  data: { trigger: 'DOOR', passed: [{ on: null }] },
  receivedAt: '2026-01-01T12:00:03.000Z',
} satisfies ReportMessage;
const VIDEO = { ...REPORT, reportType: 'theft-video', optIn: true } satisfies ReportMessage;

/** The vehicle's record; its owner may have asked for some reports. */
const record = (optIns?: readonly string[]): JsonObject => ({
  Item: marshall(
    { ...vehicle({ vin: VIN, brand: 'mini', country: 'GB' }), optIns },
    { removeUndefinedValues: true },
  ) as unknown as JsonObject,
});

const report = (message: ReportMessage, item: JsonObject, overrides: Answers = {}): Scenario =>
  scenario(JSON.stringify({ message, command: null }), { [READ_VEHICLE]: answers(item), ...overrides });

const OTHER_VEHICLE = bodyOf({ vin: 'WBADEM00000000002' });
const SCENARIOS = {
  executed: scenario(bodyOf()),
  found: finder(),
  'found again, by the message that ended the command': finder(ended('EXECUTED', THIS)),
  'found after the command was given up': finder(ended('FAILED', `${EVENT_ID}.timeout.RUNNING`)),
  'found after the command was executed': finder(ended('EXECUTED', `${EVENT_ID}.vehicle.another`)),
  'found for nobody': finder({ [READ_REQUESTER]: answers(state({ status: 'CREATED' })) }),
  'found, and its command is gone': finder({ [READ_REQUESTER]: answers() }),
  'a requester that cannot be read': finder({ [READ_REQUESTER]: refuses('InternalServerError') }),
  'a position that cannot be stored': finder({ [STORE_POSITION]: refuses('InternalServerError') }),
  'a position that is none': finder({}, { result: {} }),
  'published at the second attempt': scenario(bodyOf(), {
    [PUBLISH]: inTurn(refuses('InternalErrorException'), answers({ MessageId: 'm' })),
  }),
  'an unknown command': scenario(bodyOf({}, null)),
  'a command of another vehicle': scenario(OTHER_VEHICLE),
  'a command of another service': scenario(bodyOf({ serviceType: 'light-flash' })),
  'an event that cannot be published': scenario(bodyOf(), { [PUBLISH]: refuses('InternalErrorException') }),
  'a report': report(REPORT, record()),
  'a report published at the second attempt': report(REPORT, record(), {
    [PUBLISH]: inTurn(refuses('InternalErrorException'), answers({ MessageId: 'm' })),
  }),
  'a report that the owner wants': report(VIDEO, record(['theft-video'])),
  'a report that the owner does not want': report(VIDEO, record()),
  'a report of an unknown vehicle': report(REPORT, {}),
  'a vehicle that cannot be read': report(REPORT, {}, { [READ_VEHICLE]: refuses('InternalServerError') }),
  'a report that cannot be published': report(REPORT, record(), {
    [PUBLISH]: refuses('InternalErrorException'),
  }),
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

  test.each<[string, Partial<AnswerMessage>]>([
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

describe('the position of a car that was found', () => {
  test('is for the requester’s eyes, and hidden 15 minutes after it arrived', async () => {
    const [read] = done(await run(SCENARIOS.found), READ_REQUESTER);
    expect(read).toEqual({
      TableName: 'shared/Persistence/Events',
      Key: { pk: { S: `COMMAND#${EVENT_ID}` }, sk: { S: 'STATE' } },
      // The workflow that sent the command recorded it before.
      ConsistentRead: true,
    });
    expect(done(await run(SCENARIOS.found), STORE_POSITION)).toEqual([
      {
        TableName: 'shared/Persistence/Positions',
        Item: {
          eventId: { S: EVENT_ID },
          requester: { S: 'user-4711' },
          latitude: { N: '48.177024' },
          longitude: { N: '11.559107' },
          heading: { N: '42' },
          hiddenFrom: { N: String(Date.parse('2026-01-01T12:15:03Z')) },
          ttl: { N: String(Date.parse('2026-01-01T12:15:03Z') / 1000) },
        },
      },
    ]);
  });

  test.each([
    [{ latitude: 0, longitude: 0, heading: 0 }, ['0', '0', '0']],
    [{ latitude: -90, longitude: -179.999999, heading: 359 }, ['-90', '-179.999999', '359']],
  ])('%j is stored as it is', async (position, numbers) => {
    const [stored] = done(await run(finder({}, { result: { position } })), STORE_POSITION);
    const [latitude, longitude, heading] = numbers.map((N) => ({ N }));
    expect(stored?.Item).toMatchObject({ latitude, longitude, heading });
  });

  test('is stored before EXECUTED is published: an app that sees that asks for the position at once', async () => {
    const { calls, result } = await run(SCENARIOS.found);
    expect(calls.map(({ name }) => name)).toEqual([READ_REQUESTER, STORE_POSITION, PUBLISH]);
    expect(result).toEqual(CONSUMED);
  });

  test('is in no event, and neither is who asked for it', async () => {
    const event = eventOf(await run(SCENARIOS.found));
    expect(event.data).toEqual({ ...FINDER, status: 'EXECUTED' });
    expect(JSON.stringify(event)).not.toMatch(/48\.17|11\.55|user-4711/);
  });

  test.each(['CREATED', 'PENDING', 'RUNNING'])('is stored while the command is %s', async (status) => {
    const answer = { [READ_REQUESTER]: answers(state({ status, requester: 'user-4711' })) };
    expect(done(await run(finder(answer)), STORE_POSITION)).toEqual(
      done(await run(SCENARIOS.found), STORE_POSITION),
    );
  });

  test('is stored again by the message that ended the command, as it was', async () => {
    const again = await run(SCENARIOS['found again, by the message that ended the command']);
    expect(done(again, STORE_POSITION)).toEqual(done(await run(SCENARIOS.found), STORE_POSITION));
    expect(eventOf(again).id).toBe(THIS);
    expect(again.result).toEqual(CONSUMED);
  });

  test('of a command that has ended, who knows by what, is not stored', async () => {
    const answer = { [READ_REQUESTER]: answers(state({ status: 'EXECUTED', requester: 'user-4711' })) };
    expect(done(await run(finder(answer)), STORE_POSITION)).toEqual([]);
  });

  test.each([
    'found after the command was given up',
    'found after the command was executed',
    'found for nobody',
    'found, and its command is gone',
  ] as const)('is not stored when %s; the event is published without it', async (name) => {
    const found = await run(SCENARIOS[name]);
    expect(found.calls.map((call) => call.name)).toEqual([READ_REQUESTER, PUBLISH]);
    expect(eventOf(found).data).toEqual({ ...FINDER, status: 'EXECUTED' });
    expect(found.result).toEqual(CONSUMED);
  });

  test.each([
    'a requester that cannot be read',
    'a position that cannot be stored',
    'a position that is none',
  ] as const)('%s: the message comes back by its record’s id, and nothing is published', async (name) => {
    const { calls, result } = await run(SCENARIOS[name]);
    expect(result).toEqual(COMES_BACK);
    expect(calls.map((call) => call.name)).not.toContain(PUBLISH);
  });

  test('is looked for only when the car was found', async () => {
    const running = scenario(
      bodyOf({ ...MESSAGE, serviceType: 'vehicle-finder', status: 'RUNNING' }, FINDER),
    );
    expect((await run(running)).calls.map(({ name }) => name)).toEqual([PUBLISH]);
  });
});

describe('a report', () => {
  /** The one event that was published, with its attributes. */
  const published = (found: Run) =>
    done(found, PUBLISH).map(({ Message, MessageAttributes }) => ({
      event: VehicleReported.parse(JSON.parse(String(Message))),
      attributes: MessageAttributes,
    }));

  test('becomes an event of the vehicle, for distribution only', async () => {
    const found = await run(SCENARIOS['a report']);
    const [{ event, attributes } = expect.unreachable()] = published(found);
    expect(event).toEqual({
      specversion: '1.0',
      // A repeated message is the same event.
      id: `${MESSAGE_ID}.reported`,
      source: 'incoming-vehicle-communication',
      type: 'remote-vehicle-services.vehicle-reported',
      subject: VIN,
      time: REPORT.receivedAt,
      data: {
        reportId: MESSAGE_ID,
        vin: VIN,
        reportType: 'theft-alarm',
        occurredAt: REPORT.occurredAt,
        environment: 'green',
        brand: 'mini',
        country: 'GB',
        data: REPORT.data,
      },
    });
    const asSns = Object.entries(reportFilterAttributes(event)).map(([name, StringValue]) => [
      name,
      { DataType: 'String', StringValue },
    ]);
    expect(attributes).toEqual(Object.fromEntries(asSns));
    expect(found.result).toEqual(CONSUMED);
  });

  test('reads its vehicle, and nothing of any command', async () => {
    const found = await run(SCENARIOS['a report']);
    expect(found.calls.map(({ name }) => name)).toEqual([READ_VEHICLE, PUBLISH]);
    expect(done(found, READ_VEHICLE)).toEqual([
      { TableName: 'shared/Persistence/Vehicles', Key: { vin: { S: VIN } } },
    ]);
  });

  test('is published again as the same event if it comes again, or at the second attempt', async () => {
    const once = published(await run(SCENARIOS['a report']));
    expect(published(await run(SCENARIOS['a report']))).toEqual(once);
    expect(published(await run(SCENARIOS['a report published at the second attempt']))).toEqual(once);
  });

  test.each<[string, ReportMessage, string[] | undefined, number]>([
    ['needs no consent and has none', REPORT, undefined, 1],
    ['needs no consent and has some', REPORT, ['theft-alarm'], 1],
    ['is wanted', VIDEO, ['theft-video'], 1],
    ['is wanted beside others', VIDEO, ['mood', 'theft-video', 'theft-alarm'], 1],
    ['is not wanted', VIDEO, undefined, 0],
    ['is not wanted any more', VIDEO, [], 0],
    ['is not wanted, but another', VIDEO, ['theft-alarm'], 0],
    ['is not wanted, but others', VIDEO, ['theft-alarm', 'theft'], 0],
  ])('that %s', async (_what, message, optIns, times) => {
    const found = await run(report(message, record(optIns)));
    expect(published(found)).toHaveLength(times);
    expect(done(found, SET_ASIDE)).toEqual([]);
    expect(found.result).toEqual(CONSUMED);
  });

  test('of an unknown vehicle leaves nothing, if nobody may look at it unasked', async () => {
    const found = await run(report(VIDEO, {}));
    expect(published(found)).toEqual([]);
    expect(done(found, SET_ASIDE)).toEqual([]);
    expect(found.result).toEqual(CONSUMED);
  });

  test('of an unknown vehicle is set aside whole, with the reason', async () => {
    const found = await run(SCENARIOS['a report of an unknown vehicle']);
    expect(done(found, SET_ASIDE)).toEqual([
      {
        QueueUrl: 'green/IncomingVehicleCommunication/Messages/DeadLetters',
        MessageBody: JSON.stringify({ message: REPORT, command: null }),
        MessageAttributes: { reason: { DataType: 'String', StringValue: 'UNKNOWN_VEHICLE' } },
      },
    ]);
    expect(published(found)).toEqual([]);
    expect(found.result).toEqual(CONSUMED);
  });
});

describe('a message that no retry makes an answer', () => {
  test.each([
    ['an unknown command', 'UNKNOWN_COMMAND'],
    ['a command of another vehicle', 'COMMAND_OF_ANOTHER_VEHICLE'],
    ['a command of another service', 'COMMAND_OF_ANOTHER_SERVICE'],
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

  test('a message that asks for what nobody knows does so, too', async () => {
    for (const followUp of ['SOMETHING', undefined]) {
      const body = JSON.stringify({ message: { ...MESSAGE, followUp }, command: COMMAND });
      const found = await run(scenario(body));
      expect(found.result).toMatchObject({ status: 'FAILED', error: 'States.NoChoiceMatched' });
      expect(found.calls).toEqual([]);
    }
  });

  test('a position for another service is set aside before anything is stored', async () => {
    const found = await run(scenario(bodyOf({ ...FOUND, serviceType: 'vehicle-finder' }, COMMAND)));
    expect(found.calls.map(({ name }) => name)).toEqual([SET_ASIDE]);
  });
});

describe('a message comes back by its record’s id', () => {
  test.each([
    ['an event that cannot be published', PUBLISH, 3],
    ['a report that cannot be published', PUBLISH, 3],
    ['a vehicle that cannot be read', READ_VEHICLE, 1],
    // The message comes back anyway.
    ['a dead letter that cannot be sent', SET_ASIDE, 1],
  ] as const)('%s', async (name, call, attempts) => {
    const found = await run(SCENARIOS[name]);
    expect(found.result).toEqual(COMES_BACK);
    expect(found.calls.filter((made) => made.name === call)).toHaveLength(attempts);
    expect(done(found, call)).toEqual([]);
  });
});

testWholeDefinition(DEFINITION, SCENARIOS);
