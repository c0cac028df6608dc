/** How many taken places may be kept before the rest is copied together. */
const COMPACT_AT = 1024;

/**
 * First in, first out, or picked at random, each in constant time. An array's `shift` moves the whole array
 * once it has about 16,000 entries: 0.2 ms a message at a backlog of 50,000.
 */
export class Deque<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head >= COMPACT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes the item at an index of 0 to `length` - 1; the first item moves to its place. */
  take(index: number): T | undefined {
    const first = this.shift();
    const place = this.#head + index - 1;
    if (index === 0 || first === undefined) return first;
    const item = this.#items[place];
    this.#items[place] = first;
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) yield this.#items[index] as T;
  }
}
