interface Entry<T> {
  readonly due: number;
  readonly item: T;
}

/** Items with a due time, the earliest first: adding and taking cost the logarithm of the size. */
export class DueHeap<T> {
  #entries: Entry<T>[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** Milliseconds since the epoch, or `Infinity` if there is no item. */
  get nextDue(): number {
    return this.#entries[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  add(due: number, item: T): void {
    const entries = this.#entries;
    const entry = { due, item };
    let index = entries.push(entry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex] as Entry<T>;
      if (parent.due <= due) break;
      entries[index] = parent;
      index = parentIndex;
    }
    entries[index] = entry;
  }

  /** Takes the earliest item if it is due at `now`. */
  takeDue(now: number): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    if (first === undefined || first.due > now) return undefined;
    const last = entries.pop() as Entry<T>;
    if (entries.length > 0) this.#sink(last);
    return first.item;
  }

  /** Puts an entry in the place of the first, and moves it down to where it belongs. */
  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let index = 0;
    for (;;) {
      let childIndex = index * 2 + 1;
      const left = entries[childIndex];
      if (left === undefined) break;
      const right = entries[childIndex + 1];
      if (right !== undefined && right.due < left.due) childIndex += 1;
      const child = entries[childIndex] as Entry<T>;
      if (child.due >= entry.due) break;
      entries[index] = child;
      index = childIndex;
    }
    entries[index] = entry;
  }

  clear(): void {
    this.#entries = [];
  }

  *[Symbol.iterator](): Generator<T> {
    for (const { item } of this.#entries) yield item;
  }
}
