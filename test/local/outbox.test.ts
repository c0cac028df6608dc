import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { outbox } from '../../local/outbox.ts';

test('the messages of a turn go as one list, in their order; those of the next turn as another', async () => {
  const lists: unknown[] = [];
  const send = outbox<number>({ postMessage: (list: unknown) => lists.push(list) });
  send(1);
  // What goes on after promises that are settled is the same turn.
  await Promise.all([2, 3].map(async (number) => Promise.resolve().then(() => send(number))));
  await turn();
  send(4);
  await turn();
  expect(lists).toEqual([[1, 2, 3], [4]]);
});
