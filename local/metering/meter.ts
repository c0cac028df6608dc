import type { Owner } from './building-blocks.ts';
import type { Block, MeterReading, Unit } from './meter-reading.ts';

type Use = MeterReading['uses'][number];

type ByUnit = Map<Unit, Use>;

/** Adds up uses: dozens for each command, so that it does not make a key of three names for each. */
export class Meter {
  readonly #blocks = new Map<Block, Map<string, ByUnit>>();

  /** @param before what it begins with */
  constructor(before: readonly Use[] = []) {
    for (const use of before) this.add(use, use.unit, use.amount);
  }

  add({ block, resource }: Owner, unit: Unit, amount: number): void {
    const use = this.#blocks.get(block)?.get(resource)?.get(unit);
    if (use === undefined) this.#begin({ block, resource, unit, amount });
    else use.amount += amount;
  }

  get uses(): readonly Use[] {
    return [...this.#blocks.values()].flatMap((resources) =>
      [...resources.values()].flatMap((units) => [...units.values()]),
    );
  }

  #begin(use: Use): void {
    const resources = this.#blocks.get(use.block) ?? new Map<string, ByUnit>();
    this.#blocks.set(use.block, resources);
    const units = resources.get(use.resource) ?? new Map<Unit, Use>();
    resources.set(use.resource, units);
    units.set(use.unit, use);
  }
}
