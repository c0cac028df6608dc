/** How often something must be there. */
export interface Wanted<Item> {
  /** What it is called in a message. */
  readonly name: string;
  readonly fits: (item: Item) => boolean;
  readonly atLeast: number;
  readonly atMost: number;
}

/**
 * Compares what is there with what is wanted: each item must be one of the wanted, and each of the wanted be there as
 * often as it must. Wanted things may overlap («RUNNING» and «RUNNING, ignored»), so this is a matching in a graph:
 * where one matching has a place for every item, and another one an item for every place that must be taken, there is
 * one that does both (Mendelsohn and Dulmage).
 * @returns names of what is missing, and the items for which there is no place
 */
export function compare<Item>(
  wanted: readonly Wanted<Item>[],
  items: readonly Item[],
): { missing: string[]; unexpected: Item[] } {
  // No more places than items are needed: `atMost` may be infinite.
  const places = wanted.flatMap((one) => Array<Wanted<Item>>(Math.min(one.atMost, items.length)).fill(one));
  const must = wanted.flatMap((one) => Array<Wanted<Item>>(one.atLeast).fill(one));
  const fits = (one: Wanted<Item>, item: Item) => one.fits(item);
  return {
    missing: unmatched(must, items, fits).map(({ name }) => name),
    unexpected: unmatched(items, places, (item, one) => fits(one, item)),
  };
}

/** Those of `left` that a largest matching leaves alone: by augmenting paths, for there are a few at most. */
function unmatched<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  fits: (left: Left, right: Right) => boolean,
): Left[] {
  const partner = new Map<number, Left>();
  const place = (one: Left, tried: Set<number>): boolean =>
    right.some((other, index) => {
      if (tried.has(index) || !fits(one, other)) return false;
      tried.add(index);
      const holder = partner.get(index);
      if (partner.has(index) && !place(holder as Left, tried)) return false;
      partner.set(index, one);
      return true;
    });
  return left.filter((one) => !place(one, new Set()));
}
