import type { DatabaseSync } from 'node:sqlite';
import * as z from 'zod';
import type { Transactions } from './transactions.ts';

/** Small texts that outlive the process: a write that has returned is not lost. */
export interface KeyValues {
  get(key: string): string | undefined;
  put(key: string, value: string): void;
}

const Row = z.object({ value: z.string() });

/** Keeps them in a table of the database, which it creates if it is missing. */
export function createKeyValues(database: DatabaseSync, transactions: Transactions): KeyValues {
  database.exec('CREATE TABLE IF NOT EXISTS key_values (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
  const select = database.prepare('SELECT value FROM key_values WHERE key = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO key_values (key, value) VALUES (?, ?)');
  return {
    get: (key) => Row.optional().parse(select.get(key))?.value,
    put: (key, value) => {
      transactions.now(() => {
        upsert.run(key, value);
      });
    },
  };
}
