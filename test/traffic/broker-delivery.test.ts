import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { deserialise, MalformedVehicleMessage } from '../../functions/traffic/deserialise/deserialise.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { REQUESTED_AT, VIN, vehicleAnswer } from '../factories.ts';

const [generation] = GENERATIONS;
const topic = generation.answerTopic(VIN);
const read = (delivery: object) => deserialise(JSON.stringify(delivery), REQUESTED_AT);
const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');

describe('a payload that comes as base64', () => {
  test.each(GENERATIONS)('is the same message as its text, of $name', (of) => {
    const payload = z.encode(of.answer, vehicleAnswer({ state: 'REJECTED', code: 'Zündung läuft 🚗' }));
    const text = { topic: of.answerTopic(VIN), payload };
    const encoded = { ...text, payload: Buffer.from(payload).toString('base64'), encoding: 'base64' };
    expect(read(encoded)).toEqual(read(text));
  });

  test('is malformed if it is not a text', () => {
    const binary = { topic, payload: base64(0xff, 0xfe, 0x00), encoding: 'base64' };
    expect(() => read(binary)).toThrow(new MalformedVehicleMessage('payload: not a text'));
  });

  test.each([base64(), base64(0x7b), '%%%'])('is malformed if it is no message: “%s”', (payload) => {
    expect(() => read({ topic, payload, encoding: 'base64' })).toThrow(MalformedVehicleMessage);
  });
});

test('another encoding is not guessed at', () => {
  const payload = z.encode(generation.answer, vehicleAnswer());
  expect(() => read({ topic, payload, encoding: 'gzip' })).toThrow(/^broker delivery\.encoding: /);
});
