import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults/faults.ts';
import { copiesOf, nextOf } from '../faults/queue-faults.ts';
import { Deque } from './deque.ts';
import { DueHeap } from './due-heap.ts';
import type { InFlight, ReceivedMessage, SqsMessage, SqsQueue } from './fauxqs.ts';
import type { MessageStore } from './message-store.ts';

/** SQS receives at most 10 messages at once. */
const RECEIVE_LIMIT = 10;

/** Numbers of messages. */
export interface Depth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A queue by its ARN. */
export type DeadLetterQueueOf = (arn: string) => SqsQueue | undefined;

/** A fauxqs queue, after `adaptQueue`. */
export interface AdaptedQueue {
  readonly queue: SqsQueue;
  /** Takes visible messages, as ReceiveMessage does: at most 10, and for the queue's visibility time-out. */
  receive(maxCount: number, deadLetterQueueOf: DeadLetterQueueOf): InFlight[];
  /** Sets who is called when messages have become visible; `undefined`: no one. There is one at most. */
  setListener(listener: (() => void) | undefined): void;
  depth(): Depth;
  close(): void;
}

/**
 * Replaces how a fauxqs queue keeps its messages; its HTTP actions then work on ours. fauxqs looks through all
 * delayed messages at each receive (2 ms at 50,000, which a minute's wait at 100 commands/s makes) and knows
 * timers only while someone polls; and it does not delay what comes from SNS by the queue's own delay.
 *
 * Messages are kept until they are deleted: MessageRetentionPeriod (60 s at least, 4 days by default) is not
 * applied.
 * @param store has the messages on disk too, those that stand there already among them; without, they end with
 * the process
 */
