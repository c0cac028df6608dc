import { beforeEach, describe, expect, test } from 'vitest';
import { VehicleAnswer } from '../../functions/remote-services/vehicle-payload.ts';
import { deserialise, MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { BEHAVIOURS } from '../../vehicle-simulator/behaviour.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { drive, type VehicleSends } from '../../vehicle-simulator/vehicle/drive.ts';
import { brokerMessageTo, EVENT_ID, REQUESTED_AT, VIN, vehicleCommand } from '../factories.ts';

let drawn: number;
beforeEach(() => {
  drawn = 0;
});
const idOf = (number: number) => `7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a${String(number).padStart(2, '0')}`;
const newId = () => {
  drawn += 1;
  return idOf(drawn);
};

const vinOf = (behaviour: string): string =>
  demoFleet().find(({ vin }) => behaviourOf(vin) === behaviour)?.vin ?? expect.unreachable();

const answersOf = (behaviour: string, service = 'HORN_BLOW'): VehicleSends[] =>
  drive(
    brokerMessageTo(vinOf(behaviour), { payload: JSON.stringify(vehicleCommand({ service })) }),
    0,
    newId,
  );

/** The state that the backend reads from it, or why it reads none. */
function readState({ body }: VehicleSends): string {
  try {
    return deserialise(body, REQUESTED_AT).status;
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedVehicleMessage);
    return 'malformed';
  }
}

/** What the backend reads from the answers to a horn-blow, in their order. */
const STATES: Record<string, string[]> = {
  normal: ['RUNNING', 'EXECUTED'],
  prompt: ['RUNNING', 'EXECUTED'],
  slow: ['RUNNING', 'EXECUTED'],
  silent: [],
  stalling: ['RUNNING'],
  rejecting: ['FAILED'],
  late: ['RUNNING', 'EXECUTED'],
  repeating: ['RUNNING', 'RUNNING', 'EXECUTED', 'EXECUTED'],
  unordered: ['EXECUTED', 'RUNNING'],
  garbled: ['malformed', 'RUNNING', 'malformed', 'EXECUTED'],
  garbage: ['malformed'],
  incapable: ['RUNNING', 'EXECUTED'],
  shy: ['FAILED'],
};

test.each(Object.keys(BEHAVIOURS))('a vehicle that is %s', (behaviour) => {
  const sends = answersOf(behaviour).toSorted((one, other) => one.afterMs - other.afterMs);
  expect(sends.map(readState)).toEqual(STATES[behaviour]);
});

test('a shy vehicle flashes its lights', () => {
  expect(answersOf('shy', 'LIGHT_FLASH').map(readState)).toEqual(['RUNNING', 'EXECUTED']);
});

test('an answer is for the command, from the vehicle’s own topic', () => {
  const vin = vinOf('rejecting');
  const [{ afterMs, body } = expect.unreachable(), ...others] = answersOf('rejecting');
  const { topic, payload } = JSON.parse(body);
  expect(others).toEqual([]);
  expect(afterMs).toBe(1000);
  expect(topic).toBe(`vehicles/${vin}/answers`);
  expect(VehicleAnswer.parse(JSON.parse(payload))).toEqual({
    version: 1,
    messageId: idOf(1),
    commandId: EVENT_ID,
    service: 'HORN_BLOW',
    state: 'REJECTED',
    code: 'ENGINE_RUNNING',
  });
});

test('a message that is repeated is the very same; others have ids of their own', () => {
  const bodies = answersOf('repeating').map(({ body }) => body);
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies).size).toBe(2);
  expect(drawn).toBe(2);
});

describe('the broker', () => {
  const message = brokerMessageTo(VIN, { properties: { message_expiry_interval: 15 } });
  test.each([
    [14_999, 2],
    [15_000, 2],
    [15_001, 0],
  ])('after %i ms hands over a command that leads to %i answers', (heldMs, answers) => {
    expect(drive(message, heldMs, newId)).toHaveLength(answers);
  });
});

describe('what is no command is an error', () => {
  test.each([
    ['the topic for answers', { topic: `vehicles/${VIN}/answers` }, /topic for commands/],
    ['any topic', { topic: 'news' }, /'news'/],
    ['a payload that is no JSON', { payload: 'honk' }, /JSON/],
    ['a payload that is no command', { payload: '{"version":99}' }, /commandId/],
  ])('%s', (_what, overrides, reason) => {
    expect(() => drive(brokerMessageTo(VIN, overrides), 0, newId)).toThrow(reason);
  });
});
