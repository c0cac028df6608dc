import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';

const KEYED = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

let engine: DynamoDbEngine;

beforeAll(async () => {
  engine = await startDynamoDb({ region: 'eu-central-1', accountId: '000000000000' });
  await engine.createTable(KEYED, 'items');
  await put('small', 10);
  // An item's size is that of its names and values: pk and its value, text and its value.
  await put('large', 5000);
});
afterAll(() => engine.close());

const item = (pk: string, length: number): JsonObject => ({ pk: { S: pk }, text: { S: 'x'.repeat(length) } });
const put = (pk: string, length: number) =>
  engine.call('PutItem', { TableName: 'items', Item: item(pk, length) });

let callers = 0;

/** What a call costs, which may fail. */
async function costOf(action: string, input: JsonObject): Promise<{ reads: number; writes: number }> {
  callers += 1;
  const caller = `caller-${callers}`;
  await engine.call(action, { TableName: 'items', ...input }, caller).catch(() => undefined);
  const all = (await engine.consumption()).filter((consumed) => consumed.caller === caller);
  expect(all.every(({ table }) => table === 'items')).toBe(true);
  return {
    reads: all.reduce((sum, { readUnits }) => sum + readUnits, 0),
    writes: all.reduce((sum, { writeUnits }) => sum + writeUnits, 0),
  };
}

const key = (pk: string) => ({ Key: { pk: { S: pk } } });
const equal = (pk: string) => ({
  KeyConditionExpression: 'pk = :pk',
  ExpressionAttributeValues: { ':pk': { S: pk } },
});
const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

test.each<[string, string, JsonObject, number]>([
  ['4 KB, eventually consistent', 'GetItem', key('small'), 0.5],
  ['4 KB, consistent', 'GetItem', { ...key('small'), ConsistentRead: true }, 1],
  ['5 KB', 'GetItem', { ...key('large'), ConsistentRead: true }, 2],
  ['an item that is not there', 'GetItem', key('nothing'), 0.5],
  ['a query', 'Query', equal('large'), 1],
  ['a query that finds nothing', 'Query', equal('nothing'), 0.5],
])('read units: %s', async (_, action, input, reads) => {
  expect(await costOf(action, input)).toEqual({ reads, writes: 0 });
});

test.each<[string, string, JsonObject, number]>([
  ['1 KB', 'PutItem', { Item: item('a', 1000) }, 1],
  ['a little more', 'PutItem', { Item: item('b', 1030) }, 2],
  ['an item in the place of a larger one', 'PutItem', { Item: item('c', 10) }, 3],
  ['a condition that does not hold', 'PutItem', { Item: item('small', 10), ...isNew }, 1],
  ['the same, of a large item', 'PutItem', { Item: item('d', 10), ...isNew }, 3],
  ['an item that is not there, deleted', 'DeleteItem', key('nothing'), 1],
  ['a large one', 'DeleteItem', key('e'), 3],
  [
    'an update of a large one',
    'UpdateItem',
    {
      ...key('f'),
      UpdateExpression: 'SET n = :n',
      ExpressionAttributeValues: { ':n': { N: '1' } },
    },
    3,
  ],
  ['what is refused', 'PutItem', { Item: {} }, 0],
])('write units: %s', async (_, action, input, writes) => {
  for (const pk of ['c', 'd', 'e', 'f']) await put(pk, 2500);
  expect(await costOf(action, input)).toEqual({ reads: 0, writes });
});

test('each item of a batch costs for itself', async () => {
  callers += 1;
  const caller = `caller-${callers}`;
  const requests = ['g', 'h'].map((pk) => ({ PutRequest: { Item: item(pk, 10) } }));
  expect(await engine.call('BatchWriteItem', { RequestItems: { items: requests } }, caller)).toEqual({
    UnprocessedItems: {},
  });
  const keys = ['g', 'h', 'nothing'].map((pk) => key(pk).Key);
  await engine.call('BatchGetItem', { RequestItems: { items: { Keys: keys } } }, caller);
  const all = (await engine.consumption()).filter((consumed) => consumed.caller === caller);
  expect(all).toEqual([{ caller, table: 'items', readUnits: 1.5, writeUnits: 2 }]);
});

test('who asks what it costs is told, nobody else', async () => {
  const input = { TableName: 'items', ...key('small') };
  expect(await engine.call('GetItem', input)).not.toHaveProperty('ConsumedCapacity');
  const none = { ...input, ReturnConsumedCapacity: 'NONE' };
  expect(await engine.call('GetItem', none)).not.toHaveProperty('ConsumedCapacity');
  expect(await engine.call('GetItem', { ...input, ReturnConsumedCapacity: 'TOTAL' })).toMatchObject({
    ConsumedCapacity: { TableName: 'items', CapacityUnits: 0.5 },
  });
  expect(await engine.call('GetItem', { ...input, ReturnConsumedCapacity: 'INDEXES' })).toMatchObject({
    ConsumedCapacity: { CapacityUnits: 0.5, Table: { CapacityUnits: 0.5 } },
  });
  await expect(engine.call('GetItem', { ...input, ReturnConsumedCapacity: 'ALL' })).rejects.toThrow(
    /enum value set/,
  );
});

test('who calls by the SDK is known by the access key', async () => {
  const credentials = { accessKeyId: 'blue-Persistence', secretAccessKey: 'x' };
  const sdk = new DynamoDBClient({ endpoint: engine.endpoint, region: 'eu-central-1', credentials });
  await sdk.send(new PutItemCommand({ TableName: 'items', Item: { pk: { S: 'sdk' } } }));
  sdk.destroy();
  expect(await engine.consumption()).toContainEqual({
    caller: 'blue-Persistence',
    table: 'items',
    readUnits: 0,
    writeUnits: 1,
  });
});
