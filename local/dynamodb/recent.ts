/** What a generation holds, in characters of the values' JSON; decoded, they take some five times as much memory. */
const GENERATION_SIZE = 4_000_000;

/**
 * Values that were used lately, a generation of them at least: 5,000 of 800 characters. When the young generation is
 * full it becomes the old one, whose values that nobody has used since are forgotten.
 */
export class Recent<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #size = 0;

  get(key: string): Value | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, value: Value, size: number): void {
    this.#size += size;
    if (this.#size > GENERATION_SIZE) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#size = size;
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#size = 0;
  }
}
