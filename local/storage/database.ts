import { DatabaseSync } from 'node:sqlite';

/** A process that was killed holds its locks until its memory is freed, which takes some 0.1 s. */
const LOCK_TIMEOUT_MS = 2000;

/**
 * Opens a database's file for this process alone, and creates it if it is missing. The lock is the operating system's:
 * no kill leaves it behind.
 *
 * What must not be lost is with the operating system when its write returns, which is enough for a process that is
 * killed. Waiting for the disk (`synchronous`) would help only if the machine itself fails, and cost some ms for each
 * write.
 * @throws SQLite's error, whose `errcode` is 5 if another process has the file
 */
export function openDatabase(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = OFF');
    // Four times the default: pages that change often are moved to their places less often.
    database.exec('PRAGMA wal_autocheckpoint = 4000');
    // The first access takes the lock: at the latest this one.
    database.exec('BEGIN IMMEDIATE; COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
