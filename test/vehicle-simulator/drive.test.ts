import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE, remoteServiceOfVehicle } from '../../functions/remote-services/catalogue.ts';
import { MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { VehicleAnswer } from '../../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../../functions/vehicle-reports/catalogue.ts';
import { BEHAVIOURS, type Behaviour } from '../../vehicle-simulator/behaviour.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { drive, type VehicleSends } from '../../vehicle-simulator/vehicle/drive.ts';
import { messageIdOf, unknownCommandOf } from '../../vehicle-simulator/vehicle/message-id.ts';
import {
  at,
  brokerMessageTo,
  EVENT_ID,
  OTHER_EVENT_ID,
  REQUESTED_AT,
  VIN,
  vehicleCommand,
} from '../factories.ts';
import { readAnswer } from '../traffic/read.ts';

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
): VehicleSends[] => drive(brokerMessageTo({ vin, generation, command: vehicleCommand({ service }) }), 0);

/** As the broker's rule puts it on the incoming queue. */
const deliveryOf = ({ topic, payload }: VehicleSends): string => JSON.stringify({ topic, payload });

/** The state that the backend reads from it, or why it reads none. */
function readState(sends: VehicleSends): string {
  try {
    return readAnswer(deliveryOf(sends), REQUESTED_AT).status;
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
    const [{ afterMs, topic, payload } = expect.unreachable(), ...others] = answersOf({ vin, generation });
    expect(others).toEqual([]);
    expect(afterMs).toBe(1000);
    expect(topic).toBe(answerTopic(vin));
    expect(z.decode(answer, payload)).toEqual({
      messageId: messageIdOf(EVENT_ID, 0),
      commandId: EVENT_ID,
      service: 'HORN_BLOW',
      state: 'REJECTED',
      code: 'ENGINE_RUNNING',
    });
  });

  test('a vehicle that is found says where it is when it has executed, and not before', () => {
    const { vin } = vehicleThat('normal', generation);
    const positions = answersOf({ vin, generation }, 'VEHICLE_FINDER').map(
      (sends) => readAnswer(deliveryOf(sends), REQUESTED_AT).result,
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
      expect(() => drive(message, 0)).toThrow(reason);
    });
  });
});

test('a vehicle does not understand the commands of another generation', () => {
  for (const { name: generation } of GENERATIONS) {
    for (const { name: other } of GENERATIONS.filter(({ name }) => name !== generation)) {
      const { topic } = brokerMessageTo({ generation });
      const { payload } = brokerMessageTo({ generation: other });
      expect(() => drive(brokerMessageTo({}, { topic, payload }), 0), `${other} to ${generation}`).toThrow();
    }
  }
});

test('a shy vehicle flashes its lights', () => {
  expect(answersOf(vehicleThat('shy'), 'LIGHT_FLASH').map(readState)).toEqual(['RUNNING', 'EXECUTED']);
});

test('a message that is repeated is the very same; others have ids of their own', () => {
  const payloads = answersOf(vehicleThat('repeating')).map(({ payload }) => payload);
  expect(payloads).toHaveLength(4);
  expect(new Set(payloads).size).toBe(2);
});

test('a vehicle that gets a command again does the very same again', () => {
  for (const name of Object.keys(BEHAVIOURS)) {
    expect(answersOf(vehicleThat(name)), name).toEqual(answersOf(vehicleThat(name)));
  }
});

describe('what a vehicle reports', () => {
  const resultsOf = (service: string) => {
    const { vin, generation } = vehicleThat('normal');
    return answersOf({ vin, generation }, service).map(
      ({ payload }) => z.decode(vehicleGeneration(generation).answer, payload).result,
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
    expect(drive(message, heldMs)).toHaveLength(answers);
  });
});

