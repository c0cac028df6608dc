import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Range, SortedMap } from '../../../local/dynamodb/sorted-map.ts';

const key = fc.nat({ max: 999 }).map((n) => String(n).padStart(3, '0'));
const range: fc.Arbitrary<Range> = fc
  .tuple(
    fc.oneof(fc.record({ gt: key }), fc.record({ gte: key }), fc.constant({})),
    fc.oneof(fc.record({ lt: key }), fc.record({ lte: key }), fc.constant({})),
    fc.boolean(),
  )
  .map(([from, to, reverse]) => ({ ...from, ...to, reverse }));

test('is a map whose entries are in order, in any range, however it came about', () => {
  const property = fc.property(
    // Several chunks, some of which become empty.
    fc.array(key, { minLength: 300, maxLength: 900 }),
    fc.array(fc.tuple(key, key), { maxLength: 3 }),
    fc.array(range, { minLength: 1, maxLength: 10 }),
    (keys, deleted, ranges) => {
      const map = new SortedMap<number>();
      const model = new Map<string, number>();
      keys.forEach((name, index) => {
        map.set(name, index);
        model.set(name, index);
      });
      for (const [from, to] of deleted) {
        for (const name of [...model.keys(), from]) {
          if (name < from || name > to) continue;
          map.delete(name);
          model.delete(name);
        }
      }
      for (const name of keys) expect(map.get(name)).toBe(model.get(name));
      const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const bounds of ranges) {
        const { gt = '', gte = '', lt = '~', lte = '~', reverse } = bounds;
        const inRange = sorted.filter(([name]) => name > gt && name >= gte && name < lt && name <= lte);
        expect([...map.entries(bounds)]).toEqual(reverse ? inRange.reverse() : inRange);
      }
    },
  );
  fc.assert(property, { numRuns: 50 });
});

test.each<[Range, string[]]>([
  [{}, ['a', 'b', 'c']],
  [{ reverse: true }, ['c', 'b', 'a']],
  [{ gte: 'b' }, ['b', 'c']],
  [{ gt: 'b' }, ['c']],
  [{ lte: 'b', reverse: true }, ['b', 'a']],
  [{ lt: 'b', reverse: true }, ['a']],
])('%j', (bounds, expected) => {
  const map = new SortedMap<number>();
  for (const name of ['b', 'c', 'a']) map.set(name, 0);
  expect(Array.from(map.entries(bounds), ([name]) => name)).toEqual(expected);
});

test('entries go on from where they are, whatever is deleted or added meanwhile', () => {
  const map = new SortedMap<number>();
  for (const name of ['a', 'b', 'd']) map.set(name, 0);
  const seen: string[] = [];
  for (const [name] of map.entries({})) {
    seen.push(name);
    map.delete(name);
    if (name === 'b') map.set('c', 0);
  }
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
  expect([...map.entries({})]).toEqual([]);
});
