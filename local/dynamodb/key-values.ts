import { type Range, SortedMap } from './sorted-map.ts';

export type Done = (error: Error | null) => void;

/** Texts by key, in the order of their keys, which are ASCII. */
export interface KeyValues {
  get(key: string): string | undefined;
  /**
   * @param value `undefined` deletes
   * @param done called when no kill of the process takes the change back, perhaps at once; `get` shows it by then
   */
  write(key: string, value: string | undefined, done: Done): void;
  entries(range: Range): Iterable<[key: string, value: string]> | AsyncIterable<[key: string, value: string]>;
  clear(done: Done): void;
}

/** As bytes, which lie outside V8's heap: a million items do not come near its limit. */
export function inMemory(): KeyValues {
  let map = new SortedMap<Buffer>();
  return {
    get: (key) => map.get(key)?.toString(),
    write(key, value, done) {
      if (value === undefined) map.delete(key);
      else map.set(key, Buffer.from(value));
      done(null);
    },
    *entries(range) {
      for (const [key, value] of map.entries(range)) yield [key, value.toString()];
    },
    clear(done) {
      map = new SortedMap();
      done(null);
    },
  };
}

/** What is used of a Level, whose keys and values are texts. */
export interface Level {
  getSync(key: string, options: object): string | undefined;
  batch(operations: readonly object[]): Promise<void>;
  iterator(options: object): AsyncIterable<[string, string]>;
  clear(options: object): Promise<void>;
}

/** Values are JSON already. */
const AS_TEXT = { valueEncoding: 'utf8' };

/** Sorts behind all that keys consist of. */
const AFTER_KEYS = '\xff';

/** @returns what opens the part of a LevelDB whose keys begin with a name and a tilde, as dynalite lays them out */
export function onDisk(level: Level): (name: string) => KeyValues {
  const write = groupWrites(level);
  return (name) => {
    const prefix = `${name}~`;
    return {
      get: (key) => level.getSync(prefix + key, AS_TEXT),
      write: (key, value, done) => write(prefix + key, value, done),
      async *entries({ gt, gte, lt, lte, reverse = false }) {
        const from = gt === undefined ? { gte: prefix + (gte ?? '') } : { gt: prefix + gt };
        const to = lte === undefined ? { lt: prefix + (lt ?? AFTER_KEYS) } : { lte: prefix + lte };
        for await (const [key, value] of level.iterator({ ...from, ...to, reverse, ...AS_TEXT })) {
          yield [key.slice(prefix.length), value];
        }
      },
      clear(done) {
        level.clear({ gte: prefix, lt: prefix + AFTER_KEYS }).then(() => done(null), done);
      },
    };
  };
}

/** Writes together what comes while LevelDB is still at the last write: one write costs as much as many. */
function groupWrites(level: Level): KeyValues['write'] {
  let operations: object[] = [];
  let waiting: Done[] = [];
  let busy = false;

  const flush = (): void => {
    const dones = waiting;
    const finish = (error: Error | null): void => {
      busy = waiting.length > 0;
      if (busy) flush();
      for (const done of dones) done(error);
    };
    const written = level.batch(operations);
    operations = [];
    waiting = [];
    written.then(() => finish(null), finish);
  };

  return (key, value, done) => {
    operations.push(value === undefined ? { type: 'del', key } : { type: 'put', key, value, ...AS_TEXT });
    waiting.push(done);
    if (busy) return;
    busy = true;
    setImmediate(flush);
  };
}
