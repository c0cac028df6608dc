import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { sweepExpired } from '../../../local/dynamodb/time-to-live.ts';

vi.mock('node:worker_threads', { spy: true });

const OPTIONS = { region: 'eu-central-1', accountId: '000000000000' };

let engine: DynamoDbEngine;
let sdk: DynamoDBClient;

beforeAll(async () => {
  engine = await startDynamoDb(OPTIONS);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  sdk = new DynamoDBClient({ endpoint: engine.endpoint, region: OPTIONS.region, credentials });
});

afterAll(async () => {
  sdk.destroy();
  await engine.close();
});

/** Keys as CloudFormation describes them: `pk` is a text. */
const KEYED = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
};

let tables = 0;

async function newTable(properties = {}): Promise<string> {
  tables += 1;
  const name = `table-${tables}`;
  await engine.createTable({ ...KEYED, ...properties }, name);
  return name;
}

test('a table is live when it has been created', async () => {
  const { arn } = await engine.createTable({ ...KEYED, BillingMode: 'PAY_PER_REQUEST', Tags: [] }, 'live');
  expect(arn).toBe('arn:aws:dynamodb:eu-central-1:000000000000:table/live');
  await engine.call('PutItem', { TableName: 'live', Item: { pk: { S: 'a' }, n: { N: '1' } } });
  const { Item } = await engine.call('GetItem', { TableName: 'live', Key: { pk: { S: 'a' } } });
  expect(Item).toEqual({ pk: { S: 'a' }, n: { N: '1' } });
  expect(await engine.call('GetItem', { TableName: 'live', Key: { pk: { S: 'b' } } })).toEqual({});
});

test('the runner and the SDK see the same table', async () => {
  const TableName = await newTable();
  await sdk.send(new PutItemCommand({ TableName, Item: { pk: { S: 'a' }, text: { S: 'ä🚗' } } }));
  const { Item } = await engine.call('GetItem', { TableName, Key: { pk: { S: 'a' } } });
  expect(Item).toEqual({ pk: { S: 'a' }, text: { S: 'ä🚗' } });
  await engine.call('PutItem', { TableName, Item: { pk: { S: 'b' } } });
  expect((await sdk.send(new GetItemCommand({ TableName, Key: { pk: { S: 'b' } } }))).Item).toEqual({
    pk: { S: 'b' },
  });
});

test('a global table with an index, queried', async () => {
  const properties = {
    AttributeDefinitions: ['pk', 'sk', 'vin'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'by-vin',
        KeySchema: [{ AttributeName: 'vin', KeyType: 'HASH' }],
        Projection: { ProjectionType: 'ALL' },
        WriteProvisionedThroughputSettings: {},
      },
    ],
    Replicas: [
      { Region: 'eu-central-1', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
    ],
    BillingMode: 'PAY_PER_REQUEST',
  };
  await engine.createTable(properties, 'global');
  for (const sk of ['1', '2', '3']) {
    const Item = { pk: { S: 'a' }, sk: { S: sk }, vin: { S: sk === '2' ? 'other' : 'vin' } };
    await engine.call('PutItem', { TableName: 'global', Item });
  }
  const query = {
    TableName: 'global',
    IndexName: 'by-vin',
    KeyConditionExpression: 'vin = :vin',
    ExpressionAttributeValues: { ':vin': { S: 'vin' } },
  };
  expect((await engine.call('Query', query)).Count).toBe(2);
  expect((await sdk.send(new QueryCommand(query))).Count).toBe(2);
});

test('errors keep their name and status, without prefix', async () => {
  const TableName = await newTable();
  const put = {
    TableName,
    Item: { pk: { S: 'a' }, owner: { S: 'me' } },
    ConditionExpression: 'attribute_not_exists(pk)',
  };
  await engine.call('PutItem', put);
  await expect(engine.call('PutItem', put)).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'The conditional request failed',
    statusCode: 400,
  });
  await expect(engine.call('GetItem', { TableName: 'none', Key: {} })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(engine.call('GetItem', { TableName })).rejects.toMatchObject({ name: 'ValidationException' });
  await expect(engine.call('GetItem', { TableName, Key: 5 })).rejects.toMatchObject({
    name: 'SerializationException',
  });
  await expect(engine.call('TransactWriteItems', {})).rejects.toThrow(/TransactWriteItems/);
});

