import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createTransactions } from '../../../local/storage/transactions.ts';
import { emptyFolder } from './folder.ts';

/** What a process finds that opens the database now, is what a kill would leave. */
function openDatabase() {
  const file = join(emptyFolder(), 'test.db');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE texts (text TEXT)');
  const other = new DatabaseSync(file);
  onTestFinished(() => {
    database.close();
    other.close();
  });
  const insert = database.prepare('INSERT INTO texts (text) VALUES (?)');
  return {
    transactions: createTransactions(database),
    write: (text: string) => void insert.run(text),
    kept: () =>
      other
        .prepare('SELECT text FROM texts ORDER BY rowid')
        .all()
        .map(({ text }) => text),
  };
}

test('what is written now is kept when that returns, also if it is nested; all of it or none', () => {
  const { transactions, write, kept } = openDatabase();
  const result = transactions.now(() => {
    write('a');
    transactions.now(() => write('b'));
    expect(kept()).toEqual([]);
    return 'done';
  });
  expect(result).toBe('done');
  expect(kept()).toEqual(['a', 'b']);
});

test('what is written soon is kept a little later', async () => {
  const { transactions, write, kept } = openDatabase();
  transactions.soon(() => write('a'));
  transactions.soon(() => write('b'));
  expect(kept()).toEqual([]);
  await vi.waitFor(() => expect(kept()).toEqual(['a', 'b']));
});

test('what is written soon is kept with the next that is written now, before it', () => {
  const { transactions, write, kept } = openDatabase();
  transactions.soon(() => write('soon'));
  transactions.now(() => write('now'));
  expect(kept()).toEqual(['soon', 'now']);
});

test('a commit keeps what was written soon; another one has nothing to do', () => {
  const { transactions, write, kept } = openDatabase();
  transactions.soon(() => write('a'));
  transactions.commit();
  transactions.commit();
  expect(kept()).toEqual(['a']);
});

test('after an error, what was written before it is kept, and the next transaction is one of its own', () => {
  const { transactions, write, kept } = openDatabase();
  const fail = () => {
    write('a');
    throw new Error('refused');
  };
  expect(() => transactions.now(fail)).toThrow('refused');
  expect(kept()).toEqual(['a']);
  transactions.now(() => write('b'));
  expect(kept()).toEqual(['a', 'b']);
});
