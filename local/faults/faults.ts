import { randomInt } from 'node:crypto';
import { randomLcg } from 'd3-random';
import { type Fault, FaultSet, type FaultSetInput } from './fault.ts';

/** A fault that is active. */
export type ActiveFault = Fault & {
  /** How often it has struck. */
  readonly hits: number;
};

type Kind = Fault['fault'];
type FaultOf<K extends Kind> = Extract<Fault, { fault: K }>;

interface Active {
  readonly fault: Fault;
  hits: number;
  readonly timer: NodeJS.Timeout | undefined;
}

/** A seed is what d3's generator takes: a whole number of 32 bits. */
const SEEDS = 2 ** 31;

/**
 * What goes wrong on a stage at the moment: the one place that all engines ask. While nothing does, to ask
 * costs a look at an empty list.
 */
export class Faults {
  #active: Active[] = [];
  #seed = 0;
  #random: () => number = Math.random;
  readonly #listeners: (() => void)[] = [];

  /** Whether there are any. */
  get any(): boolean {
    return this.#active.length > 0;
  }

  /** The random source of what faults leave to chance. */
  get random(): () => number {
    return this.#random;
  }

  /** These take the place of all that there are. @throws ZodError for what is none */
  set(input: FaultSetInput): void {
    const { seed = randomInt(SEEDS), faults } = FaultSet.parse(input);
    for (const { timer } of this.#active) clearTimeout(timer);
    this.#seed = seed;
    this.#random = randomLcg(seed);
    this.#active = faults.map((fault) => {
      const active: Active = { fault, hits: 0, timer: this.#endOf(fault, () => this.#end(active)) };
      return active;
    });
    this.#tell();
  }

  clear(): void {
    this.set({ faults: [] });
  }

  list(): { seed: number; faults: ActiveFault[] } {
    return { seed: this.#seed, faults: this.#active.map(({ fault, hits }) => ({ ...fault, hits })) };
  }

  /** The listener is told of each change, of a fault's end too. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  has(applies: (fault: Fault) => boolean): boolean {
    return this.#active.some(({ fault }) => applies(fault));
  }

  /** The first fault of a kind that applies and strikes now. */
  strike<K extends Kind>(
    kinds: readonly K[],
    applies: (fault: FaultOf<K>) => boolean,
  ): FaultOf<K> | undefined {
    for (const active of this.#active) {
      const fault = active.fault as FaultOf<K>;
      if (!kinds.includes(fault.fault as K) || !applies(fault)) continue;
      if (fault.probability < 1 && this.#random() >= fault.probability) continue;
      active.hits += 1;
      return fault;
    }
    return undefined;
  }

  #endOf({ seconds }: Fault, end: () => void): NodeJS.Timeout | undefined {
    return seconds === undefined ? undefined : setTimeout(end, seconds * 1000).unref();
  }

  #end(ended: Active): void {
    this.#active = this.#active.filter((active) => active !== ended);
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** Whether a name has the part that a pattern stands for. */
export function matches(pattern: string | undefined, name: string): boolean {
  if (pattern === undefined) return true;
  let from = 0;
  for (const part of pattern.split('*')) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return true;
}