test('a failed condition returns the item that is there, if asked', async () => {
  const TableName = await newTable();
  const Item = { pk: { S: 'a' }, owner: { S: 'me' } };
  await engine.call('PutItem', { TableName, Item });
  const put = new PutItemCommand({
    TableName,
    Item,
    ConditionExpression: 'attribute_not_exists(pk)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  const error = await sdk.send(put).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConditionalCheckFailedException);
  expect(error).toMatchObject({ Item });
});

test.each([
  [
    'streams',
    { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } },
    /StreamSpecification of table refused/,
  ],
  ['replicas', { Replicas: [{ Region: 'eu-central-1' }, { Region: 'eu-west-1' }] }, /Replicas/],
])('a table with %s is refused by name', async (_what, properties, message) => {
  await expect(engine.createTable({ ...KEYED, ...properties }, 'refused')).rejects.toThrow(message);
});

test('a sweep deletes what has expired, and nothing else', async () => {
  const timeToLive = { AttributeName: 'expiresAt', Enabled: true };
  const TableName = await newTable({ TimeToLiveSpecification: timeToLive });
  const now = 2_000_000_000;
  const items: Record<string, object> = {
    past: { N: String(now - 1) },
    now: { N: String(now) },
    future: { N: String(now + 1) },
    text: { S: String(now - 1) },
    ancient: { N: String(now - 6 * 365 * 24 * 3600) },
  };
  for (const [pk, expiresAt] of Object.entries(items)) {
    await engine.call('PutItem', { TableName, Item: { pk: { S: pk }, expiresAt } } as never);
  }
  await engine.call('PutItem', { TableName, Item: { pk: { S: 'never' } } });
  // More than one page.
  for (let n = 0; n < 250; n += 1) {
    await engine.call('PutItem', {
      TableName,
      Item: { pk: { S: `old ${n}` }, expiresAt: { N: String(now - 60) } },
    });
  }

  const sweep = () => sweepExpired(engine.call, TableName, { attribute: 'expiresAt', keys: ['pk'] }, now);
  expect(await sweep()).toBe(251);
  const { Items } = await engine.call('Scan', { TableName });
  const left = (Items as { pk: { S: string } }[]).map(({ pk }) => pk.S);
  expect(left.toSorted()).toEqual(['ancient', 'future', 'never', 'now', 'text']);
  expect(await sweep()).toBe(0);
});

test('a sweep spares an item that was given more time since it was read', async () => {
  const TableName = await newTable();
  await engine.call('PutItem', { TableName, Item: { pk: { S: 'lease' }, expiresAt: { N: '100' } } });
  const call: DynamoDbEngine['call'] = async (action, input) => {
    if (action === 'DeleteItem') {
      await engine.call('PutItem', { TableName, Item: { pk: { S: 'lease' }, expiresAt: { N: '900' } } });
    }
    return engine.call(action, input);
  };
  expect(await sweepExpired(call, TableName, { attribute: 'expiresAt', keys: ['pk'] }, 500)).toBe(0);
  expect(await engine.call('GetItem', { TableName, Key: { pk: { S: 'lease' } } })).toHaveProperty('Item');
});

test('a client that breaks off in the middle of a request does no harm', async () => {
  const TableName = await newTable();
  const socket = connect(Number(new URL(engine.endpoint).port), '127.0.0.1');
  await new Promise<void>((resolve) => {
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{', () => resolve());
  });
  socket.destroy();
  // The database answers on another connection only after it has seen the end of this one.
  await sdk.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
  await vi.waitFor(() => engine.call('GetItem', { TableName, Key: { pk: { S: 'a' } } }));
});

test('if its thread dies, calls fail and say so', async () => {
  const own = await startDynamoDb(OPTIONS);
  onTestFinished(() => own.close());
  const thread = vi.mocked(Worker).mock.results.at(-1)?.value as Worker;
  // Before the call, lest the thread answers it while this one is kept waiting.
  const dying = thread.terminate();
  await expect(own.call('ListTables', {})).rejects.toThrow(/thread ended unexpectedly/);
  await dying;
  await expect(own.call('ListTables', {})).rejects.toThrow(/thread ended unexpectedly/);
  await expect(own.consumption()).rejects.toThrow(/thread ended unexpectedly/);
});

test('a closed engine refuses calls', async () => {
  const own = await startDynamoDb(OPTIONS);
  await own.close();
  await own.close();
  await expect(own.call('ListTables', {})).rejects.toThrow(/closed/);
});
