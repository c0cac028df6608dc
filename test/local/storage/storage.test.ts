import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { accountId, createMessagingEngine, region } from '../../../local/messaging/engine.ts';
import { openStorage } from '../../../local/storage/storage.ts';
import { emptyFolder } from './folder.ts';

// Some start processes of Node's.
vi.setConfig({ testTimeout: 30_000 });

const VICTIM = fileURLToPath(new URL('victim.ts', import.meta.url));
const VICTIM_OF_ITSELF = fileURLToPath(new URL('victim-of-itself.ts', import.meta.url));

/** Storage that is closed when the test ends. */
function open(dir: string) {
  const storage = openStorage(dir, 'dev-test');
  onTestFinished(() => storage.close());
  return storage;
}

test('no answered write is lost when the process is killed', async () => {
  const dir = join(emptyFolder(), 'created', 'if-missing');
  const victim = fork(VICTIM, [dir], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  let answered = -1;
  victim.on('message', (n) => {
    answered = Number(n);
    if (answered === 300) victim.kill('SIGKILL');
  });
  await once(victim, 'exit');
  expect(answered).toBeGreaterThanOrEqual(300);

  // At once: the lock died with the process, and its database's process lets go by itself.
  const storage = open(dir);
  const last = Number(storage.keyValues.get('last'));
  expect(last).toBeGreaterThanOrEqual(answered);
  const dynamoDb = await startDynamoDb({ region, accountId, path: storage.dynamoDbPath });
  onTestFinished(() => dynamoDb.close());
  const { Count } = await dynamoDb.call('Scan', { TableName: 'items', Select: 'COUNT' });
  expect(Count).toBeGreaterThan(answered);

  const messaging = await createMessagingEngine({ region, store: storage.messages });
  onTestFinished(() => messaging.close());
  const [first, second] = ['first', 'second'].map((name) =>
    messaging.peek(messaging.createQueue(name, {}).arn).map(({ body }) => Number(JSON.parse(body).Message)),
  );
  expect(first).toEqual(first?.map((_, index) => index));
  expect(first?.length).toBeGreaterThan(answered);
  expect(second).toEqual(first);
});

test('a message that is killed on its way to several queues is in none of them', async () => {
  const dir = emptyFolder();
  const victim = fork(VICTIM_OF_ITSELF, [dir], { execArgv: [] });
  const [, signal] = await once(victim, 'exit');
  expect(signal).toBe('SIGKILL');
  const { messages } = open(dir);
  for (const name of ['first', 'second']) {
    expect(messages.load(`arn:aws:sqs:${region}:${accountId}:${name}`)).toEqual([]);
  }
});

test('a folder belongs to one stage at a time', () => {
  const dir = emptyFolder();
  const storage = openStorage(dir, 'dev-test');
  expect(() => openStorage(dir, 'dev-test')).toThrow(/^Another stage runs on .*storage-test-.*--data <dir>$/);
  storage.close();
  openStorage(dir, 'dev-test').close();
});

test('a folder belongs to the stage that was started on it first', () => {
  const dir = emptyFolder();
  openStorage(dir, 'dev-alice').close();
  expect(() => openStorage(dir, 'dev-bob')).toThrow(/belongs to the stage dev-alice\. Start that one/);
  openStorage(dir, 'dev-alice').close();
});

test("a folder of other people's files is left alone", () => {
  const dir = emptyFolder();
  writeFileSync(join(dir, 'thesis.txt'), 'do not touch');
  expect(() => openStorage(dir, 'dev-test')).toThrow(/holds something else than a stage/);
});

test('data of another version are refused', () => {
  const dir = emptyFolder();
  openStorage(dir, 'dev-test').close();
  const database = new DatabaseSync(join(dir, 'stage.db'));
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => openStorage(dir, 'dev-test')).toThrow(/is of another version\. Delete the folder/);
});

test('what a killed stage leaves in its scratch folder is gone at the next start', () => {
  const dir = emptyFolder();
  const storage = openStorage(dir, 'dev-test');
  const left = join(storage.scratchPath, 'left-behind');
  writeFileSync(left, '');
  storage.close();
  expect(() => writeFileSync(left, '', { flag: 'r+' })).not.toThrow();
  open(dir);
  expect(() => writeFileSync(left, '', { flag: 'r+' })).toThrow(/ENOENT/);
});
