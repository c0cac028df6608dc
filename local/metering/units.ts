/** How AWS rounds what it bills. Sources: the price pages of the services, as of 2026. */

const KB = 1024;
const MB = 1024 * KB;

/** SNS, SQS and EventBridge Pipes bill a payload in chunks of 64 KB, each of them a request. */
export const CHUNK = 64 * KB;

/** CloudWatch Logs adds this to each event that it ingests. */
export const LOG_EVENT_OVERHEAD = 26;

/** Requests that a payload of so many bytes is billed as: one at least. */
export const requestsOf = (bytes: number): number => Math.max(1, Math.ceil(bytes / CHUNK));

/**
 * The same, for texts that are not measured yet: UTF-8 needs at most three bytes for a UTF-16 unit, so that short ones,
 * as nearly all are, need no counting.
 */
export function requestsOfTexts(texts: readonly string[]): number {
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length * 3 <= CHUNK) return 1;
  return requestsOf(texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0));
}

/** Express workflows: duration in steps of 100 ms, memory in steps of 64 MB. */
export function expressGbSeconds(milliseconds: number, memoryBytes: number): number {
  const seconds = Math.max(1, Math.ceil(milliseconds / 100)) / 10;
  return (seconds * Math.ceil(memoryBytes / (64 * MB)) * 64) / KB;
}

/**
 * What an Express workflow uses: AWS's formula to estimate it, «50 MB + size of the definition + size of the execution's
 * data × number of Parallel or Map steps». What an execution really used, only AWS knows.
 */
export const expressMemory = (definition: number, data: number, parallelSteps: number): number =>
  50 * MB + definition + data * Math.max(1, parallelSteps);

/** Lambda: memory as configured, times milliseconds that are rounded up already. */
export const lambdaGbSeconds = (milliseconds: number, memoryMb: number): number =>
  (milliseconds / 1000) * (memoryMb / KB);
