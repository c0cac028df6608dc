import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { addShortcuts, type Shared } from '../../../local/dynamodb/shortcuts.ts';

const own: Shared = createRequire(import.meta.url)('dynalite/db');
const quick = { ...own };
addShortcuts(quick);

const number = fc
  .tuple(fc.constantFrom('', '-'), fc.stringMatching(/^(0|[1-9]\d{0,8}0{0,8})(\.\d{0,3}[1-9])?$/))
  .map(([sign, digits]) => (digits === '0' ? digits : sign + digits));
const value: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ N: number }),
  fc.record({ S: fc.string({ unit: 'grapheme' }) }),
  fc.constantFrom<JsonObject[]>({ BOOL: false }, { NULL: true }, { B: 'AQID' }, { SS: ['a', 'ä'] }),
  fc.record({ L: fc.array(fc.record({ N: number })) }),
  fc.record({ M: fc.dictionary(fc.string(), fc.record({ N: number })) }),
);
const item = fc.dictionary(fc.string(), value);

test('items have the sizes that dynalite finds', () => {
  fc.assert(
    fc.property(item, (one) => {
      expect(quick.itemSize(one)).toBe(own.itemSize(one));
      expect(quick.itemSize(one, true, true, 'a')).toBe(own.itemSize(one, true, true, 'a'));
    }),
    { numRuns: 500 },
  );
});

test('reads and writes use the capacity that dynalite finds', () => {
  const sized = fc
    .nat({ max: 12_000 })
    .chain((length) => fc.constantFrom(undefined, { S: { S: 'x'.repeat(length) } }));
  const data = { TableName: 't', ReturnConsumedCapacity: 'TOTAL' };
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), sized, sized, (isRead, ConsistentRead, first, second) => {
      const request = { ...data, ConsistentRead };
      expect(quick.addConsumedCapacity(request, isRead, first, second)).toEqual(
        own.addConsumedCapacity(request, isRead, first, second),
      );
    }),
  );
});

test.each(['S', 'N', 'B'])(
  'items have the keys that dynalite gives them, with sort keys of type %s',
  (type) => {
    const table = {
      KeySchema: [{ AttributeName: 'pk' }, { AttributeName: 'sk' }],
      AttributeDefinitions: [
        { AttributeName: 'sk', AttributeType: type },
        { AttributeName: 'pk', AttributeType: 'S' },
      ],
    };
    const sortKey = type === 'S' ? fc.string({ unit: 'binary' }) : fc.constantFrom('1200', '7000');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), sortKey, (pk, sk) => {
        const one = { pk: { S: pk }, sk: { [type]: sk } };
        expect(quick.createKey(one, table)).toBe(own.createKey(one, table));
      }),
    );
    const lone = { pk: { S: '\ud800' }, sk: { [type]: '1200' } };
    expect(quick.createKey(lone, table)).toBe(own.createKey(lone, table));
  },
);
