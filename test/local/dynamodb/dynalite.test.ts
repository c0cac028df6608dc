import { createRequire } from 'node:module';
import { join } from 'node:path';
import fc, { type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { createDynalite, type Run } from '../../../local/dynamodb/dynalite.ts';
import { emptyFolder } from '../storage/folder.ts';

const require = createRequire(import.meta.url);

interface Refused extends Error {
  readonly statusCode?: number;
  readonly body?: JsonObject;
}
type Callback = (error: Refused | null, body: JsonObject) => void;

/** dynalite as it is published, with its own store: what ours has to answer like. */
function untouched(path?: string) {
  const kept = Object.keys(require.cache).filter((file) => file.includes('/node_modules/dynalite/'));
  // Ours is changed once and for all: this has to be another copy.
  for (const file of kept) delete require.cache[file];
  const store = require('dynalite/db').create({ createTableMs: 0, deleteTableMs: 0, path });
  const validations = require('dynalite/validations');
  const run: Run = (name, input) => {
    const file = name.charAt(0).toLowerCase() + name.slice(1);
    const action: (store: unknown, data: unknown, done: Callback) => void = require(
      `dynalite/actions/${file}`,
    );
    const { types, custom } = require(`dynalite/validations/${file}`);
    return new Promise((resolve) => {
      const answer: Callback = (error, body) =>
        resolve(
          error ? { statusCode: error.statusCode ?? 500, body: error.body ?? {} } : { statusCode: 200, body },
        );
      try {
        const data = validations.checkTypes(input, types);
        validations.checkValidations(data, types, custom, store);
        action(store, data, answer);
      } catch (error) {
        answer(error as Refused, {});
      }
    });
  };
  return { run, close: (): Promise<void> => store.db.close() };
}

const TABLES: JsonObject[] = [
  {
    TableName: 'texts',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  },
  {
    TableName: 'indexed',
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'sk', AttributeType: 'N' },
      { AttributeName: 'a', AttributeType: 'S' },
    ],
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'byA',
        KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['b'] },
      },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  },
];

const text = fc.constantFrom('x', 'y', 'ä🚗', '\ud800', '', 'z'.repeat(1100));
const number = fc.constantFrom(
  '0',
  '1',
  '-7',
  '10',
  '1200',
  '-1200',
  '007',
  '1.50',
  '1e3',
  '-0',
  '123456789',
);
const scalar: Arbitrary<JsonObject> = fc.oneof(
  fc.record({ S: text }),
  fc.record({ N: number }),
  fc.record({ BOOL: fc.boolean() }),
  fc.constant({ NULL: true }),
  fc.record({ SS: fc.subarray(['u', 'v', 'w'], { minLength: 1 }) }),
  fc.record({ NS: fc.subarray(['1', '2', '3'], { minLength: 1 }) }),
  fc.constant({ B: 'AQID' }),
);
/** What DynamoDB refuses, or dynalite reads in its own way. */
const odd: Arbitrary<JsonObject> = fc.constantFrom<JsonObject[]>(
  {},
  { S: 1 },
  { S: 'x', N: '1' },
  { N: 'x' },
  { N: '1e200' },
  { BOOL: 'true' },
  { NULL: false },
  { SS: [] },
  { SS: ['u', 'u'] },
  { B: 'x' },
  { M: [] },
  { L: [{ S: null }] },
  { X: 'x' },
);
const attribute: Arbitrary<JsonObject> = fc.oneof(
  { arbitrary: scalar, weight: 12 },
  { arbitrary: fc.dictionary(fc.constantFrom('k', 'l'), scalar).map((M) => ({ M })), weight: 2 },
  { arbitrary: fc.array(scalar, { maxLength: 3 }).map((L) => ({ L })), weight: 2 },
  { arbitrary: odd, weight: 1 },
);

const table = fc.constantFrom('texts', 'indexed');
const keyOf = (name: string): Arbitrary<JsonObject> =>
  fc.oneof(
    {
      arbitrary: fc.record({
        pk: fc.constantFrom({ S: 'one' }, { S: 'zwölf' }),
        sk:
          name === 'texts'
            ? fc.constantFrom({ S: 'a' }, { S: 'b' })
            : fc.constantFrom({ N: '1' }, { N: '20' }),
      }),
      weight: 20,
    },
    fc.constantFrom<JsonObject[]>(
      { pk: { S: 'one' } },
      { pk: { S: '' }, sk: { S: 'a' } },
      { pk: { N: '1' }, sk: { N: '1' } },
    ),
  );
const others = fc.dictionary(fc.constantFrom('a', 'b', 'c'), attribute);
const itemOf = (name: string) =>
  fc.tuple(keyOf(name), others).map(([key, rest]): JsonObject => ({ ...rest, ...key }));

