import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { deserialise, MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
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

const fleet = demoFleet();

/** One demo vehicle; any generation will do where none is said. */
const vehicleThat = (behaviour: string, generation?: string): Vehicle =>
  fleet.find(
    (vehicle) =>
      behaviourOf(vehicle.vin) === behaviour && (generation ?? vehicle.generation) === vehicle.generation,
  ) ?? expect.unreachable();

const answersOf = (
  { vin, generation }: Pick<Vehicle, 'vin' | 'generation'>,
  service = 'HORN_BLOW',
): VehicleSends[] =>
  drive(brokerMessageTo({ vin, generation, command: vehicleCommand({ service }) }), 0, newId);

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
  sleeping: ['RUNNING', 'EXECUTED'],
  unreachable: [],
};

describe.each(GENERATIONS)('of generation $name', ({ name: generation, answerTopic, answer }) => {
  test.each(Object.keys(BEHAVIOURS))('a vehicle that is %s', (behaviour) => {
    // Behaviours are told by VIN: whichever generation the fleet has it in, each can have it.
    const sends = answersOf({ vin: vehicleThat(behaviour).vin, generation });
    const inOrder = sends.toSorted((one, other) => one.afterMs - other.afterMs);
    expect(inOrder.map(readState)).toEqual(STATES[behaviour]);
  });

  test('an answer is for the command, from the vehicle’s own topic and in its own words', () => {
    const { vin } = vehicleThat('rejecting', generation);
    const [{ afterMs, body } = expect.unreachable(), ...others] = answersOf({ vin, generation });
    const { topic, payload } = JSON.parse(body);
    expect(others).toEqual([]);
    expect(afterMs).toBe(1000);
    expect(topic).toBe(answerTopic(vin));
    expect(z.decode(answer, payload)).toEqual({
      messageId: idOf(1),
      commandId: EVENT_ID,
      service: 'HORN_BLOW',
      state: 'REJECTED',
      code: 'ENGINE_RUNNING',
    });
  });

  test('a vehicle that is found says where it is when it has executed, and not before', () => {
    const { vin } = vehicleThat('normal', generation);
    const positions = answersOf({ vin, generation }, 'VEHICLE_FINDER').map(
      ({ body }) => deserialise(body, REQUESTED_AT).result,
    );
    expect(positions).toEqual([
      undefined,
      {
        position: {
          latitude: expect.any(Number),
          longitude: expect.any(Number),
          heading: expect.any(Number),
        },
      },
    ]);
  });

  describe('what is no command is an error', () => {
    test.each([
      ['the topic for answers', { topic: answerTopic(VIN) }, /topic for commands/],
      ['any topic', { topic: 'news' }, /'news'/],
      ['a payload that is nothing like it', { payload: 'honk' }, /./],
      ['a payload that is no command', { payload: '{"version":99}' }, /./],
    ])('%s', (_what, overrides, reason) => {
      const message = brokerMessageTo({ generation }, overrides);
      expect(() => drive(message, 0, newId)).toThrow(reason);
    });
  });
});

test('a vehicle does not understand the commands of another generation', () => {
  for (const { name: generation } of GENERATIONS) {
    for (const { name: other } of GENERATIONS.filter(({ name }) => name !== generation)) {
      const { topic } = brokerMessageTo({ generation });
      const { payload } = brokerMessageTo({ generation: other });
      expect(
        () => drive(brokerMessageTo({}, { topic, payload }), 0, newId),
        `${other} to ${generation}`,
      ).toThrow();
    }
  }
});

test('a shy vehicle flashes its lights', () => {
  expect(answersOf(vehicleThat('shy'), 'LIGHT_FLASH').map(readState)).toEqual(['RUNNING', 'EXECUTED']);
});

test('a message that is repeated is the very same; others have ids of their own', () => {
  const bodies = answersOf(vehicleThat('repeating')).map(({ body }) => body);
  expect(bodies).toHaveLength(4);
  expect(new Set(bodies).size).toBe(2);
  expect(drawn).toBe(2);
});

describe('what a vehicle reports', () => {
  const resultsOf = (service: string) => {
    const { vin, generation } = vehicleThat('normal');
    return answersOf({ vin, generation }, service).map(
      ({ body }) => z.decode(vehicleGeneration(generation).answer, JSON.parse(body).payload).result,
    );
  };

  test.each(CATALOGUE)('of $serviceType is what the catalogue asks for', ({ vehicleService, result }) => {
    const [before, after] = resultsOf(vehicleService);
    expect(before).toBeUndefined();
    expect((result ?? z.undefined()).safeParse(after).error).toBeUndefined();
  });

  test('of a service that it never heard of is nothing', () => {
    expect(resultsOf('SEAT_HEATING')).toEqual([undefined, undefined]);
  });
});

describe('the broker', () => {
  const message = brokerMessageTo({}, { properties: { message_expiry_interval: 15 } });
  test.each([
    [14_999, 2],
    [15_000, 2],
    [15_001, 0],
  ])('after %i ms hands over a command that leads to %i answers', (heldMs, answers) => {
    expect(drive(message, heldMs, newId)).toHaveLength(answers);
  });
});
