/** A longer timer would fire at once. 24 days are for ever on a local stage. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Deadline {
  readonly seconds: number;
  /** What the work is rejected with when it takes longer. */
  readonly reason: Error;
}

/** Runs `work` under a signal of its own, which aborts with `parent`, when `work` fails, and at the deadline. */
export async function withSignal<T>(
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  deadline?: Deadline,
): Promise<T> {
  parent?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(parent?.reason);
  parent?.addEventListener('abort', abort, { once: true });
  const timer = deadline && timeout(() => controller.abort(deadline.reason), deadline.seconds * 1000);
  try {
    return await work(controller.signal);
  } catch (error) {
    controller.abort(error);
    throw error;
  } finally {
    clearTimeout(timer);
    parent?.removeEventListener('abort', abort);
  }
}

/** Settles as `work` does, or rejects as soon as the signal aborts: nobody waits for work that ignores it. */
export async function abortable<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits; rejects as soon as the signal aborts. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise: elapsed, resolve } = Promise.withResolvers<void>();
  const timer = timeout(resolve, milliseconds);
  try {
    await abortable(() => elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
}

function timeout(callback: () => void, milliseconds: number): NodeJS.Timeout {
  return setTimeout(callback, Math.min(milliseconds, LONGEST_TIMER_MS));
}
