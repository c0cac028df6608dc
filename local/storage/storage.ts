import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createMessageStore, type MessageStore } from '../messaging/message-store.ts';
import { createKeyValues, type KeyValues } from './key-values.ts';
import { createTransactions } from './transactions.ts';

/** What a local stage keeps on disk, so that it goes on from there however it ended. */
export interface Storage {
  /** Folder of DynamoDB's own files. */
  readonly dynamoDbPath: string;
  readonly messages: MessageStore;
  readonly keyValues: KeyValues;
  /** Folder of what is worth nothing after the process: emptied when the storage is opened. */
  readonly scratchPath: string;
  close(): void;
}

const FILE = 'stage.db';

/** Of the tables in the file; a change that older files do not fit counts it up. */
const VERSION = 1;

/** A stage that was killed holds its lock until its memory is freed, which takes some 0.1 s. */
const LOCK_TIMEOUT_MS = 2000;

const SQLITE_BUSY = 5;

/**
 * Opens the folder in which a stage keeps its data, and creates it if it is missing. It belongs to this process
 * until it is closed or the process ends: the lock is the operating system's, and no kill leaves it behind.
 *
 * What must not be lost is with the operating system when its write returns, which is enough for a process that is
 * killed. Waiting for the disk (`synchronous`) would help only if the machine itself fails, and cost some ms for each
 * message.
 * @param stage name of the stage that the folder belongs to from now on
 * @throws Error in one line, if another stage runs on the folder, or it holds something else
 */
export function openStorage(dir: string, stage: string): Storage {
  const path = resolve(dir);
  mkdirSync(path, { recursive: true });
  const file = join(path, FILE);
  if (!existsSync(file) && readdirSync(path).length > 0) {
    throw new Error(`${path} holds something else than a stage. Use another folder: --data <dir>`);
  }
  const database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    lock(database, path);
    checkVersion(database, path);
    const transactions = createTransactions(database);
    const keyValues = createKeyValues(database, transactions);
    const messages = createMessageStore(database, transactions);
    checkStage(keyValues, { stage, path });
    const scratchPath = join(path, 'scratch');
    rmSync(scratchPath, { recursive: true, force: true });
    mkdirSync(scratchPath);
    return {
      dynamoDbPath: join(path, 'dynamodb'),
      messages,
      keyValues,
      scratchPath,
      close() {
        transactions.commit();
        database.close();
      },
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function lock(database: DatabaseSync, path: string): void {
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = OFF');
    // The first access takes the lock: at the latest this one.
    database.exec('BEGIN IMMEDIATE; COMMIT');
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new Error(`Another stage runs on ${path}. End it, or use another folder: --data <dir>`, {
        cause: error,
      });
    }
    throw error;
  }
}

function checkVersion(database: DatabaseSync, path: string): void {
  const version = database.prepare('PRAGMA user_version').get()?.user_version;
  if (version !== 0 && version !== VERSION) {
    throw new Error(`The data in ${path} is of another version. Delete the folder, or use another one`);
  }
  database.exec(`PRAGMA user_version = ${VERSION}`);
}

function checkStage(keyValues: KeyValues, { stage, path }: { stage: string; path: string }): void {
  const owner = keyValues.get('stage') ?? stage;
  if (owner !== stage) {
    throw new Error(`${path} belongs to the stage ${owner}. Start that one, or use another folder`);
  }
  keyValues.put('stage', stage);
}
