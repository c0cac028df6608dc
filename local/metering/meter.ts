import type { Block, MeterReading, Unit } from '../../cost/meter-reading.ts';
import type { Owner } from './building-blocks.ts';

type Use = MeterReading['uses'][number];

/** Adds up uses. */
export class Meter {
  readonly #uses: Map<string, Use>;

  /** @param before what it begins with */
  constructor(before: readonly Use[] = []) {
    this.#uses = new Map(before.map((use) => [keyOf(use.block, use.resource, use.unit), { ...use }]));
  }

  add({ block, resource }: Owner, unit: Unit, amount: number): void {
    const key = keyOf(block, resource, unit);
    const use = this.#uses.get(key);
    if (use === undefined) this.#uses.set(key, { block, resource, unit, amount });
    else use.amount += amount;
  }

  get uses(): readonly Use[] {
    return [...this.#uses.values()];
  }
}

const keyOf = (block: Block, resource: string, unit: Unit): string => `${block} ${resource} ${unit}`;
