import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { type KeyValues, keyValuesIn, type Range } from '../../../local/dynamodb/key-values.ts';
import { openDatabase } from '../../../local/storage/database.ts';
import { emptyFolder } from '../storage/folder.ts';

function inMemory(): (name: string) => KeyValues {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  return keyValuesIn(database);
}

const write = (texts: KeyValues, key: string, value: string | undefined): Promise<void> =>
  new Promise((resolve, reject) =>
    texts.write(key, value, (error) => (error === null ? resolve() : reject(error))),
  );

const clear = (texts: KeyValues): Promise<void> => new Promise((resolve) => texts.clear(() => resolve()));

const key = fc.nat({ max: 999 }).map((n) => String(n).padStart(3, '0'));
const range: fc.Arbitrary<Range> = fc
  .tuple(
    fc.oneof(fc.record({ gt: key }), fc.record({ gte: key }), fc.constant({})),
    fc.oneof(fc.record({ lt: key }), fc.record({ lte: key }), fc.constant({})),
    fc.boolean(),
  )
  .map(([from, to, reverse]) => ({ ...from, ...to, reverse }));

test('texts are in order, in any range, however they came about', async () => {
  const open = inMemory();
  let runs = 0;
  const property = fc.asyncProperty(
    // Several pages.
    fc.array(key, { minLength: 100, maxLength: 600 }),
    fc.array(fc.tuple(key, key), { maxLength: 3 }),
    fc.array(range, { minLength: 1, maxLength: 10 }),
    async (keys, deleted, ranges) => {
      runs += 1;
      const texts = open(`part-${runs}`);
      const model = new Map<string, string>();
      const writes = keys.map((name, index) => {
        model.set(name, String(index));
        return write(texts, name, String(index));
      });
      for (const [from, to] of deleted) {
        for (const name of [...model.keys(), from]) {
          if (name < from || name > to) continue;
          model.delete(name);
          writes.push(write(texts, name, undefined));
        }
      }
      await Promise.all(writes);
      for (const name of keys) expect(texts.get(name)).toBe(model.get(name));
      const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const bounds of ranges) {
        const { gt = '', gte = '', lt = '~', lte = '~', reverse } = bounds;
        const inRange = sorted.filter(([name]) => name > gt && name >= gte && name < lt && name <= lte);
        expect([...texts.entries(bounds)]).toEqual(reverse ? inRange.reverse() : inRange);
      }
    },
  );
  await fc.assert(property, { numRuns: 50 });
});

test.each<[Range, string[]]>([
  [{}, ['a', 'b', 'c']],
  [{ reverse: true }, ['c', 'b', 'a']],
  [{ gte: 'b' }, ['b', 'c']],
  [{ gt: 'b' }, ['c']],
  [{ lte: 'b', reverse: true }, ['b', 'a']],
  [{ lt: 'b', reverse: true }, ['a']],
])('%j', async (bounds, expected) => {
  const texts = inMemory()('part');
  await Promise.all(['b', 'c', 'a'].map((name) => write(texts, name, name)));
  expect(Array.from(texts.entries(bounds), ([name]) => name)).toEqual(expected);
});

test('a part is cleared, and others whose names begin like its own are not', async () => {
  const open = inMemory();
  const [part, longer] = [open('item-a'), open('item-a-b')];
  await Promise.all([write(part, 'x', '1'), write(longer, 'x', '2')]);
  expect([...part.entries({})]).toEqual([['x', '1']]);
  await clear(part);
  expect([...part.entries({})]).toEqual([]);
  expect(longer.get('x')).toBe('2');
});

test('a text is not shown before it is certain to stay', async () => {
  const texts = inMemory()('part');
  const written = write(texts, 'x', '1');
  expect(texts.get('x')).toBeUndefined();
  await written;
  expect(texts.get('x')).toBe('1');
});

test('what cannot be written is an error for each who wrote it, and nothing of it stays', async () => {
  const database = new DatabaseSync(':memory:');
  onTestFinished(() => database.close());
  const texts = keyValuesIn(database)('part');
  await write(texts, 'x', 'before');
  database.exec(`CREATE TRIGGER full BEFORE INSERT ON texts WHEN NEW.value = 'too much'
    BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
  const writes = [write(texts, 'x', 'after'), write(texts, 'y', 'too much')];
  for (const result of await Promise.allSettled(writes)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { message: 'disk is full' } });
  }
  expect([...texts.entries({})]).toEqual([['x', 'before']]);
  await write(texts, 'x', 'again');
  expect(texts.get('x')).toBe('again');
});

test('texts outlive the database that wrote them', async () => {
  const file = join(emptyFolder(), 'texts.db');
  const first = openDatabase(file);
  await write(keyValuesIn(first)('part'), 'x', 'ä');
  first.close();
  const second = openDatabase(file);
  onTestFinished(() => second.close());
  expect(keyValuesIn(second)('part').get('x')).toBe('ä');
});
