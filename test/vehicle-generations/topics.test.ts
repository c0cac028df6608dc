import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  answeringVehicle,
  commandedVehicle,
  GENERATIONS,
  reportingVehicle,
  vehicleGeneration,
} from '../../functions/vehicle-generations/generations.ts';
import { VIN } from '../factories.ts';
import { vins } from './messages.ts';

test('each generation has a name of its own, oldest first', () => {
  const names = GENERATIONS.map(({ name }) => name);
  expect(names).toEqual(['http-2013', 'mqtt-2018', 'mqtt-2021']);
  for (const generation of GENERATIONS) expect(vehicleGeneration(generation.name)).toBe(generation);
});

test.each(['mqtt-2031', '', 'constructor', '__proto__'])('there is no generation %j', (name) => {
  expect(() => vehicleGeneration(name)).toThrow(`There is no vehicle generation '${name}'`);
});

test.each([
  ['http-2013', 'SMS', 45],
  ['mqtt-2018', 'SMS', 45],
  ['mqtt-2021', 'UDP', 15],
])('%s is woken by %s, within %d s', (name, channel, longestExpectedSeconds) => {
  expect(vehicleGeneration(name).wakeUp).toEqual({ channel, longestExpectedSeconds });
});

test('no two vehicles share a topic, whatever their generations', () => {
  fc.assert(
    fc.property(fc.uniqueArray(vins, { minLength: 2, maxLength: 5 }), (several) => {
      const topics = several.flatMap((vin) =>
        GENERATIONS.flatMap(({ commandTopic, answerTopic, reportTopic }) => [
          commandTopic(vin),
          answerTopic(vin),
          reportTopic(vin),
        ]),
      );
      expect(new Set(topics).size).toBe(topics.length);
    }),
  );
});

describe.each([
  ['answers on', answeringVehicle, 'answerTopic', ['commandTopic', 'reportTopic']],
  ['reports on', reportingVehicle, 'reportTopic', ['commandTopic', 'answerTopic']],
  ['listens on', commandedVehicle, 'commandTopic', ['answerTopic', 'reportTopic']],
] as const)('who %s a topic', (_what, participantOf, own, others) => {
  test('is the vehicle, of its generation', () => {
    fc.assert(
      fc.property(fc.constantFrom(...GENERATIONS), vins, (generation, vin) => {
        expect(participantOf(generation[own](vin))).toEqual({ generation, vin });
        for (const other of others) expect(participantOf(generation[other](vin))).toBeUndefined();
      }),
    );
  });

  const strangeTopics = GENERATIONS.flatMap((generation) => {
    const topic = generation[own](VIN);
    return [
      `${topic}/`,
      `/${topic}`,
      `${topic}/more`,
      `more/${topic}`,
      topic.replace('/', '//'),
      topic.toUpperCase(),
      topic.replace(VIN, VIN.toLowerCase()),
      topic.replace(VIN, VIN.slice(1)),
      topic.replace(VIN, `${VIN}0`),
      topic.replace(VIN, ''),
      topic.replace(VIN, '+'),
      topic.replace(VIN, `${VIN}\n`),
      ` ${topic}`,
      `${topic} `,
      `${topic}\n`,
    ];
  });
  test.each([...strangeTopics, '', '/', VIN, `/${VIN}/`, 'v3/vehicles/+/#'])('nobody %j', (topic) => {
    expect(participantOf(topic)).toBeUndefined();
  });

  test('is nobody but who has the topic', () => {
    const parts = fc.constantFrom(
      'v2',
      'http',
      'vehicles',
      VIN,
      'answers',
      'reports',
      'commands',
      'mailbox',
      '',
      '+',
    );
    const owners = new Map(GENERATIONS.map((generation) => [generation[own](VIN), generation]));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(parts).map((list) => list.join('/')),
          fc.string(),
        ),
        (topic) => {
          const generation = owners.get(topic);
          expect(participantOf(topic)).toEqual(generation && { generation, vin: VIN });
        },
      ),
      { numRuns: 1000 },
    );
  });
});