/** Expressions with the names and values that they use. */
const condition: Arbitrary<JsonObject> = fc.oneof(
  fc.constant({}),
  fc.constant({ ConditionExpression: 'attribute_not_exists(pk)' }),
  fc.tuple(fc.constantFrom('<', '=', '>', '<>'), scalar).map(([comparator, value]) => ({
    ConditionExpression: `attribute_not_exists(#a) OR #a ${comparator} :a`,
    ExpressionAttributeNames: { '#a': 'a' },
    ExpressionAttributeValues: { ':a': value },
  })),
  fc.constant({ ConditionExpression: 'nonsense(' }),
  fc.constant({ Expected: { b: { Exists: false } } }),
);
const update: Arbitrary<JsonObject> = fc.oneof(
  fc.tuple(attribute, attribute).map(([b, c]) => ({
    UpdateExpression: 'SET #b = :b, c = :c',
    ExpressionAttributeNames: { '#b': 'b' },
    ExpressionAttributeValues: { ':b': b, ':c': c },
  })),
  fc.constantFrom<JsonObject[]>(
    { UpdateExpression: 'SET b = c' },
    { UpdateExpression: 'REMOVE a, c' },
    { UpdateExpression: 'ADD b :n', ExpressionAttributeValues: { ':n': { N: '5' } } },
    { UpdateExpression: 'SET c = if_not_exists(c, :n)', ExpressionAttributeValues: { ':n': { S: 'new' } } },
    { UpdateExpression: 'SET sk = :n', ExpressionAttributeValues: { ':n': { S: 'new' } } },
    { AttributeUpdates: { b: { Action: 'PUT', Value: { S: 'old way' } } } },
    {},
  ),
);
const options = fc.record(
  {
    ReturnValues: fc.constantFrom('NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW', 'SOME'),
    ReturnConsumedCapacity: fc.constantFrom('TOTAL', 'INDEXES', 'NONE', 'SOME'),
    Unknown: fc.constant(1),
  },
  { requiredKeys: [] },
);
const reading = fc.record(
  {
    ConsistentRead: fc.oneof(fc.boolean(), fc.constantFrom('yes', 1)),
    ReturnConsumedCapacity: fc.constantFrom('TOTAL', 'NONE'),
    ProjectionExpression: fc.constantFrom('a, b', 'pk', 'b.k'),
    AttributesToGet: fc.subarray(['a', 'pk'], { minLength: 2 }),
  },
  { requiredKeys: [] },
);

type Operation = readonly [action: string, input: JsonObject];
const operation: Arbitrary<Operation> = table.chain((TableName) => {
  const key = keyOf(TableName);
  const item = itemOf(TableName);
  const write = fc.oneof(
    { arbitrary: item.map((Item) => ({ PutRequest: { Item } })), weight: 6 },
    { arbitrary: key.map((Key) => ({ DeleteRequest: { Key } })), weight: 3 },
    fc.constantFrom<JsonObject[]>({}, { PutRequest: {} }),
  );
  const query = fc.record({
    KeyConditionExpression: fc.constantFrom('pk = :pk', 'pk = :pk AND sk >= :sk', 'pk = :pk AND sk < :sk'),
    ScanIndexForward: fc.boolean(),
    Limit: fc.constantFrom(1, 10),
  });
  return fc.oneof(
    fc
      .tuple(item, condition, options)
      .map(([Item, ...rest]): Operation => ['PutItem', merge({ TableName, Item }, rest)]),
    fc
      .tuple(key, update, condition, options)
      .map(([Key, ...rest]): Operation => ['UpdateItem', merge({ TableName, Key }, rest)]),
    fc
      .tuple(key, condition, options)
      .map(([Key, ...rest]): Operation => ['DeleteItem', merge({ TableName, Key }, rest)]),
    fc.tuple(key, reading).map(([Key, rest]): Operation => ['GetItem', merge({ TableName, Key }, [rest])]),
    fc
      .tuple(fc.array(write, { maxLength: 3 }), options)
      .map(
        ([requests, rest]): Operation => [
          'BatchWriteItem',
          merge({ RequestItems: { [TableName]: requests } }, [rest]),
        ],
      ),
    fc.tuple(query, key).map(([rest, { pk, sk }]): Operation => {
      const usesSk = rest.KeyConditionExpression.includes(':sk');
      const values = { ':pk': pk ?? null, ...(usesSk ? { ':sk': sk ?? null } : {}) };
      return ['Query', { TableName, ...rest, ExpressionAttributeValues: values }];
    }),
    fc
      .record({ Limit: fc.constantFrom(1, 3, 100) })
      .map((rest): Operation => ['Scan', { TableName, ...rest }]),
    fc.constant<Operation>([
      'Scan',
      { TableName: 'indexed', IndexName: 'byA', ReturnConsumedCapacity: 'TOTAL' },
    ]),
    fc.constant<Operation>(['GetItem', { TableName: 'nothing', Key: { pk: { S: 'one' } } }]),
  );
});

