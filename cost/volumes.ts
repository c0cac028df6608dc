/** How much a stage is used. */
export interface Volumes {
  readonly commandsPerDay: number;
  /** All calls of the app's API: those that make commands, and status polls. */
  readonly apiCallsPerDay: number;
}

/** The talk's: «2.5 million events every day … more than 100 million API calls every single day». */
export const TALK: Volumes = { commandsPerDay: 2_500_000, apiCallsPerDay: 100_000_000 };

/** As AWS's own estimates have it: 365 days of 24 hours by 12. */
export const HOURS = 730;
export const DAYS = HOURS / 24;

/**
 * How many times the average the busiest minutes are. Traffic follows commuters, so a day has peaks; lib/stages.ts
 * allows prod the same.
 */
export const PEAK_FACTOR = 4;

export const perSecond = (perDay: number): number => perDay / 86_400;
