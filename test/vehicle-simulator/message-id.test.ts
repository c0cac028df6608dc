import { expect, test } from 'vitest';
import * as z from 'zod';
import { messageIdOf, unknownCommandOf } from '../../vehicle-simulator/vehicle/message-id.ts';
import { EVENT_ID, OTHER_EVENT_ID } from '../factories.ts';

test('ids are UUIDs that are the same for the same command and step, and no others', () => {
  const ids = [EVENT_ID, OTHER_EVENT_ID].flatMap((command) => [
    ...Array.from({ length: 20 }, (_, step) => messageIdOf(command, step)),
    unknownCommandOf(command),
  ]);
  for (const id of ids) expect(z.uuid({ version: 'v8' }).safeParse(id).success, id).toBe(true);
  expect(new Set([...ids, EVENT_ID, OTHER_EVENT_ID]).size).toBe(44);
  expect(messageIdOf(EVENT_ID, 3)).toBe(ids[3]);
  expect(unknownCommandOf(EVENT_ID)).toBe(ids[20]);
});

test('ids stay what they are: a vehicle of the version before repeats its messages too', () => {
  expect(messageIdOf(EVENT_ID, 0)).toBe('1acfcfc6-c967-8191-af79-a44c51ea032c');
});
