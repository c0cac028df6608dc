import type { InFlight } from './fauxqs.ts';
import type { AdaptedQueue, DeadLetterQueueOf } from './queue.ts';
import { type SqsRecord, toRecord } from './sqs-record.ts';

/** SQS receives at most 10 messages at once; consumers take more only with a batching window. */
export const MAX_BATCH_SIZE = 10;

/** AWS starts with 5 pollers for a queue. It adds more under load; the local stage does not. */
export const DEFAULT_CONCURRENCY = 5;

/**
 * A queue is asked no more often for less than a full batch. To wake a function costs some 2 ms of CPU, whatever the
 * batch holds: at 50 commands a second a command takes 28 ms of it with a pause of 20 ms, 23 with 40, and 31 if each
 * message is fetched at once. A message that comes alone does not wait.
 */
const POLL_EVERY_MS = 25;

export interface ConsumeOptions {
  /** Messages a batch holds at most, up to `MAX_BATCH_SIZE`. */
  readonly batchSize: number;
  /** Batches that may be under way at the same time, as of now. @param visible messages that wait */
  readonly concurrency: (visible: number) => number;
  /** How long a batch that is not full waits for more messages. */
  readonly windowMs?: number;
}

/** Handles a batch and answers the ids of the messages that failed; if it throws, all have failed. */
export type HandleBatch = (records: SqsRecord[]) => Promise<string[]>;

export interface Consumer {
  /** Takes no more messages, and ends when the batches under way have ended. */
  stop(): Promise<void>;
}

/**
 * Hands a queue's messages to `handle`, as soon as there are any, or enough for a batch, or when the window ends. What
 * did not fail is deleted; what failed stays in flight until its visibility time-out, or as long as `handle` has
 * changed that to.
 */
export function startConsumer(
  { queue, receive, setListener, depth }: AdaptedQueue,
  { batchSize, concurrency, windowMs = 0 }: ConsumeOptions,
  handle: HandleBatch,
  deadLetterQueueOf: DeadLetterQueueOf,
  region: string,
): Consumer {
  const underWay = new Set<Promise<void>>();
  let polling: NodeJS.Immediate | undefined;
  let pause: NodeJS.Timeout | undefined;
  let window: NodeJS.Timeout | undefined;
  let lastPoll = Number.NEGATIVE_INFINITY;
  let stopped = false;

  const work = async (received: readonly InFlight[]): Promise<void> => {
    const records = received.map(({ message, receiptHandle }) =>
      toRecord(message, receiptHandle, queue.arn, region),
    );
    let failed: readonly string[];
    try {
      failed = await handle(records);
    } catch {
      // Whoever hands us `handle` reports why; for the queue the whole batch comes back.
      return;
    }
    for (const { message, receiptHandle } of received) {
      if (!failed.includes(message.messageId)) queue.deleteMessage(receiptHandle);
    }
  };

  const poll = (fullBatchesOnly: boolean): void => {
    polling = undefined;
    while (!stopped && underWay.size < concurrency(depth().visible)) {
      if (fullBatchesOnly && depth().visible < batchSize) {
        schedule();
        return;
      }
      const received = receive(batchSize, deadLetterQueueOf);
      if (received.length === 0) return;
      lastPoll = performance.now();
      const batch = work(received).finally(() => {
        underWay.delete(batch);
        schedule();
      });
      underWay.add(batch);
    }
  };

  const scheduleWithoutWindow = (): void => {
    if (polling !== undefined) return;
    const { visible } = depth();
    if (visible === 0) return;
    const waitMs = lastPoll + POLL_EVERY_MS - performance.now();
    if (waitMs <= 0 || visible >= batchSize) {
      clearTimeout(pause);
      pause = undefined;
      // Not at once: what is sent in the same turn of the event loop can share a batch.
      polling = setImmediate(poll, false);
    } else {
      pause ??= setTimeout(() => {
        pause = undefined;
        poll(false);
      }, waitMs);
    }
  };

  const scheduleWithWindow = (): void => {
    const { visible } = depth();
    if (visible >= batchSize) polling ??= setImmediate(poll, true);
    else if (visible > 0) {
      window ??= setTimeout(() => {
        window = undefined;
        poll(false);
      }, windowMs);
    }
  };

  const schedule = (): void => {
    if (stopped) return;
    if (windowMs === 0) scheduleWithoutWindow();
    else scheduleWithWindow();
  };

  setListener(schedule);
  return {
    async stop() {
      stopped = true;
      setListener(undefined);
      clearImmediate(polling);
      clearTimeout(pause);
      clearTimeout(window);
      await Promise.all(underWay);
    },
  };
}
