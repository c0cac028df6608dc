import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Deque } from '../../../local/messaging/deque.ts';
import { DueHeap } from '../../../local/messaging/due-heap.ts';

test('a deque is first in, first out, past its compaction', () => {
  const deque = new Deque<number>();
  let next = 0;
  let taken = 0;
  for (let round = 0; round < 50; round += 1) {
    for (let n = 0; n < 100; n += 1) {
      deque.push(next);
      next += 1;
    }
    for (let n = 0; n < 90; n += 1) {
      expect(deque.shift()).toBe(taken);
      taken += 1;
    }
  }
  expect(deque.length).toBe(500);
  expect([...deque]).toEqual(Array.from({ length: 500 }, (_, index) => taken + index));
  deque.clear();
  expect(deque.shift()).toBeUndefined();
});

test('a deque gives every item once, in whatever order it is asked for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(), { maxLength: 3000 }),
      fc.array(fc.nat(), { minLength: 1 }),
      (items, picks) => {
        const deque = new Deque<number>();
        for (const item of items) deque.push(item);
        const taken: (number | undefined)[] = [];
        for (let turn = 0; deque.length > 0; turn += 1) {
          taken.push(deque.take((picks[turn % picks.length] ?? 0) % deque.length));
        }
        expect(taken.toSorted()).toEqual(items.toSorted());
      },
    ),
    { numRuns: 50 },
  );
  expect(new Deque<number>().take(0)).toBeUndefined();
});

test('a heap gives items in the order in which they are due', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000)), fc.nat(1000), (dues, now) => {
      const heap = new DueHeap<number>();
      for (const due of dues) heap.add(due, due);
      expect([...heap].toSorted((a, b) => a - b)).toEqual(dues.toSorted((a, b) => a - b));
      expect(heap.nextDue).toBe(Math.min(...dues));
      const taken: number[] = [];
      for (let item = heap.takeDue(now); item !== undefined; item = heap.takeDue(now)) taken.push(item);
      expect(taken).toEqual(dues.filter((due) => due <= now).toSorted((a, b) => a - b));
      expect(heap.size).toBe(dues.length - taken.length);
    }),
  );
});
