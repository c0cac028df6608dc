import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import type { VehicleCommand } from '../../functions/vehicle-generations/vehicle-message.ts';
import {
  EVENT_ID,
  MESSAGE_ID,
  REQUESTED_AT,
  vehicleAnswer,
  vehicleCommand,
  vehicleReport,
} from '../factories.ts';
import { answers, commands, reports } from './messages.ts';

/** Generations that count whole seconds. */
const COUNT_SECONDS = ['http-2013', 'mqtt-2021'];
const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

/** The default command, a rejection and the default report, as each generation writes them. */
const WRITTEN: Record<string, Record<'command' | 'answer' | 'report', Record<string, unknown>>> = {
  'http-2013': {
    command: {
      cmd: EVENT_ID,
      svc: 'HORN_BLOW',
      iat: String(REQUESTED_AT / 1000),
      exp: String(REQUESTED_AT / 1000 + 15),
      par: '{"a":1}',
    },
    answer: { msg: MESSAGE_ID, cmd: EVENT_ID, svc: 'HORN_BLOW', st: '9', err: 'NO & NO' },
    report: {
      msg: MESSAGE_ID,
      rep: 'THEFT_ALARM',
      at: String(REQUESTED_AT / 1000),
      dat: '{"trigger":"DOOR"}',
    },
  },
  'mqtt-2018': {
    command: { version: 1, ...vehicleCommand({ parameters: { a: 1 } }) },
    answer: { version: 1, ...vehicleAnswer({ state: 'REJECTED', code: 'NO & NO' }) },
    report: { version: 1, ...vehicleReport() },
  },
  'mqtt-2021': {
    command: {
      v: 2,
      id: EVENT_ID,
      svc: 'HORN_BLOW',
      iat: REQUESTED_AT / 1000,
      exp: REQUESTED_AT / 1000 + 15,
      args: { a: 1 },
    },
    answer: {
      v: 2,
      id: MESSAGE_ID,
      re: EVENT_ID,
      svc: 'HORN_BLOW',
      phase: 'REFUSED',
      err: { code: 'NO & NO' },
    },
    report: {
      v: 2,
      id: MESSAGE_ID,
      rep: 'THEFT_ALARM',
      at: REQUESTED_AT / 1000,
      data: { trigger: 'DOOR' },
    },
  },
};

/** What is left of a time in the generation's words. */
const told = ({ name }: VehicleGeneration, iso: string): string =>
  COUNT_SECONDS.includes(name) ? iso.replace(/\.\d{3}Z$/, '.000Z') : iso;

/** What a vehicle hears of a command's times. */
const heard = (generation: VehicleGeneration, command: VehicleCommand): VehicleCommand => ({
  ...command,
  issuedAt: told(generation, command.issuedAt),
  expiresAt: told(generation, command.expiresAt),
});