export function adaptQueue(queue: SqsQueue, faults: Faults, store: MessageStore | undefined): AdaptedQueue {
  const name = queue.arn.split(':').at(-1) ?? '';
  const visible = new Deque<SqsMessage>();
  const delayed = new DueHeap<SqsMessage>();
  const inFlight = queue.inflightMessages;
  /** No message in flight becomes visible before this; milliseconds since the epoch. */
  let visibilityDue = Number.POSITIVE_INFINITY;
  let listener: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let timerDue = Number.POSITIVE_INFINITY;

  const announce = (): void => {
    for (const waiter of queue.pollWaiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.resolve();
    }
    listener?.();
  };

  const setTimer = (): void => {
    const due = Math.min(delayed.nextDue, visibilityDue);
    if (listener === undefined || due >= timerDue) return;
    clearTimeout(timer);
    timerDue = due;
    timer = setTimeout(
      () => {
        timerDue = Number.POSITIVE_INFINITY;
        showDue();
      },
      Math.max(1, due - Date.now()),
    );
  };

  const showExpired = (now: number): void => {
    visibilityDue = Number.POSITIVE_INFINITY;
    for (const [receiptHandle, { message, visibilityDeadline }] of inFlight) {
      if (visibilityDeadline <= now) {
        inFlight.delete(receiptHandle);
        visible.push(message);
      } else {
        visibilityDue = Math.min(visibilityDue, visibilityDeadline);
      }
    }
  };

  const showDue = (): void => {
    const now = Date.now();
    const before = visible.length;
    for (let message = delayed.takeDue(now); message !== undefined; message = delayed.takeDue(now)) {
      visible.push(message);
    }
    if (visibilityDue <= now) showExpired(now);
    if (visible.length > before) announce();
    setTimer();
  };

  const add = (message: SqsMessage): void => {
    if (message.delayUntil !== undefined && message.delayUntil > Date.now()) {
      delayed.add(message.delayUntil, message);
      setTimer();
    } else {
      visible.push(message);
      announce();
    }
  };

  const keep = (message: SqsMessage): void => {
    store?.put(queue.arn, message);
    add(message);
  };

  queue.enqueue = (message) => {
    // What was received before comes from the queue whose dead-letter queue this is: no copies, no delay.
    if (message.approximateReceiveCount > 0) {
      keep(message);
      return;
    }
    // A message that was sent has its delay already (see `prepareSend`); this one comes from SNS.
    const due = message.delayUntil ?? Date.now() + Number(queue.attributes.DelaySeconds) * 1000;
    for (const [index, lateMs] of copiesOf(faults, name).entries()) {
      const copy = index === 0 ? message : { ...message };
      copy.delayUntil = lateMs === 0 ? due : Math.max(due, Date.now()) + lateMs;
      keep(copy);
    }
  };

  const redrive = redriveOf(queue);
  const receive = (
    maxCount: number,
    deadLetterQueueOf: DeadLetterQueueOf | undefined,
    visibilitySeconds = Number(queue.attributes.VisibilityTimeout),
  ): InFlight[] => {
    showDue();
    const now = Date.now();
    const deadline = now + visibilitySeconds * 1000;
    const policy = redrive();
    const received: InFlight[] = [];
    while (visible.length > 0 && received.length < Math.min(maxCount, RECEIVE_LIMIT)) {
      const message = visible.take(nextOf(faults, name, visible.length));
      if (message === undefined) break;
      message.approximateReceiveCount += 1;
      message.approximateFirstReceiveTimestamp ??= now;
      const deadLetterQueue =
        policy !== undefined && message.approximateReceiveCount > policy.maxReceiveCount
          ? deadLetterQueueOf?.(policy.deadLetterTargetArn)
          : undefined;
      if (deadLetterQueue !== undefined) {
        deadLetterQueue.enqueue(message);
        continue;
      }
      const entry = { message, receiptHandle: randomUUID(), visibilityDeadline: deadline };
      inFlight.set(entry.receiptHandle, entry);
      received.push(entry);
    }
    if (received.length > 0) {
      store?.received(received.map(({ message }) => message));
      visibilityDue = Math.min(visibilityDue, deadline);
      setTimer();
    }
    return received;
  };

  queue.dequeue = (maxCount, visibilitySeconds, deadLetterQueueOf) =>
    receive(maxCount, deadLetterQueueOf, visibilitySeconds).map(receivedMessage);

  const deleteMessage = queue.deleteMessage.bind(queue);
  queue.deleteMessage = (receiptHandle) => {
    const entry = inFlight.get(receiptHandle);
    if (entry !== undefined) store?.delete(entry.message);
    return deleteMessage(receiptHandle);
  };

  queue.changeVisibility = (receiptHandle, seconds) => {
    const entry = inFlight.get(receiptHandle);
    if (entry === undefined) return;
    entry.visibilityDeadline = Date.now() + seconds * 1000;
    visibilityDue = Math.min(visibilityDue, entry.visibilityDeadline);
    if (seconds === 0) showDue();
    else setTimer();
  };

  queue.processTimers = showDue;

  queue.purge = () => {
    store?.purge(queue.arn);
    visible.clear();
    delayed.clear();
    inFlight.clear();
  };

  queue.inspectMessages = () => ({
    ready: [...visible],
    delayed: [...delayed],
    inflight: [...inFlight.values()],
  });

  const attribute = queue.getAttribute.bind(queue);
  queue.getAttribute = (name) => {
    if (name === 'ApproximateNumberOfMessages') return String(visible.length);
    if (name === 'ApproximateNumberOfMessagesDelayed') return String(delayed.size);
    return attribute(name);
  };

  for (const message of store?.load(queue.arn) ?? []) add(message);

  return {
    queue,
    receive,
    setListener(next) {
      listener = next;
      if (next !== undefined && visible.length > 0) next();
      setTimer();
    },
    depth() {
      showDue();
      return { visible: visible.length, inFlight: inFlight.size, delayed: delayed.size };
    },
    close() {
      listener = undefined;
      clearTimeout(timer);
    },
  };
}

interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  readonly maxReceiveCount: number;
}

/** The queue's redrive policy as of now, if it has one. */
function redriveOf({ attributes }: SqsQueue): () => RedrivePolicy | undefined {
  let text: string | undefined;
  let policy: RedrivePolicy | undefined;
  return () => {
    if (attributes.RedrivePolicy !== text) {
      text = attributes.RedrivePolicy;
      policy = text === undefined || text === '' ? undefined : JSON.parse(text);
    }
    return policy;
  };
}

function receivedMessage({ message, receiptHandle }: InFlight): ReceivedMessage {
  const received: ReceivedMessage = {
    MessageId: message.messageId,
    ReceiptHandle: receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
  };
  if (Object.keys(message.messageAttributes).length > 0) {
    received.MessageAttributes = message.messageAttributes;
    received.MD5OfMessageAttributes = message.md5OfMessageAttributes;
  }
  return received;
}
