import specs from '@asyncapi/specs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { RemoteServiceEvent, VehicleReported } from '../../functions/event/event.ts';
import { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { REPORTS } from '../../functions/vehicle-reports/catalogue.ts';
import type { JsonObject } from '../../local/aws.ts';
import { Field } from '../../local/step-functions/field.ts';
import { compileExpression, type Scope } from '../../local/step-functions/jsonata.ts';
import routing from '../../statemachines/routing.asl.json' with { type: 'json' };
import { readAnswer, readReport } from '../traffic/read.ts';
import { at, checker, contract, danglingRefs, resolved } from './documents.ts';

const document = contract('asyncapi.json');

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);
const faults = checker(ajv, document);

const Message = z.looseObject({
  payload: z.looseObject({}),
  headers: z.looseObject({}).optional(),
  examples: z.array(z.object({ name: z.string(), payload: z.json(), headers: z.json().optional() })).min(1),
});
const messages = z.object({ messages: z.record(z.string(), Message) }).parse(document.components).messages;

const payloadsOf = (name: string) => messages[name]?.examples.map(({ payload }) => payload) ?? [];

test('is AsyncAPI 3.0', () => {
  const validator = new Ajv({ strict: false, allErrors: true });
  addFormats.default(validator);
  const isAsyncApi = validator.compile(specs.schemasWithoutId['3.0.0']);
  isAsyncApi(document);
  expect(isAsyncApi.errors).toBeNull();
  expect(document.asyncapi).toBe('3.0.0');
});

test('refers to nothing that is not there', () => {
  expect(danglingRefs(document)).toEqual([]);
});

test('every message is on a channel, every channel of the backend in an operation', () => {
  const channels = Object.entries(document.channels as JsonObject).map(([name, value]) => {
    const { messages, address } = value as JsonObject;
    return { name, address, messages: Object.values(messages as JsonObject) as JsonObject[] };
  });
  const onChannels = channels.flatMap(({ messages }) => messages.map(({ $ref }) => $ref));
  const all = Object.keys(messages).map((name) => `#/components/messages/${name}`);
  expect([...onChannels].sort()).toEqual([...all].sort());

  const inOperations = Object.values(document.operations as JsonObject).map(
    (operation) => resolved(document, (operation as JsonObject).channel).title,
  );
  const ofBackend = channels.filter(({ address }) => !String(address).includes('{vin}'));
  for (const { name } of ofBackend) {
    expect(inOperations).toContain((at(document, `#/channels/${name}`) as JsonObject).title);
  }
});

describe.each(Object.entries(messages))('the message %s', (name, { examples, headers }) => {
  test.each(examples)('has an example «$name» that fits', (example) => {
    expect(faults(`#/components/messages/${name}/payload`, example.payload)).toBe('');
    if (headers !== undefined) {
      expect(faults(`#/components/messages/${name}/headers`, example.headers)).toBe('');
    }
  });

  test('is not just anything', () => {
    expect(faults(`#/components/messages/${name}/payload`, {})).not.toBe('');
  });
});

test('events are those that the backend reads', () => {
  const events = payloadsOf('event');
  expect(events.map((event) => RemoteServiceEvent.parse(event))).toEqual(events);
  expect(new Set(events.map((event) => RemoteServiceEvent.parse(event).data.status)).size).toBe(5);
});

test('reports are those that the backend reads, of each type', () => {
  const reports = payloadsOf('report').map((report) => VehicleReported.parse(report));
  expect(reports).toEqual(payloadsOf('report'));
  expect(reports.map(({ data }) => data.reportType)).toEqual(REPORTS.map(({ reportType }) => reportType));
  for (const { data } of reports) {
    expect(faults(`#/components/schemas/${data.reportType}`, data.data)).toBe('');
    expect(faults(`#/components/schemas/${data.reportType}`, {})).not.toBe('');
  }
});

test('notifications are those that the subscriber gets', () => {
  const notifications = payloadsOf('notification');
  expect(notifications.map((notification) => Notification.parse(notification))).toEqual(notifications);
});

test('vehicle messages are those that the routing workflow publishes', async () => {
  const { FindCommand, PublishToEnvironment } = routing.States;
  const evaluate = (expression: string, scope: Scope) =>
    compileExpression(expression.slice(2, -2), new Field('routing', '', 'result'))(scope);
  for (const payload of payloadsOf('vehicleMessage')) {
    const { command, message } = z.object({ command: z.json(), message: z.json() }).parse(payload);
    const read: JsonObject = command === null ? {} : { Item: marshall(command) as unknown as JsonObject };
    const found = await evaluate(FindCommand.Assign.command, { states: { result: read }, variables: {} });
    const variables = { message, command: found };
    const published = await evaluate(PublishToEnvironment.Arguments.Message, { states: {}, variables });
    expect(JSON.parse(String(published))).toEqual(payload);
  }
});

describe.each(GENERATIONS)('a vehicle of $name', ({ name, command, answer, report }) => {
  test('understands the command that the broker takes', () => {
    const taken = payloadsOf(`${name}-command-carried`).map((message) => BrokerMessage.parse(message));
    expect(taken.map(({ payload }) => command.parse(payload))).toMatchObject([
      { service: 'CHARGING_SETTINGS', parameters: { chargingTarget: 75, acLimitValue: 16 } },
    ]);
  });

  test('is understood', () => {
    const read = payloadsOf(`${name}-answer-carried`).map((delivery) =>
      readAnswer(JSON.stringify(delivery), 0),
    );
    expect(read.map(({ status }) => status)).toEqual([
      'RUNNING',
      'RUNNING',
      'EXECUTED',
      'FAILED',
      'EXECUTED',
    ]);
    const reports = payloadsOf(`${name}-report-carried`).map((delivery) =>
      readReport(JSON.stringify(delivery), 0),
    );
    expect(reports.map(({ reportType }) => reportType)).toEqual(REPORTS.map(({ reportType }) => reportType));
  });

  test('has a channel for each way', () => {
    const Carried = z.object({ topic: z.string(), payload: z.string() });
    const [sent] = payloadsOf(`${name}-command-carried`).map((message) => Carried.parse(message));
    const [said] = payloadsOf(`${name}-answer-carried`).map((delivery) => Carried.parse(delivery));
    const [told] = payloadsOf(`${name}-report-carried`).map((delivery) => Carried.parse(delivery));
    const VIN = 'WBA11AA0N00000001';
    const addressOf = (channel: string) =>
      String(at(document, `#/channels/${channel}/address`)).replace('{vin}', VIN);
    expect(addressOf(`${name}-commands`)).toBe(sent?.topic);
    expect(addressOf(`${name}-answers`)).toBe(said?.topic);
    expect(addressOf(`${name}-reports`)).toBe(told?.topic);
    for (const codec of [answer, report]) expect(codec.safeParse(sent?.payload).success).toBe(false);
  });
});
