/** Times of payloads that count whole seconds, rounded down: nothing may live longer than the backend said. */
export const toEpochSeconds = (iso: string): number => Math.floor(Date.parse(iso) / 1000);

export const fromEpochSeconds = (seconds: number): string => new Date(seconds * 1000).toISOString();
