import type { DatabaseSync } from 'node:sqlite';

/** Groups writes to a database: what a write costs is its transaction. */
export interface Transactions {
  /** What the action writes survives a kill when this returns; all of it, or none. */
  now<T>(action: () => T): T;
  /** What the action writes survives a kill a little later, and what was written before it does by then. */
  soon(action: () => void): void;
  /** What was written survives from here on. */
  commit(): void;
}

/** Under load, other writes commit long before. */
const SOON_MS = 10;

export function createTransactions(database: DatabaseSync): Transactions {
  let isInside = false;
  let timer: NodeJS.Timeout | undefined;

  const begin = (): void => {
    if (!database.isTransaction) database.exec('BEGIN');
  };
  const commit = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (database.isTransaction) database.exec('COMMIT');
  };

  return {
    now(action) {
      if (isInside) return action();
      begin();
      isInside = true;
      try {
        return action();
      } finally {
        isInside = false;
        // After an error too: what it has put into queues is there.
        commit();
      }
    },
    soon(action) {
      begin();
      timer ??= setTimeout(commit, SOON_MS).unref();
      action();
    },
    commit,
  };
}
