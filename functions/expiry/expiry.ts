const DAY_MS = 24 * 60 * 60 * 1000;

/** A warning a day, on three days: one falls on a working day, whatever the weekend. */
const WARNING_DAYS = 3;

/** What is to become of a stage. */
export type Expiry =
  | { readonly verdict: 'keep'; readonly expiresAt: Date }
  /** It goes soon, unless somebody uses it. */
  | { readonly verdict: 'warn'; readonly expiresAt: Date }
  | { readonly verdict: 'expire'; readonly expiresAt: Date };

/** How a stage was used, in milliseconds since 1970. */
export interface Use {
  /** The newest requests to its API; undefined if there were none for as long as it may be without use. */
  readonly lastRequestAt: number | undefined;
  /** The newest creation or update of its stacks: somebody works with it. */
  readonly lastDeployedAt: number;
}

export const lastUse = ({ lastRequestAt = 0, lastDeployedAt }: Use): number =>
  Math.max(lastRequestAt, lastDeployedAt);

/** Whether a stage stays, goes soon, or goes now. */
export function expiry(use: Use, expiresAfterDays: number, now: number): Expiry {
  const at = lastUse(use) + expiresAfterDays * DAY_MS;
  const expiresAt = new Date(at);
  if (now >= at) return { verdict: 'expire', expiresAt };
  return { verdict: now >= at - WARNING_DAYS * DAY_MS ? 'warn' : 'keep', expiresAt };
}
