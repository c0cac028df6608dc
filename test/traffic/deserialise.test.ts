import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { deserialise, MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { VehicleMessage } from '../../functions/traffic/vehicle-message.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import type { VehicleAnswer, VehicleReport } from '../../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../../functions/vehicle-reports/catalogue.ts';
import { at, EVENT_ID, MESSAGE_ID, REQUESTED_AT, VIN, vehicleAnswer, vehicleReport } from '../factories.ts';
import { answers, reports } from '../vehicle-generations/messages.ts';
import { readAnswer, readReport } from './read.ts';

const delivery = (payload: unknown, topic: unknown) => JSON.stringify({ topic, payload });

/** An answer on its way from a vehicle of the generation. */
const answerOf = ({ answer, answerTopic }: VehicleGeneration, overrides: Partial<VehicleAnswer> = {}) =>
  delivery(z.encode(answer, vehicleAnswer(overrides)), answerTopic(VIN));

describe.each(GENERATIONS)('an answer of $name in the backend’s terms', (generation) => {
  test.each([
    ['ACKNOWLEDGED', { status: 'RUNNING' }],
    ['IN_PROGRESS', { status: 'RUNNING' }],
    ['EXECUTED', { status: 'EXECUTED' }],
    ['REJECTED', { status: 'FAILED', statusReason: 'VEHICLE_REJECTED' }],
  ] as const)('%s', (state, expected) => {
    const message = deserialise(answerOf(generation, { state }), REQUESTED_AT + 4000);
    expect(message).toEqual({
      kind: 'answer',
      messageId: MESSAGE_ID,
      vin: VIN,
      eventId: EVENT_ID,
      serviceType: 'horn-blow',
      followUp: 'NOTHING',
      receivedAt: at(4),
      ...expected,
    });
    expect(VehicleMessage.parse(message)).toEqual(message);
  });

  test('the code says why in the vehicle’s words', () => {
    const rejection = answerOf(generation, { state: 'REJECTED', code: 'ENGINE_RUNNING & MORE' });
    expect(deserialise(rejection, REQUESTED_AT)).toMatchObject({
      status: 'FAILED',
      statusDetail: 'ENGINE_RUNNING & MORE',
    });
  });

  test.each(CATALOGUE)(
    '$serviceType is told by the vehicle’s word for it',
    ({ serviceType, vehicleService }) => {
      const answer = answerOf(generation, { service: vehicleService, state: 'ACKNOWLEDGED' });
      expect(deserialise(answer, REQUESTED_AT)).toMatchObject({ serviceType, followUp: 'NOTHING' });
    },
  );

  test('says no more than the catalogue expects: a result that nobody asked for is left out', () => {
    const message = deserialise(answerOf(generation, { result: { mood: 'happy' } }), REQUESTED_AT);
    expect(message).not.toHaveProperty('result');
  });

  test.each(GENERATIONS.filter((other) => other !== generation))(
    'in the words of $name is malformed',
    ({ answerTopic }) => {
      const body = delivery(z.encode(generation.answer, vehicleAnswer()), answerTopic(VIN));
      expect(() => deserialise(body, REQUESTED_AT)).toThrow(MalformedVehicleMessage);
    },
  );
});

describe.each(GENERATIONS)('where a vehicle of $name was found', (generation) => {
  const position = { latitude: 48.1372, longitude: 11.5756, heading: 270 };
  const found = (overrides: Partial<VehicleAnswer>) =>
    answerOf(generation, { service: 'VEHICLE_FINDER', ...overrides });

  test('is the result, to be stored', () => {
    const message = deserialise(found({ result: { position } }), REQUESTED_AT);
    expect(message).toMatchObject({
      serviceType: 'vehicle-finder',
      status: 'EXECUTED',
      followUp: 'STORE_POSITION',
      result: { position },
    });
    expect(VehicleMessage.parse(message)).toEqual(message);
  });

  test('is all of the result that is kept', () => {
    const result = { position: { ...position, altitude: 519 }, speed: 0 };
    expect(readAnswer(found({ result }), REQUESTED_AT).result).toEqual({ position });
  });

  test.each<[string, Record<string, unknown>]>([
    ['the poles', { latitude: -90 }],
    ['the date line', { longitude: 180 }],
    ['north', { heading: 0 }],
    ['almost north', { heading: 359 }],
  ])('may be at or towards %s', (_where, changes) => {
    const there = { ...position, ...changes };
    expect(readAnswer(found({ result: { position: there } }), REQUESTED_AT).result).toEqual({
      position: there,
    });
  });

  test.each<[string, VehicleAnswer['result'], RegExp]>([
    ['no result', undefined, /^result: /],
    ['nothing', {}, /^result\.position: /],
    ['no position', { position: null }, /^result\.position: /],
    ['no latitude', { position: { longitude: 1, heading: 1 } }, /^result\.position\.latitude: /],
    ['beyond the pole', { position: { ...position, latitude: 90.001 } }, /^result\.position\.latitude: /],
    ['around the world', { position: { ...position, longitude: -181 } }, /^result\.position\.longitude: /],
    ['a full turn', { position: { ...position, heading: 360 } }, /^result\.position\.heading: /],
    ['half a degree', { position: { ...position, heading: 0.5 } }, /^result\.position\.heading: /],
    ['text', { position: { ...position, latitude: '48' } }, /^result\.position\.latitude: /],
  ])('is malformed with %s', (_what, result, reason) => {
    const read = () => deserialise(found(result === undefined ? {} : { result }), REQUESTED_AT);
    expect(read).toThrow(MalformedVehicleMessage);
    expect(read).toThrow(reason);
  });

  test('plays no part before it has executed', () => {
    const results: VehicleAnswer['result'][] = [{ position }, { position: null }, {}];
    for (const state of ['ACKNOWLEDGED', 'IN_PROGRESS', 'REJECTED'] as const) {
      for (const result of results) {
        const message = readAnswer(found({ state, result }), REQUESTED_AT);
        expect(message).not.toHaveProperty('result');
        expect(message.followUp).toBe('NOTHING');
      }
      expect(readAnswer(found({ state }), REQUESTED_AT).followUp).toBe('NOTHING');
    }
  });
});

/** A report on its way from a vehicle of the generation. */
const reportOf = ({ report, reportTopic }: VehicleGeneration, overrides: Partial<VehicleReport> = {}) =>
  delivery(z.encode(report, vehicleReport(overrides)), reportTopic(VIN));

describe.each(GENERATIONS)('a report of $name in the backend’s terms', (generation) => {
  test.each(REPORTS)('$reportType', ({ reportType, vehicleReport: report, example, optIn }) => {
    const message = deserialise(reportOf(generation, { report, data: example }), REQUESTED_AT + 4000);
    expect(message).toEqual({
      kind: 'report',
      messageId: MESSAGE_ID,
      vin: VIN,
      reportType,
      occurredAt: at(0),
      optIn,
      data: example,
      receivedAt: at(4),
    });
    expect(VehicleMessage.parse(message)).toEqual(message);
  });

  test('says no more than the catalogue expects', () => {
    const data = { trigger: 'TILT', mood: 'angry' };
    expect(readReport(reportOf(generation, { data }), REQUESTED_AT).data).toEqual({ trigger: 'TILT' });
  });

  test('has its time with milliseconds, as events have', () => {
    const body = reportOf(generation, { occurredAt: '2025-12-03T10:00:00Z' });
    expect(readReport(body, REQUESTED_AT).occurredAt).toBe('2025-12-03T10:00:00.000Z');
  });

  test.each<[string, Partial<VehicleReport>, RegExp]>([
    ['that nobody knows', { report: 'BOREDOM' }, /^payload: no report is called 'BOREDOM'$/],
    ['of a service', { report: 'HORN_BLOW' }, /^payload: no report is called 'HORN_BLOW'$/],
    ['without data', { data: {} }, /^data\.trigger: /],
    ['of another’s data', { report: 'THEFT_VIDEO' }, /^data\.videos: /],
  ])('%s is malformed, and says why', (_what, overrides, reason) => {
    const read = () => deserialise(reportOf(generation, overrides), REQUESTED_AT);
    expect(read).toThrow(MalformedVehicleMessage);
    expect(read).toThrow(reason);
  });

  test('is malformed on the topic for answers, and an answer on that for reports', () => {
    const { report, reportTopic, answer, answerTopic } = generation;
    for (const body of [
      delivery(z.encode(report, vehicleReport()), answerTopic(VIN)),
      delivery(z.encode(answer, vehicleAnswer()), reportTopic(VIN)),
    ]) {
      expect(() => deserialise(body, REQUESTED_AT)).toThrow(MalformedVehicleMessage);
    }
  });
});

test('why a video is malformed does not tell where it is: the reason is logged', () => {
  for (const url of [
    'http://videos.example/secret',
    'secret',
    `https://videos.example/${'secret'.repeat(400)}`,
  ]) {
    const data = { videos: [{ camera: 'INTERIOR', url, durationSeconds: 20 }] };
    for (const generation of GENERATIONS) {
      const body = reportOf(generation, { report: 'THEFT_VIDEO', data });
      expect(() => deserialise(body, REQUESTED_AT)).toThrow(/^data\.videos\.0\.url: (?!.*secret)/);
    }
  }
});

/** The generation whose payload is the plainest. */
const TOPIC = `vehicles/${VIN}/answers`;
const plain = (payload: unknown) => delivery(payload, TOPIC);
const answer = (overrides: Record<string, unknown> = {}, topic: unknown = TOPIC) =>
  delivery(JSON.stringify({ version: 1, ...vehicleAnswer(), ...overrides }), topic);

test('fields of a later version are left out', () => {
  expect(deserialise(answer({ mood: 'happy' }), REQUESTED_AT)).not.toHaveProperty('mood');
});

describe('a malformed message says why', () => {
  test.each([
    ['no JSON', 'not even JSON {', /^broker delivery: not JSON$/],
    ['nothing', '', /^broker delivery: not JSON$/],
    ['no object', '[]', /^broker delivery: .*expected object/],
    ['no payload', JSON.stringify({ topic: TOPIC }), /^broker delivery\.payload: /],
    ['no topic', JSON.stringify({ payload: '{}' }), /^broker delivery\.topic: /],
    ['a payload that is no text', plain({}), /^broker delivery\.payload: .*expected string/],
    ['a payload that is no JSON', plain('\u0000not even JSON {'), /^payload: not JSON$/],
    ['a payload that is no object', plain('null'), /^payload: .*expected object/],
    ['a version that nobody knows', answer({ version: 99 }), /payload\.version: /],
    ['a state that nobody knows', answer({ state: 'HONKING' }), /payload\.state: .*ACKNOWLEDGED/],
    ['a messageId that is no UUID', answer({ messageId: '1' }), /payload\.messageId: /],
    ['no commandId', answer({ commandId: undefined }), /payload\.commandId: /],
    ['a code that is too long', answer({ code: 'x'.repeat(201) }), /payload\.code: .*200/],
    ['a result that is no object', answer({ result: [1] }), /payload\.result: /],
    ['several faults', answer({ version: 99, state: '' }), /payload\.state: .*; payload\.version: /],
    ['a service that no vehicle has', answer({ service: 'TOAST_BREAD' }), /no remote service.*'TOAST_BREAD'/],
    ['the topic for commands', answer({}, `vehicles/${VIN}/commands`), /^topic: not a vehicle/],
    ['a topic that goes on', answer({}, `${TOPIC}/more`), /^topic: /],
    ['a topic of something else', answer({}, `toasters/${VIN}/answers`), /^topic: not a vehicle/],
    ['a topic without a VIN', answer({}, 'vehicles//answers'), /^topic: /],
    ['a topic with something like a VIN', answer({}, `vehicles/${VIN.toLowerCase()}/answers`), /^topic: /],
    ['no topic at all', answer({}, ''), /^topic: not a vehicle/],
  ])('%s', (_what, body, reason) => {
    const read = () => deserialise(body, REQUESTED_AT);
    expect(read).toThrow(MalformedVehicleMessage);
    expect(read).toThrow(reason);
  });

  test('in few words, however long the message', () => {
    const long = 'x'.repeat(100_000);
    for (const body of [answer({ service: long }), answer({}, long), plain(long)]) {
      expect(() => deserialise(body, REQUESTED_AT)).toThrow(/^.{1,200}$/);
    }
  });
});

describe('whatever comes, it is a message or malformed', () => {
  const never = (body: string) => {
    try {
      VehicleMessage.parse(deserialise(body, REQUESTED_AT));
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedVehicleMessage);
    }
  };
  /** Mostly a valid answer: whatever is wrong with it is wrong in one place or two. */
  const almostAnswers = fc
    .tuple(
      fc.record(
        { version: fc.jsonValue(), messageId: fc.string(), state: fc.jsonValue(), service: fc.string() },
        { requiredKeys: [] },
      ),
      fc.record({ code: fc.string({ unit: 'binary' }), result: fc.jsonValue() }, { requiredKeys: [] }),
    )
    .map(([faults, extras]) => JSON.stringify({ version: 1, ...vehicleAnswer(), ...extras, ...faults }));
  const services = fc.constantFrom(...CATALOGUE.map(({ vehicleService }) => vehicleService));
  /** Valid answers, but for results that are no results, on any generation's topic. */
  const strangeResults = fc
    .tuple(answers, services, fc.constantFrom(...GENERATIONS), fc.constantFrom(...GENERATIONS))
    .map(([written, service, writer, { answerTopic }]) =>
      delivery(z.encode(writer.answer, { ...written, service }), answerTopic(VIN)),
    );
  const reportNames = fc.constantFrom(...REPORTS.map(({ vehicleReport }) => vehicleReport));
  /** Valid reports, but for data that are none, on any generation's topic. */
  const strangeData = fc
    .tuple(reports, reportNames, fc.constantFrom(...GENERATIONS), fc.constantFrom(...GENERATIONS))
    .map(([written, report, writer, { reportTopic }]) =>
      delivery(z.encode(writer.report, { ...written, report }), reportTopic(VIN)),
    );
  const allTopics = fc.constantFrom(
    ...GENERATIONS.flatMap(({ answerTopic, reportTopic }) => [answerTopic(VIN), reportTopic(VIN)]),
  );

  test.each<[string, fc.Arbitrary<string>]>([
    ['any text', fc.string({ unit: 'binary' })],
    ['any JSON', fc.json()],
    [
      'any payload',
      fc.tuple(fc.string({ unit: 'binary' }), allTopics).map(([payload, topic]) => delivery(payload, topic)),
    ],
    [
      'any JSON as payload',
      fc.tuple(fc.json(), allTopics).map(([payload, topic]) => delivery(payload, topic)),
    ],
    ['any topic', fc.string({ unit: 'binary' }).map((topic) => answer({}, topic))],
    [
      'something like a topic',
      fc
        .array(fc.constantFrom('v2', 'http', 'vehicles', VIN, 'answers', 'reports', '', '/'))
        .map((parts) => answer({}, parts.join('/'))),
    ],
    ['something like an answer', almostAnswers.map((payload) => plain(payload))],
    ['something like a result', strangeResults],
    ['something like data of a report', strangeData],
  ])('%s', (_what, bodies) => {
    fc.assert(fc.property(bodies, never));
  });

  test.each(GENERATIONS)('JSON of $name that is nested deeply', ({ answer, answerTopic }) => {
    const depth = 50_000;
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const written = z.encode(answer, vehicleAnswer({ result: { a: 'here' } }));
    const payload = written.replace(/"here"|%22here%22/, nested);
    expect(payload.length).toBeGreaterThan(depth);
    never(delivery(payload, answerTopic(VIN)));
  });
});
