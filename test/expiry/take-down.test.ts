import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeDown } from '../../functions/expiry/take-down.ts';
import { FakeStacks } from './fake-stacks.ts';

const NAMES = ['traffic', 'blue', 'shared'];

test('stacks go one after the other, in the order that is said', async () => {
  const stacks = new FakeStacks(NAMES);
  expect(await takeDown(NAMES, stacks)).toBeUndefined();
  expect(stacks.deleted).toEqual(NAMES);
  expect([...stacks.states.keys()]).toEqual([]);
});

test('one that cannot be deleted stops it there; the next time it is tried again', async () => {
  const stacks = new FakeStacks(NAMES);
  stacks.stuck.add('blue');
  expect(await takeDown(NAMES, stacks)).toMatchObject({ name: 'blue', status: 'DELETE_FAILED' });
  expect([...stacks.states.keys()]).toEqual(['blue', 'shared']);

  stacks.stuck.clear();
  expect(await takeDown(NAMES, stacks)).toBeUndefined();
  expect(stacks.deleted).toEqual(['traffic', 'blue', 'blue', 'shared']);
});

test('one that is being changed is deleted when that has ended', async () => {
  const stacks = new FakeStacks(NAMES);
  stacks.set('traffic', 'UPDATE_IN_PROGRESS');
  stacks.set('blue', 'DELETE_IN_PROGRESS');
  expect(await takeDown(NAMES, stacks)).toBeUndefined();
  expect(stacks.deleted).toEqual(['traffic', 'shared']);
});

test('one whose creation was broken off before it began is deleted: it never changes by itself', async () => {
  const stacks = new FakeStacks(NAMES);
  stacks.time = 100;
  stacks.set('blue', 'REVIEW_IN_PROGRESS');
  expect(await takeDown(NAMES, stacks)).toBeUndefined();
  expect(stacks.deleted).toEqual(NAMES);
});

test('one that is not there counts as gone', async () => {
  const stacks = new FakeStacks(['blue']);
  expect(await takeDown(NAMES, stacks)).toBeUndefined();
  expect(stacks.deleted).toEqual(['blue']);
});

test('it stops when time is over, and goes on from there the next time, wherever that was', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 6 }), async (times) => {
      const stacks = new FakeStacks(NAMES);
      for (const time of times) {
        stacks.time = time;
        const remaining = await takeDown(NAMES, stacks);
        // In order: what is still there begins with what is named.
        expect(remaining?.name).toBe([...stacks.states.keys()][0]);
        await stacks.pause();
      }
      stacks.time = Number.POSITIVE_INFINITY;
      expect(await takeDown(NAMES, stacks)).toBeUndefined();
      expect(new Set(stacks.deleted).size).toBe(stacks.deleted.length);
      expect(stacks.deleted).toEqual(NAMES);
    }),
    { numRuns: 50 },
  );
});
