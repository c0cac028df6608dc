import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createMessageStore, type MessageStore } from '../messaging/message-store.ts';
import { openDatabase } from './database.ts';
import { createKeyValues, type KeyValues } from './key-values.ts';
import { createTransactions } from './transactions.ts';

/** What a local stage keeps on disk, so that it goes on from there however it ended. */
export interface Storage {
  /** File of DynamoDB's own. */
  readonly dynamoDbPath: string;
  readonly messages: MessageStore;
  readonly keyValues: KeyValues;
  /** Folder of what is worth nothing after the process: emptied when the storage is opened. */
  readonly scratchPath: string;
  close(): void;
}

const FILE = 'stage.db';

/** Of the tables in the file; a change that older files do not fit counts it up. */
const VERSION = 2;

const SQLITE_BUSY = 5;

/**
 * Opens the folder in which a stage keeps its data, and creates it if it is missing. It belongs to this process
 * until it is closed or the process ends.
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
  const database = openLocked(file, path);
  try {
    checkVersion(database, path);
    const transactions = createTransactions(database);
    const keyValues = createKeyValues(database, transactions);
    const messages = createMessageStore(database, transactions);
    checkStage(keyValues, { stage, path });
    const scratchPath = join(path, 'scratch');
    rmSync(scratchPath, { recursive: true, force: true });
    mkdirSync(scratchPath);
    return {
      dynamoDbPath: join(path, 'dynamodb.db'),
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

function openLocked(file: string, path: string): DatabaseSync {
  try {
    return openDatabase(file);
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
