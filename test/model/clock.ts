import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';
import { REQUESTED_AT } from '../factories.ts';

/**
 * The virtual clock: time stands while anything is computed, and then leaps to the next timer. Timers, and whatever
 * looks at the time, are the code's own: those of workflows, retries and the circuit breaker, too.
 */
export const startClock = (): void =>
  void vi.useFakeTimers({ now: REQUESTED_AT, toFake: ['Date', 'setTimeout', 'clearTimeout'] });

/** How much is computed outside the microtasks, in the database. */
let underWay = 0;

/** Work that takes real time takes no virtual time. */
export async function inNoTime<T>(work: Promise<T>): Promise<T> {
  underWay += 1;
  try {
    return await work;
  } finally {
    underWay -= 1;
  }
}

/** Lets time pass until nothing waits any more. */
export async function untilQuiet(): Promise<void> {
  for (;;) {
    do await turn();
    while (underWay > 0);
    if (vi.getTimerCount() === 0) return;
    vi.advanceTimersToNextTimer();
  }
}

export const wait = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
