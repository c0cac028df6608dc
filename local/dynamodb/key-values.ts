import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Of keys, with one bound at most on either side. */
export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
}

export type Done = (error: Error | null) => void;

/** Texts by key, in the order of their keys, which are ASCII. */
export interface KeyValues {
  get(key: string): string | undefined;
  /**
   * @param value `undefined` deletes
   * @param done called when no kill of the process takes the change back; `get` does not show it before
   */
  write(key: string, value: string | undefined, done: Done): void;
  /** Of what changes while they are read, they may show either state. */
  entries(range: Range): Iterable<readonly [key: string, value: string]>;
  clear(done: Done): void;
}

interface Row {
  readonly key: string;
  readonly value: string;
}

/** Sorts behind all that keys consist of. */
const AFTER_KEYS = '\xff';

/** Entries that are read at a time. */
const PAGE_SIZE = 100;

/**
 * Keeps texts in a table of the database, which it creates if it is missing.
 *
 * LevelDB, which dynalite would use, reads more and more files for a key that is not there, as for each new item, and
 * then puts these files in order: with the items of 120,000 commands, some 5 ms of CPU a command more than this.
 * @returns what opens a part, whose keys begin with a name and a tilde
 */
export function keyValuesIn(database: DatabaseSync): (name: string) => KeyValues {
  database.exec('CREATE TABLE IF NOT EXISTS texts (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT');
  const select = database.prepare('SELECT value FROM texts WHERE key = ?');
  const upsert = database.prepare(
    'INSERT INTO texts (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const remove = database.prepare('DELETE FROM texts WHERE key = ?');
  const removeAll = database.prepare('DELETE FROM texts WHERE key >= ? AND key < ?');
  const selectPage = pageSelector(database);
  const change = groupChanges(database);

  return (name) => {
    const prefix = `${name}~`;
    return {
      get: (key) => (select.get(prefix + key) as Pick<Row, 'value'> | undefined)?.value,
      write(key, value, done) {
        change(
          () => (value === undefined ? remove.run(prefix + key) : upsert.run(prefix + key, value)),
          done,
        );
      },
      *entries({ gt, gte, lt, lte, reverse = false }) {
        let from = gt === undefined ? atLeast(prefix + (gte ?? '')) : above(prefix + gt);
        let to = lte === undefined ? below(prefix + (lt ?? AFTER_KEYS)) : atMost(prefix + lte);
        for (;;) {
          const page = selectPage(from, to, reverse);
          for (const { key, value } of page) yield [key.slice(prefix.length), value];
          const last = page.at(-1);
          if (last === undefined || page.length < PAGE_SIZE) return;
          if (reverse) to = below(last.key);
          else from = above(last.key);
        }
      },
      clear(done) {
        change(() => removeAll.run(prefix, prefix + AFTER_KEYS), done);
      },
    };
  };
}

type Bound = readonly [operator: '>' | '>=' | '<' | '<=', key: string];
const above = (key: string): Bound => ['>', key];
const atLeast = (key: string): Bound => ['>=', key];
const below = (key: string): Bound => ['<', key];
const atMost = (key: string): Bound => ['<=', key];

function pageSelector(database: DatabaseSync) {
  const statements = new Map<string, StatementSync>();
  return (from: Bound, to: Bound, reverse: boolean): readonly Row[] => {
    const order = reverse ? 'DESC' : 'ASC';
    const sql = `SELECT key, value FROM texts WHERE key ${from[0]} ? AND key ${to[0]} ? ORDER BY key ${order} LIMIT ${PAGE_SIZE}`;
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement.all(from[1], to[1]) as unknown as Row[];
  };
}

/** Makes the changes of one turn of the event loop in one transaction, all or none: it costs as much as one change. */
function groupChanges(database: DatabaseSync): (change: () => unknown, done: Done) => void {
  let changes: (() => unknown)[] = [];
  let waiting: Done[] = [];

  const flush = (): void => {
    const all = changes;
    const dones = waiting;
    changes = [];
    waiting = [];
    let failure: Error | null = null;
    try {
      database.exec('BEGIN');
      for (const change of all) change();
      database.exec('COMMIT');
    } catch (error) {
      failure = error as Error;
      // SQLite itself has, after some errors.
      if (database.isTransaction) database.exec('ROLLBACK');
    }
    for (const done of dones) done(failure);
  };

  return (change, done) => {
    if (changes.length === 0) setImmediate(flush);
    changes.push(change);
    waiting.push(done);
  };
}
