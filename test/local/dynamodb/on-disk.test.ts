import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { keyValuesIn } from '../../../local/dynamodb/key-values.ts';
import { openDatabase } from '../../../local/storage/database.ts';
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
  const path = join(emptyFolder(), 'dynamodb.db');
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
  const path = join(emptyFolder(), 'dynamodb.db');
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

test('a file that is something else is an error that names it', async () => {
  const path = join(emptyFolder(), 'thesis.txt');
  writeFileSync(path, 'do not touch');
  const starting = startDynamoDb({ region: 'eu-central-1', accountId: '000000000000', path });
  await expect(starting).rejects.toThrow(/on .*thesis\.txt\. file is not a database$/);
});

test('a file is waited for while another process, about to end, still holds it', async () => {
  const path = join(emptyFolder(), 'dynamodb.db');
  const holder = openDatabase(path);
  let isOpen = false;
  const starting = startOn(path).then((engine) => {
    isOpen = true;
    return engine;
  });
  // One that started later and is ready.
  await startOn(join(emptyFolder(), 'other.db'));
  expect(isOpen).toBe(false);
  holder.close();
  await (await starting).createTable(KEYED, 'kept');
});

test('a table whose creation was killed is created anew', async () => {
  const path = join(emptyFolder(), 'dynamodb.db');
  const database = openDatabase(path);
  const half = { TableName: 'half', TableStatus: 'CREATING', ...KEYED };
  await new Promise((resolve) => keyValuesIn(database)('table').write('half', JSON.stringify(half), resolve));
  database.close();

  const engine = await startOn(path);
  await engine.createTable(KEYED, 'half');
  expect(await engine.call('DescribeTable', { TableName: 'half' })).toMatchObject({
    Table: { TableStatus: 'ACTIVE' },
  });
});
