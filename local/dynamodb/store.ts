import { Readable } from 'node:stream';
import type { JsonObject } from '../aws.ts';
import type { Done, KeyValues, Range } from './key-values.ts';
import { Recent } from './recent.ts';

type Found = (error: Error | null, value?: JsonObject) => void;
type Callback = (...results: unknown[]) => void;
/** Wraps what is called at the end. */
type Release = (done: Callback) => Callback;
type Turn = (release: Release) => void;

interface StreamOptions extends Range {
  /** -1: all. */
  readonly limit?: number;
}

/** The part of the database that has one table's items, or one index's, or the tables' descriptions. */
class Part {
  readonly #texts: KeyValues;
  /** Decoded. Nobody may change them. */
  readonly #recent = new Recent<JsonObject>();
  /** Whether nobody changes what he has put. */
  readonly #isOwner: boolean;
  readonly #waiting = new Map<string, Turn[]>();

  constructor(texts: KeyValues, isOwner: boolean) {
    this.#texts = texts;
    this.#isOwner = isOwner;
  }

  /** Lets those who change the value of a key take turns. */
  lock(key: string, turn: Turn): void {
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.push(turn);
      return;
    }
    this.#waiting.set(key, []);
    this.#take(key, turn);
  }

  #take(key: string, turn: Turn): void {
    const next = (): void => {
      const following = this.#waiting.get(key)?.shift();
      if (following === undefined) this.#waiting.delete(key);
      // Not before what this turn has changed is known to whoever waits for it.
      else setImmediate(() => this.#take(key, following));
    };
    try {
      turn((done) => (...results) => {
        next();
        done(...results);
      });
    } catch (error) {
      next();
      throw error;
    }
  }

  get(key: string, found: Found): void {
    found(null, this.find(key));
  }

  find(key: string): JsonObject | undefined {
    const known = this.#recent.get(key);
    if (known !== undefined) return known;
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    const value: JsonObject = JSON.parse(text);
    this.#recent.set(key, value, text.length);
    return value;
  }

  put(key: string, value: JsonObject, done: Done): void {
    const text = JSON.stringify(value);
    this.#texts.write(key, text, (error) => {
      if (error === null && this.#isOwner) this.#recent.set(key, value, text.length);
      else this.#recent.delete(key);
      done(error);
    });
  }

  del(key: string, done: Done): void {
    this.#texts.write(key, undefined, (error) => {
      this.#recent.delete(key);
      done(error);
    });
  }

  clear(done: Done): void {
    this.#texts.clear((error) => {
      this.#recent.clear();
      done(error);
    });
  }

  createKeyStream(options: StreamOptions): Readable {
    return Readable.from(select(this.#texts.entries(options), options.limit, (key) => key));
  }

  createValueStream(options: StreamOptions): Readable {
    return Readable.from(select(this.#texts.entries(options), options.limit, (_, text) => JSON.parse(text)));
  }
}

function* select<Value>(
  entries: ReturnType<KeyValues['entries']>,
  limit = -1,
  of: (key: string, text: string) => Value,
): Generator<Value> {
  let left = limit;
  for (const [key, text] of entries) {
    yield of(key, text);
    left -= 1;
    if (left === 0) return;
  }
}

/** What dynalite's actions use of its store: the same as it has itself. */
export interface Parts {
  readonly tableDb: Part & { readonly awsAccountId: string; readonly awsRegion: string };
  getTable(name: string, checkStatus: boolean, found: Found): void;
  getTable(name: string, found: Found): void;
  getItemDb(table: string): Part;
  deleteItemDb(table: string, done: Done): void;
  getIndexDb(kind: string, table: string, index: string): Part;
  deleteIndexDb(kind: string, table: string, index: string, done: Done): void;
  deleteTagDb(table: string, done: Done): void;
}

/**
 * What dynalite keeps tables and items in, made anew: with its own, each read and write goes through half a dozen
 * promises and timers, and decodes the table's description and the item.
 * @param open the texts of a part
 */
export function createParts(
  open: (name: string) => KeyValues,
  { awsAccountId, awsRegion }: { readonly awsAccountId: string; readonly awsRegion: string },
): Parts {
  const parts = new Map<string, Part>();
  const part = (name: string, isOwner: boolean): Part => {
    let known = parts.get(name);
    if (known === undefined) {
      known = new Part(open(name), isOwner);
      parts.set(name, known);
    }
    return known;
  };
  // dynalite goes on to change descriptions of tables that it has put.
  const tables = part('table', false);

  const itemDb = (table: string): Part => part(`item-${table}`, true);
  // Not all attributes of an index's items have values, until they are JSON.
  const indexDb = (kind: string, table: string, index: string): Part =>
    part(`index-${kind.toLowerCase()}~${table}~${index}`, false);

  return {
    tableDb: Object.assign(tables, { awsAccountId, awsRegion }),
    getTable(name: string, check: boolean | Found, found: Found = check as Found): void {
      const table = tables.find(name);
      const isThere =
        table !== undefined &&
        (check === false || (table.TableStatus !== 'CREATING' && table.TableStatus !== 'DELETING'));
      if (!isThere) found(notFound(check === false ? `: Table: ${name} not found` : ''));
      // Who does not look at the state changes it.
      else found(null, check === false ? structuredClone(table) : table);
    },
    getItemDb: itemDb,
    deleteItemDb: (table, done) => itemDb(table).clear(done),
    getIndexDb: indexDb,
    deleteIndexDb: (kind, table, index, done) => indexDb(kind, table, index).clear(done),
    // Nothing gives tables tags.
    deleteTagDb: (_, done) => done(null),
  };
}

const notFound = (which: string): Error =>
  Object.assign(new Error('NotFoundError'), {
    statusCode: 400,
    body: {
      __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException',
      message: `Requested resource not found${which}`,
    },
  });
