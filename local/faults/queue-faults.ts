import { type Faults, matches } from './faults.ts';

/** How much later than another a message may be that is out of order. */
const DISORDER_MS = 50;

const ON_TIME = [0];

type QueueFault = { readonly queue?: string };

/** For each copy of a message that enters the queue, how many milliseconds late that is. */
export function copiesOf(faults: Faults, queue: string): readonly number[] {
  if (!faults.any) return ON_TIME;
  const applies = (fault: QueueFault) => matches(fault.queue, queue);
  const copies = faults.strike(['queue-duplicates'], applies) === undefined ? 1 : 2;
  return Array.from({ length: copies }, () => {
    const delay = faults.strike(['queue-delays'], applies)?.ms ?? 0;
    const disorder = faults.strike(['queue-shuffles'], applies);
    return disorder === undefined ? delay : delay + faults.random() * DISORDER_MS;
  });
}

/** Which of a queue's visible messages is received next, from 0, the oldest. @param count of them, 1 at least */
export function nextOf(faults: Faults, queue: string, count: number): number {
  if (!faults.any) return 0;
  const disorder = faults.strike(['queue-shuffles'], (fault: QueueFault) => matches(fault.queue, queue));
  return disorder === undefined ? 0 : Math.floor(faults.random() * count);
}
