import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { emptyFolder } from '../storage/folder.ts';

const KEYED = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byTime',
      KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
};

async function startOn(path: string): Promise<DynamoDbEngine> {
  const engine = await startDynamoDb({ region: 'eu-central-1', accountId: '000000000000', path });
  onTestFinished(() => engine.close());
  return engine;
}

test('tables on disk are taken as they are, with their items', async () => {
  const path = join(emptyFolder(), 'dynamodb');
  const first = await startOn(path);
  const { arn } = await first.createTable(KEYED, 'kept');
  await first.call('PutItem', { TableName: 'kept', Item: { pk: { S: 'ä' }, at: { N: '1' } } });
  await first.close();

  const second = await startOn(path);
  // In another order they are the same.
  const AttributeDefinitions = KEYED.AttributeDefinitions.toReversed();
  expect(await second.createTable({ ...KEYED, AttributeDefinitions }, 'kept')).toEqual({ arn });
  expect(await second.call('Scan', { TableName: 'kept' })).toMatchObject({
    Items: [{ pk: { S: 'ä' }, at: { N: '1' } }],
  });
  await second.createTable(KEYED, 'added');
  expect(await second.call('Scan', { TableName: 'added' })).toMatchObject({ Items: [] });
});

test('a table on disk with other keys is refused, in one line', async () => {
  const path = join(emptyFolder(), 'dynamodb');
  const first = await startOn(path);
  await first.createTable(KEYED, 'kept');
  await first.close();
  const second = await startOn(path);
  for (const changes of [
    { KeySchema: [{ AttributeName: 'at', KeyType: 'HASH' }] },
    { AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'N' }] },
    { GlobalSecondaryIndexes: [] },
  ]) {
    await expect(second.createTable({ ...KEYED, ...changes }, 'kept')).rejects.toThrow(
      /^the table on disk has other keys or indexes .*Delete the data, or use another folder$/,
    );
  }
});

test('a folder that cannot be one is an error that says so', async () => {
  const path = join(emptyFolder(), 'file');
  writeFileSync(path, '');
  const starting = startDynamoDb({ region: 'eu-central-1', accountId: '000000000000', path });
  await expect(starting).rejects.toThrow(/file/);
});

test('files are waited for while another process, about to end, still holds them', async () => {
  const path = join(emptyFolder(), 'dynamodb');
  const first = await startOn(path);
  const starting = startOn(path);
  // LevelDB begins a new log before it looks whether it may have the files.
  await vi.waitFor(() => expect(existsSync(join(path, 'LOG.old'))).toBe(true), { timeout: 5000 });
  await first.close();
  await (await starting).createTable(KEYED, 'kept');
});

interface DynaliteStore {
  tableDb: { put(name: string, table: object, done: (error: Error | null) => void): void };
  db: { close(): Promise<void> };
}

test('a table whose creation was killed is created anew', async () => {
  const path = join(emptyFolder(), 'dynamodb');
  const store: DynaliteStore = createRequire(import.meta.url)('dynalite/db').create({ path });
  const half = { TableName: 'half', TableStatus: 'CREATING', ...KEYED };
  await new Promise((resolve) => store.tableDb.put('half', half, resolve));
  await store.db.close();

  const engine = await startOn(path);
  await engine.createTable(KEYED, 'half');
  expect(await engine.call('DescribeTable', { TableName: 'half' })).toMatchObject({
    Table: { TableStatus: 'ACTIVE' },
  });
});