describe.each(GENERATIONS)('$name', (generation) => {
  const { name, command, answer, report } = generation;
  const isForm = name === 'http-2013';
  const fieldsOf = (text: string): Record<string, unknown> =>
    isForm ? Object.fromEntries(new URLSearchParams(text)) : JSON.parse(text);

  test('writes as its vehicles do', () => {
    const rejection = vehicleAnswer({ state: 'REJECTED', code: 'NO & NO' });
    expect(fieldsOf(z.encode(command, vehicleCommand({ parameters: { a: 1 } })))).toEqual(
      WRITTEN[name]?.command,
    );
    expect(fieldsOf(z.encode(answer, rejection))).toEqual(WRITTEN[name]?.answer);
    expect(fieldsOf(z.encode(report, vehicleReport()))).toEqual(WRITTEN[name]?.report);
  });

  test('reads any command as it was written, its times no later than they were', () => {
    fc.assert(
      fc.property(commands, (written) => {
        const read = z.decode(command, z.encode(command, written));
        expect(read).toEqual(heard(generation, written));
        expect(Date.parse(read.expiresAt)).toBeLessThanOrEqual(Date.parse(written.expiresAt));
        expect(Date.parse(read.issuedAt)).toBeLessThanOrEqual(Date.parse(written.issuedAt));
      }),
    );
  });

  test('reads any answer as it was written', () => {
    fc.assert(
      fc.property(answers, (written) => {
        expect(z.decode(answer, z.encode(answer, written))).toEqual(written);
      }),
    );
  });

  test('reads any report as it was written, its time no later than it was', () => {
    fc.assert(
      fc.property(reports, (written) => {
        const occurredAt = told(generation, written.occurredAt);
        expect(z.decode(report, z.encode(report, written))).toEqual({ ...written, occurredAt });
      }),
    );
  });

  test('has a state for each answer', () => {
    for (const state of ['ACKNOWLEDGED', 'IN_PROGRESS', 'EXECUTED', 'REJECTED'] as const) {
      const written = vehicleAnswer({ state });
      expect(z.decode(answer, z.encode(answer, written))).toEqual(written);
    }
  });

  test('leaves out fields of a later version', () => {
    const later = (text: string) => (isForm ? `${text}&x=1` : text.replace('{', '{"x":1,'));
    expect(z.decode(command, later(z.encode(command, vehicleCommand())))).toEqual(vehicleCommand());
    expect(z.decode(answer, later(z.encode(answer, vehicleAnswer())))).toEqual(vehicleAnswer());
    expect(z.decode(report, later(z.encode(report, vehicleReport())))).toEqual(vehicleReport());
  });

  test.each(GENERATIONS.filter((other) => other !== generation))(
    'does not read what $name writes',
    (other) => {
      expect(command.safeParse(z.encode(other.command, vehicleCommand())).success).toBe(false);
      expect(answer.safeParse(z.encode(other.answer, vehicleAnswer())).success).toBe(false);
      expect(report.safeParse(z.encode(other.report, vehicleReport())).success).toBe(false);
    },
  );

  /** Whatever is wrong, zod says so, and nothing is thrown but what zod says. */
  const isReadOrRefused = (text: string) => {
    for (const schema of [command, answer, report]) {
      const { success, error } = schema.safeParse(text);
      expect(success || error instanceof z.ZodError).toBe(true);
    }
  };

  const values = fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.constantFrom(-1, 8.64e12, 8.64e12 + 1, 1e300, 1.5),
  );
  /** JSON or a form with something else in some fields. */
  const almost = fc
    .tuple(
      fc.constantFrom(
        z.encode(command, vehicleCommand()),
        z.encode(answer, vehicleAnswer()),
        z.encode(report, vehicleReport()),
      ),
      fc.array(fc.tuple(fc.nat(5), values), { minLength: 1, maxLength: 3 }),
    )
    .map(([text, changes]) => {
      const fields = fieldsOf(text);
      const names = Object.keys(fields);
      for (const [index, value] of changes) fields[names[index % names.length] ?? ''] = value;
      if (!isForm) return JSON.stringify(fields);
      const texts = Object.entries(fields).map(([field, value]): [string, string] => [
        field,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]);
      return form(Object.fromEntries(texts));
    });

  test.each<[string, fc.Arbitrary<string>]>([
    ['any text', fc.string({ unit: 'binary' })],
    ['any JSON', fc.json()],
    ['any form', fc.dictionary(fc.string(), fc.string()).map(form)],
    ['something like a command, an answer or a report', almost],
  ])('reads or refuses %s', (_what, texts) => {
    fc.assert(fc.property(texts, isReadOrRefused));
  });

  test('takes no answer for a report, nor a report for an answer', () => {
    expect(report.safeParse(z.encode(answer, vehicleAnswer())).success).toBe(false);
    expect(answer.safeParse(z.encode(report, vehicleReport())).success).toBe(false);
  });

  test('neither reads nor writes a report of nothing', () => {
    expect(report.safeParse(z.encode(report, vehicleReport()).replace('THEFT_ALARM', '')).success).toBe(
      false,
    );
    expect(() => z.encode(report, vehicleReport({ report: '' }))).toThrow(z.ZodError);
  });

  test('neither reads nor writes an answer for no service', () => {
    expect(answer.safeParse(z.encode(answer, vehicleAnswer()).replace('HORN_BLOW', '')).success).toBe(false);
    expect(() => z.encode(answer, vehicleAnswer({ service: '' }))).toThrow(z.ZodError);
  });
});

describe('the oldest generation', () => {
  const { command, answer, report } = vehicleGeneration('http-2013');
  const fields = Object.fromEntries(new URLSearchParams(z.encode(command, vehicleCommand())));
  const answered = Object.fromEntries(
    new URLSearchParams(z.encode(answer, vehicleAnswer({ result: { a: 1 } }))),
  );

  test.each([
    ['a time that is no number', { exp: 'soon' }],
    ['a time before the epoch', { exp: '-1' }],
    ['a time with a fraction', { iat: '1.5' }],
    ['a time that no calendar has', { exp: '9'.repeat(12) }],
    ['no time', { iat: '' }],
    ['parameters that are no JSON', { par: '{' }],
    ['parameters that are no object', { par: '[]' }],
  ])('refuses a command with %s', (_what, changes) => {
    expect(command.safeParse(form({ ...fields, ...changes })).success).toBe(false);
  });

  test.each([
    ['a state that nobody knows', { st: '4' }],
    ['a state in words', { st: 'EXECUTED' }],
    ['a result that is no JSON', { res: 'done' }],
    ['a result that is no object', { res: 'null' }],
    ['a code that is too long', { err: 'x'.repeat(201) }],
  ])('refuses an answer with %s', (_what, changes) => {
    expect(answer.safeParse(form({ ...answered, ...changes })).success).toBe(false);
  });

  const told = Object.fromEntries(new URLSearchParams(z.encode(report, vehicleReport())));
  test.each([
    ['a time that is no number', { at: 'soon' }],
    ['data that are no JSON', { dat: 'DOOR' }],
    ['data that are no object', { dat: '"DOOR"' }],
  ])('refuses a report with %s', (_what, changes) => {
    expect(report.safeParse(form({ ...told, ...changes })).success).toBe(false);
  });
});

describe('the newest generation', () => {
  const { command } = vehicleGeneration('mqtt-2021');
  const fields = JSON.parse(z.encode(command, vehicleCommand()));

  test.each([
    ['a time that no calendar has', { exp: 8.64e12 + 1 }],
    ['a time before the epoch', { iat: -1 }],
    ['a time with a fraction', { iat: 1.5 }],
    ['a time as text', { iat: '1764756000' }],
    ['another version', { v: 1 }],
  ])('refuses a command with %s', (_what, changes) => {
    expect(command.safeParse(JSON.stringify({ ...fields, ...changes })).success).toBe(false);
  });
});
