/** A figure measured several times: its median, and the half of all measurements around it. */
export interface Spread {
  readonly median: number;
  readonly p25: number;
  readonly p75: number;
}

/** @param values at least one */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { median: at(0.5), p25: at(0.25), p75: at(0.75) };
}
