/** Clients choose their tokens: random ones must not fill the memory. */
const MOST_ENTRIES = 1000;

interface Entry<T> {
  readonly answer: Promise<T>;
  /** Set, with the time, once the answer is there. */
  value?: T;
  expiresAt: number;
}

/**
 * Keeps answers by token. Requests with the same token share one call while it is under way; a call that fails leaves
 * nothing behind.
 */
export class AuthorizerCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #ttl: number;
  readonly #now: () => number;

  /**
   * @param ttl in milliseconds; with 0 every request is a call of its own
   * @param now a clock in milliseconds that never goes back
   */
  constructor(ttl: number, now: () => number = () => performance.now()) {
    this.#ttl = ttl;
    this.#now = now;
  }

  /** The answer to a token, if it is there. */
  known(token: string): T | undefined {
    const known = this.#entries.get(token);
    return known !== undefined && this.#now() < known.expiresAt ? known.value : undefined;
  }

  get(token: string, ask: () => Promise<T>): Promise<T> {
    if (this.#ttl === 0) return ask();
    const known = this.#entries.get(token);
    if (known !== undefined && this.#now() < known.expiresAt) return known.answer;
    const entry: Entry<T> = { answer: ask(), expiresAt: Number.POSITIVE_INFINITY };
    this.#keep(token, entry);
    entry.answer.then(
      (value) => {
        entry.value = value;
        entry.expiresAt = this.#now() + this.#ttl;
      },
      () => {
        if (this.#entries.get(token) === entry) this.#entries.delete(token);
      },
    );
    return entry.answer;
  }

  /** The oldest entry makes room. */
  #keep(token: string, entry: Entry<T>): void {
    this.#entries.delete(token);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= MOST_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(token, entry);
  }
}