describe.each(GENERATIONS)('each kind of step, by a vehicle of $name', (generation) => {
  /** What a vehicle with these steps sends when it is asked to blow its horn. */
  const sends = (steps: Behaviour['steps'], more: Partial<Behaviour> = {}, command = vehicleCommand()) => {
    const usual = BEHAVIOURS.normal ?? expect.unreachable();
    BEHAVIOURS.normal = { description: 'of a test', steps, ...more };
    try {
      return drive(brokerMessageTo({ vin: VIN, generation: generation.name, command }), 0);
    } finally {
      BEHAVIOURS.normal = usual;
    }
  };
  const answers = (steps: Behaviour['steps']) =>
    sends(steps).map(({ topic, payload }) => {
      expect(topic).toBe(generation.answerTopic(VIN));
      return z.decode(generation.answer, payload);
    });

  test.each(VehicleAnswer.shape.state.options)('an answer %s', (state) => {
    expect(answers([{ afterMs: 0, state }])).toEqual([
      { messageId: messageIdOf(EVENT_ID, 0), commandId: EVENT_ID, service: 'HORN_BLOW', state },
    ]);
  });

  test('an answer to an unknown command', () => {
    expect(answers([{ afterMs: 0, state: 'EXECUTED', to: 'UNKNOWN_COMMAND' }])).toMatchObject([
      { commandId: unknownCommandOf(EVENT_ID), service: 'HORN_BLOW' },
    ]);
  });

  test('an answer for another service, with what that reports', () => {
    for (const { vehicleService: service } of CATALOGUE) {
      const command = vehicleCommand({ service });
      const [sent] = sends([{ afterMs: 0, state: 'EXECUTED', to: 'ANOTHER_SERVICE' }], {}, command);
      const answer = z.decode(generation.answer, sent?.payload ?? '');
      const other = remoteServiceOfVehicle(answer.service);
      expect(other?.vehicleService).not.toBe(service);
      expect(answer.commandId).toBe(EVENT_ID);
      expect(z.safeParse(other?.result ?? z.undefined(), answer.result).error).toBeUndefined();
    }
  });

  test('an answer for a service that there is not', () => {
    const [answer] = answers([{ afterMs: 0, state: 'EXECUTED', to: 'UNKNOWN_SERVICE' }]);
    expect(remoteServiceOfVehicle(answer?.service ?? 'HORN_BLOW')).toBeUndefined();
  });

  test('an answer with a result of the step’s own', () => {
    expect(answers([{ afterMs: 0, state: 'EXECUTED', result: { loud: true } }])).toMatchObject([
      { result: { loud: true } },
    ]);
  });

  test('rubbish on either topic, as it is', () => {
    expect(
      sends([
        { afterMs: 0, garbage: '\u0000{' },
        { afterMs: 0, garbage: 'xy', repeated: 3, on: 'reports' },
        { afterMs: 0, garbage: '', on: 'answers' },
      ]),
    ).toEqual([
      { afterMs: 0, topic: generation.answerTopic(VIN), payload: '\u0000{' },
      { afterMs: 0, topic: generation.reportTopic(VIN), payload: 'xyxyxy' },
      { afterMs: 0, topic: generation.answerTopic(VIN), payload: '' },
    ]);
  });

  test.each(REPORTS)('the report $reportType', ({ reportType, vehicleReport, example, data }) => {
    const [like, unlike] = sends([
      { afterMs: 0, report: reportType },
      { afterMs: 5, report: reportType, data: { trigger: 'METEORITE' } },
    ]).map(({ topic, payload }) => {
      expect(topic).toBe(generation.reportTopic(VIN));
      return z.decode(generation.report, payload);
    });
    expect(like).toEqual({
      messageId: messageIdOf(EVENT_ID, 0),
      report: vehicleReport,
      occurredAt: at(0),
      data: example,
    });
    expect(unlike).toMatchObject({ messageId: messageIdOf(EVENT_ID, 1), data: { trigger: 'METEORITE' } });
    expect(data.safeParse(unlike?.data).success).toBe(false);
  });

  test('copies, one after the other', () => {
    const sent = sends([{ afterMs: 100, state: 'EXECUTED', copies: 3, everyMs: 50 }]);
    expect(sent.map(({ afterMs }) => afterMs)).toEqual([100, 150, 200]);
    expect(new Set(sent.map(({ payload }) => payload)).size).toBe(1);
  });

  test('delays that are drawn: by seed, vehicle, command and step', () => {
    const step = { afterMs: { uniform: [0, 900_000] as [number, number] }, garbage: '' };
    const drawn = (seed?: number, commandId = EVENT_ID) =>
      sends([step, step], seed === undefined ? {} : { seed }, vehicleCommand({ commandId })).map(
        ({ afterMs }) => afterMs,
      );
    expect(drawn()).toEqual(drawn(0));
    expect(new Set([...drawn(0), ...drawn(1), ...drawn(0, OTHER_EVENT_ID)]).size).toBe(6);
  });
});
