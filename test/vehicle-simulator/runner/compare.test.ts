import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compare, type Wanted } from '../../../vehicle-simulator/runner/compare.ts';

/** One of the letters. */
const anyOf = (letters: string, atLeast = 1, atMost = atLeast): Wanted<string> => ({
  name: letters,
  fits: (letter) => letters.includes(letter),
  atLeast,
  atMost,
});

describe('what is there and what is wanted', () => {
  test.each<[string, Wanted<string>[], string, { missing: string[]; unexpected: string[] }]>([
    ['may be the same in any order', [anyOf('a'), anyOf('b')], 'ba', { missing: [], unexpected: [] }],
    ['may lack something', [anyOf('a'), anyOf('b')], 'a', { missing: ['b'], unexpected: [] }],
    ['may have more', [anyOf('a')], 'ax', { missing: [], unexpected: ['x'] }],
    ['may have one too many', [anyOf('a')], 'aa', { missing: [], unexpected: ['a'] }],
    ['may be there more often', [anyOf('a', 1, 3)], 'aaa', { missing: [], unexpected: [] }],
    ['may be there too often', [anyOf('a', 1, 3)], 'aaaa', { missing: [], unexpected: ['a'] }],
    ['need not be there', [anyOf('a', 0, 1)], '', { missing: [], unexpected: [] }],
    ['may be there without a limit', [anyOf('a', 1, Infinity)], 'aaaaaa', { missing: [], unexpected: [] }],
    // The first of them must not take the only «b» from the second.
    ['may overlap', [anyOf('ab'), anyOf('b')], 'ba', { missing: [], unexpected: [] }],
    ['may overlap, optional ones too', [anyOf('ab', 0, 1), anyOf('b')], 'b', { missing: [], unexpected: [] }],
  ])('%s', (_, wanted, items, expected) => {
    expect(compare(wanted, [...items])).toEqual(expected);
  });

  test('agree exactly where some way to hand out the items does', () => {
    const someWanted = fc
      .record({
        letters: fc.subarray(['a', 'b', 'c'], { minLength: 1 }),
        atLeast: fc.integer({ min: 0, max: 2 }),
        more: fc.integer({ min: 0, max: 2 }),
      })
      .map(({ letters, atLeast, more }) => anyOf(letters.join(''), atLeast, atLeast + more));
    fc.assert(
      fc.property(
        fc.array(someWanted, { maxLength: 3 }),
        fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 }),
        (wanted, items) => {
          const { missing, unexpected } = compare(wanted, items);
          expect(missing.length + unexpected.length === 0).toBe(canBeHandedOut(wanted, items));
        },
      ),
    );
  });
});

/** By trying every way. */
function canBeHandedOut(wanted: readonly Wanted<string>[], items: readonly string[]): boolean {
  const [item, ...rest] = items;
  if (item === undefined) return wanted.every(({ atLeast }) => atLeast <= 0);
  return wanted.some(
    (one, index) =>
      one.fits(item) &&
      one.atMost > 0 &&
      canBeHandedOut(wanted.with(index, { ...one, atLeast: one.atLeast - 1, atMost: one.atMost - 1 }), rest),
  );
}