/** Parameters together; names and values of two expressions in one dictionary. */
function merge(input: JsonObject, all: readonly JsonObject[]): JsonObject {
  const merged: JsonObject = { ...input };
  for (const one of all) {
    for (const [name, value] of Object.entries(one)) {
      const known = merged[name];
      merged[name] = isObject(known) && isObject(value) ? { ...known, ...value } : value;
    }
  }
  return merged;
}
const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null;

/** As it goes over a wire. */
const plain = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value));

async function createTables(run: Run): Promise<void> {
  for (const input of TABLES) {
    await run('CreateTable', plain(input));
    await expect
      .poll(() => run('DescribeTable', { TableName: input.TableName ?? '' }), { interval: 1 })
      .toMatchObject({
        body: { Table: { TableStatus: 'ACTIVE' } },
      });
  }
}

async function emptyTables(run: Run): Promise<void> {
  for (const { TableName = '' } of TABLES) {
    const { body } = await run('Scan', { TableName });
    for (const { pk = '', sk = '' } of body.Items as JsonObject[]) {
      await run('DeleteItem', { TableName, Key: { pk, sk } });
    }
  }
}

test.each(['in memory', 'on disk'])('answers as dynalite does, %s', { timeout: 60_000 }, async (where) => {
  const path = where === 'on disk' ? join(emptyFolder(), 'dynamodb') : undefined;
  const run = await createDynalite(path);
  const reference = untouched();
  for (const one of [run, reference.run]) await createTables(one);

  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 5, maxLength: 20 }),
    async (operations) => {
      for (const one of [run, reference.run]) await emptyTables(one);
      for (const [action, input] of operations) {
        const answers = [await run(action, plain(input)), await reference.run(action, plain(input))];
        const [ours, theirs] = answers.map(({ statusCode, body }) => ({
          statusCode,
          // What dynalite stumbles over, it does not put into words.
          body: statusCode === 500 ? undefined : plain(body),
        }));
        expect({ action, input, ...ours }).toEqual({ action, input, ...theirs });
      }
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test.each(['in memory', 'on disk'])('updates of one item take turns, %s', async (where) => {
  const run = await createDynalite(where === 'on disk' ? join(emptyFolder(), 'dynamodb') : undefined);
  await createTables(run);
  const Key = { pk: { S: 'one' }, sk: { S: 'a' } };
  const increment = {
    TableName: 'texts',
    Key,
    UpdateExpression: 'ADD n :one',
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValues: 'UPDATED_NEW',
  };
  const answers = await Promise.all(Array.from({ length: 50 }, () => run('UpdateItem', plain(increment))));
  const counts = answers.map(({ body }) => Number((body.Attributes as { n: { N: string } }).n.N));
  expect(counts).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect(await run('GetItem', { TableName: 'texts', Key })).toMatchObject({
    body: { Item: { n: { N: '50' } } },
  });
});

test.each(['in memory', 'on disk'])('a table that is deleted takes its items along, %s', async (where) => {
  const run = await createDynalite(where === 'on disk' ? join(emptyFolder(), 'dynamodb') : undefined);
  await createTables(run);
  const Key = { pk: { S: 'one' }, sk: { N: '1' } };
  const TableName = 'indexed';
  await run('PutItem', { TableName, Item: { ...Key, a: { S: 'x' } } });
  const items = async () => [
    await run('GetItem', { TableName, Key }),
    await run('Scan', { TableName, Select: 'COUNT' }),
    await run('Scan', { TableName, IndexName: 'byA', Select: 'COUNT' }),
  ];
  expect(await items()).toMatchObject([
    { body: { Item: Key } },
    { body: { Count: 1 } },
    { body: { Count: 1 } },
  ]);

  await run('DeleteTable', { TableName });
  await expect
    .poll(() => run('DescribeTable', { TableName }), { interval: 1 })
    .toMatchObject({ statusCode: 400 });
  const [table] = TABLES.filter((one) => one.TableName === TableName);
  await run('CreateTable', plain(table as JsonObject));
  await expect
    .poll(() => run('DescribeTable', { TableName }), { interval: 1 })
    .toMatchObject({ body: { Table: { TableStatus: 'ACTIVE' } } });
  const [item, ...counts] = await items();
  expect(item?.body).not.toHaveProperty('Item');
  expect(counts).toMatchObject([{ body: { Count: 0 } }, { body: { Count: 0 } }]);
});
