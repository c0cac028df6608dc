import { expect, test, vi } from 'vitest';
import * as z from 'zod';
import { readEnvironment } from '../functions/environment.ts';

const SHAPE = { QUEUE_URL: z.url(), RETENTION_DAYS: z.coerce.number().int() };

test('declared variables are read, the others left out', () => {
  vi.stubEnv('QUEUE_URL', 'http://127.0.0.1/queue');
  vi.stubEnv('RETENTION_DAYS', '30');
  expect(readEnvironment(SHAPE)).toEqual({ QUEUE_URL: 'http://127.0.0.1/queue', RETENTION_DAYS: 30 });
});

test('each variable that is missing or malformed is named', () => {
  vi.stubEnv('QUEUE_URL', undefined);
  vi.stubEnv('RETENTION_DAYS', 'many');
  expect(() => readEnvironment(SHAPE)).toThrow(/QUEUE_URL: .*; RETENTION_DAYS: /);
});
