import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deserialise, MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { VehicleMessage } from '../../functions/traffic/vehicle-message.ts';
import { at, EVENT_ID, MESSAGE_ID, REQUESTED_AT, VIN, vehicleAnswer } from '../factories.ts';

const TOPIC = `vehicles/${VIN}/answers`;
const delivery = (payload: unknown, topic: unknown = TOPIC) => JSON.stringify({ topic, payload });
const answer = (overrides: Record<string, unknown> = {}, topic: unknown = TOPIC) =>
  delivery(JSON.stringify({ ...vehicleAnswer(), ...overrides }), topic);

describe('a vehicle’s answer in the backend’s terms', () => {
  test.each([
    ['ACKNOWLEDGED', { status: 'RUNNING' }],
    ['EXECUTED', { status: 'EXECUTED' }],
    ['REJECTED', { status: 'FAILED', statusReason: 'VEHICLE_REJECTED' }],
  ] as const)('%s', (state, expected) => {
    const message = deserialise(answer({ state }), REQUESTED_AT + 4000);
    expect(message).toEqual({
      messageId: MESSAGE_ID,
      vin: VIN,
      eventId: EVENT_ID,
      afterwards: 'NOTHING',
      receivedAt: at(4),
      ...expected,
    });
    expect(VehicleMessage.parse(message)).toEqual(message);
  });

  test('the code says why in the vehicle’s words', () => {
    expect(deserialise(answer({ state: 'REJECTED', code: 'ENGINE_RUNNING' }), REQUESTED_AT)).toMatchObject({
      status: 'FAILED',
      statusDetail: 'ENGINE_RUNNING',
    });
  });

  test('fields of a later version are left out', () => {
    expect(deserialise(answer({ mood: 'happy' }), REQUESTED_AT)).not.toHaveProperty('mood');
  });
});

describe('a malformed message says why', () => {
  test.each([
    ['no JSON', 'not even JSON {', /^broker delivery: not JSON$/],
    ['nothing', '', /^broker delivery: not JSON$/],
    ['no object', '[]', /^broker delivery: .*expected object/],
    ['no payload', JSON.stringify({ topic: TOPIC }), /^broker delivery\.payload: /],
    ['no topic', JSON.stringify({ payload: '{}' }), /^broker delivery\.topic: /],
    ['a payload that is no text', delivery({}), /^broker delivery\.payload: .*expected string/],
    ['a payload that is no JSON', delivery('\u0000not even JSON {'), /^payload: not JSON$/],
    ['a payload that is no object', delivery('null'), /^payload: .*expected object/],
    ['a version that nobody knows', answer({ version: 99 }), /payload\.version: /],
    ['a state that nobody knows', answer({ state: 'HONKING' }), /payload\.state: .*ACKNOWLEDGED/],
    ['a messageId that is no UUID', answer({ messageId: '1' }), /payload\.messageId: /],
    ['no commandId', answer({ commandId: undefined }), /payload\.commandId: /],
    ['a code that is too long', answer({ code: 'x'.repeat(201) }), /payload\.code: .*200/],
    ['a result that is no object', answer({ result: [1] }), /payload\.result: /],
    ['several faults', answer({ version: 99, state: '' }), /payload\.version: .*; payload\.state: /],
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
    for (const body of [answer({ service: long }), answer({}, long), delivery(long)]) {
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
    .map(([faults, extras]) => JSON.stringify({ ...vehicleAnswer(), ...extras, ...faults }));

  test.each<[string, fc.Arbitrary<string>]>([
    ['any text', fc.string({ unit: 'binary' })],
    ['any JSON', fc.json()],
    ['any payload', fc.string({ unit: 'binary' }).map((payload) => delivery(payload))],
    ['any JSON as payload', fc.json().map((payload) => delivery(payload))],
    ['any topic', fc.string({ unit: 'binary' }).map((topic) => answer({}, topic))],
    [
      'something like a topic',
      fc
        .array(fc.constantFrom('vehicles', VIN, 'answers', '', '/'))
        .map((parts) => answer({}, parts.join('/'))),
    ],
    ['something like an answer', almostAnswers.map((payload) => delivery(payload))],
  ])('%s', (_what, bodies) => {
    fc.assert(fc.property(bodies, never));
  });

  test('JSON that is nested deeply', () => {
    const depth = 50_000;
    const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const payload = JSON.stringify({ ...vehicleAnswer(), result: {} }).replace('{}', `{"a":${nested}}`);
    never(delivery(payload));
  });
});
