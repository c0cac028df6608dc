/**
 * Does something once for each key: a repetition shares the outcome of the first time, unless that failed.
 * @param limit keys to remember; the oldest are forgotten
 */
export function once(limit: number) {
  const outcomes = new Map<string, Promise<void>>();
  return (key: string, action: () => Promise<void>): Promise<void> => {
    const known = outcomes.get(key);
    if (known !== undefined) return known;
    const outcome = action();
    outcomes.set(key, outcome);
    outcome.catch(() => outcomes.delete(key));
    const [oldest] = outcomes.keys();
    if (outcomes.size > limit && oldest !== undefined) outcomes.delete(oldest);
    return outcome;
  };
}
