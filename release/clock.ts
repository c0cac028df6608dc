/** Time, which tests make pass at once. */
export interface Clock {
  now(): Date;
  /** Ends early, and without an error, when it is aborted. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>;
}
