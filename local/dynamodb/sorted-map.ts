/** Of keys, in the order of their UTF-16 units, with one bound at most on either side. */
export interface Range {
  readonly gt?: string;
  readonly gte?: string;
  readonly lt?: string;
  readonly lte?: string;
  readonly reverse?: boolean;
}

interface Chunk<Value> {
  readonly keys: string[];
  readonly values: Value[];
}

/** Keys of a chunk: an insertion moves half of them, 128 words, and a million keys make some 5,000 chunks. */
const CHUNK_SIZE = 256;

/** A map in the order of its keys: sorted chunks of sorted keys, both searched by halves. */
export class SortedMap<Value> {
  /** Never empty, but for the only one. */
  readonly #chunks: Chunk<Value>[] = [{ keys: [], values: [] }];

  get(key: string): Value | undefined {
    const { keys, values } = this.#chunkOf(key);
    const index = firstAtLeast(keys, key);
    return keys[index] === key ? values[index] : undefined;
  }

  set(key: string, value: Value): void {
    const position = this.#positionOf(key);
    const chunk = this.#chunks[position] as Chunk<Value>;
    const { keys, values } = chunk;
    const index = firstAtLeast(keys, key);
    if (keys[index] === key) {
      values[index] = value;
      return;
    }
    keys.splice(index, 0, key);
    values.splice(index, 0, value);
    if (keys.length <= CHUNK_SIZE) return;
    const half = CHUNK_SIZE / 2;
    this.#chunks.splice(position + 1, 0, { keys: keys.splice(half), values: values.splice(half) });
  }

  delete(key: string): void {
    const position = this.#positionOf(key);
    const { keys, values } = this.#chunks[position] as Chunk<Value>;
    const index = firstAtLeast(keys, key);
    if (keys[index] !== key) return;
    keys.splice(index, 1);
    values.splice(index, 1);
    if (keys.length === 0 && this.#chunks.length > 1) this.#chunks.splice(position, 1);
  }

  /** What is set or deleted meanwhile is seen if it lies ahead. */
  *entries({ gt, gte, lt, lte, reverse = false }: Range): Generator<[key: string, value: Value]> {
    const isIn = (key: string): boolean =>
      (gt === undefined || key > gt) &&
      (gte === undefined || key >= gte) &&
      (lt === undefined || key < lt) &&
      (lte === undefined || key <= lte);
    let next = reverse ? this.#last(lte ?? lt, lte !== undefined) : this.#first(gte ?? gt, gte !== undefined);
    while (next !== undefined && isIn(next[0])) {
      yield next;
      next = reverse ? this.#last(next[0], false) : this.#first(next[0], false);
    }
  }

  /** The first entry from a key on, or behind it. */
  #first(key: string | undefined, inclusive: boolean): [string, Value] | undefined {
    if (key === undefined) return entryOf(this.#chunks[0], 0);
    const position = this.#positionOf(key);
    const { keys } = this.#chunks[position] as Chunk<Value>;
    let index = firstAtLeast(keys, key);
    if (!inclusive && keys[index] === key) index += 1;
    return index < keys.length
      ? entryOf(this.#chunks[position], index)
      : entryOf(this.#chunks[position + 1], 0);
  }

  /** The last entry up to a key, or before it. */
  #last(key: string | undefined, inclusive: boolean): [string, Value] | undefined {
    if (key === undefined) return lastOf(this.#chunks.at(-1));
    const position = this.#positionOf(key);
    const { keys } = this.#chunks[position] as Chunk<Value>;
    const index = firstAtLeast(keys, key);
    if (inclusive && keys[index] === key) return entryOf(this.#chunks[position], index);
    if (index > 0) return entryOf(this.#chunks[position], index - 1);
    return position > 0 ? lastOf(this.#chunks[position - 1]) : undefined;
  }

  #chunkOf(key: string): Chunk<Value> {
    return this.#chunks[this.#positionOf(key)] as Chunk<Value>;
  }

  /** The last chunk that does not begin behind the key. */
  #positionOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#chunks[middle]?.keys[0] as string) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function firstAtLeast(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const lastOf = <Value>(chunk: Chunk<Value> | undefined): [string, Value] | undefined =>
  chunk && entryOf(chunk, chunk.keys.length - 1);

function entryOf<Value>(chunk: Chunk<Value> | undefined, index: number): [string, Value] | undefined {
  const key = chunk?.keys[index];
  return key === undefined ? undefined : [key, chunk?.values[index] as Value];
}
