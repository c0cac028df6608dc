import type { MessagePort, Worker } from 'node:worker_threads';

/**
 * Sends messages to another thread, as lists: all of what this turn of the event loop has for it goes at once. What
 * costs is to wake the other thread, not how much it is told.
 */
export function outbox<Message>(to: Pick<MessagePort | Worker, 'postMessage'>): (message: Message) => void {
  let messages: Message[] = [];
  const send = (): void => {
    const all = messages;
    messages = [];
    to.postMessage(all);
  };
  return (message) => {
    // After all promises that are settled already have gone on.
    if (messages.length === 0) process.nextTick(send);
    messages.push(message);
  };
}
