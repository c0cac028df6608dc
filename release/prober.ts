import type { EnvironmentName } from '../lib/stages.ts';
import type { Clock } from './clock.ts';

/**
 * One round of tries of the new version. `unsent` is one that never got there, or not as it should: the caller's
 * network or token, another command at the same vehicle; it says nothing about the version.
 */
export type ProbeResult =
  | { readonly result: 'held' }
  | { readonly result: 'failed' | 'unsent'; readonly reason: string };
export type Probe = (environment: EnvironmentName) => Promise<ProbeResult>;

export type ProbeCounts = Readonly<Record<ProbeResult['result'], number>>;

interface ProberParts {
  readonly probe: Probe | undefined;
  readonly environment: EnvironmentName;
  readonly clock: Clock;
  readonly tell: (line: string) => void;
  /** That is known already: nothing is probed any more. */
  readonly failure?: string;
}

/** Each round is a few commands; a bad version is seen within that and a command's time. */
const EVERY_MS = 5000;

/**
 * Rounds in a row without a result, after which the version counts as bad: nobody can say that it is good. Half a
 * minute, which is longer than a laptop takes to change networks or a person's own command to end, as long as the
 * quickest plan of steps, and a twentieth of a step of int and prod.
 */
const UNSENT_LIMIT = 6;

/**
 * Probes an environment again and again, until the first failure: the scenarios have held for the version, so a failure
 * is news.
 */
export class Prober {
  readonly #parts: ProberParts;
  readonly #counts = { held: 0, failed: 0, unsent: 0 };
  readonly #told = new Set<string>();
  #failure: string | undefined;
  #unsentInARow = 0;
  #nextMs = 0;
  #round: Promise<void> | undefined;

  constructor(parts: ProberParts) {
    this.#parts = parts;
    this.#failure = parts.failure;
  }

  /** Why the version must not keep traffic. */
  get failure(): string | undefined {
    return this.#failure;
  }

  get counts(): ProbeCounts {
    return this.#counts;
  }

  /** Begins a round, if one is due. */
  next(): void {
    const { probe, environment, clock } = this.#parts;
    const now = clock.now().getTime();
    if (probe === undefined || this.#round !== undefined || this.#failure !== undefined) return;
    if (now < this.#nextMs) return;
    this.#nextMs = now + EVERY_MS;
    this.#round = probe(environment)
      .catch((error: unknown): ProbeResult => ({ result: 'unsent', reason: String(error) }))
      .then((result) => this.#judge(result))
      .finally(() => {
        this.#round = undefined;
      });
  }

  /**
   * Waits for the round that is under way.
   * @param isWhole these were all rounds of the shift: then a version without any result has failed too
   */
  async end(isWhole: boolean): Promise<void> {
    await this.#round;
    const { held, unsent } = this.#counts;
    if (isWhole && held === 0 && unsent > 0) this.#failure ??= 'no probe has had a result';
  }

  /** A line that says nothing new is not told again. */
  tellOnce(line: string): void {
    if (this.#told.has(line)) return;
    this.#told.add(line);
    this.#parts.tell(line);
  }

  #judge(found: ProbeResult): void {
    const { tell } = this.#parts;
    this.#counts[found.result] += 1;
    if (found.result === 'held') {
      this.#unsentInARow = 0;
    } else if (found.result === 'failed') {
      this.#failure = `probe failed: ${found.reason}`;
      tell(`A probe failed, traffic goes back: ${found.reason}`);
    } else {
      this.tellOnce(`A probe does not count: ${found.reason}`);
      this.#unsentInARow += 1;
      if (this.#unsentInARow < UNSENT_LIMIT) return;
      this.#failure = `${UNSENT_LIMIT} probes in a row have had no result: ${found.reason}`;
      tell(`Nothing is known of the new version, traffic goes back: ${this.#failure}`);
    }
  }
}
