import type { SQSRecord } from 'aws-lambda';
import { sqsRecord } from '../factories.ts';
import type { Chance } from './chance.ts';
import { wait } from './clock.ts';

export interface QueueOptions {
  readonly visibilityMs: number;
  readonly maxReceiveCount: number;
  readonly batchSize: number;
  /** A message waits for others for so long at most: several pollers gather batches, and full ones go at once. */
  readonly windowMs: number;
  /** @returns ids of the messages that failed; the others are consumed */
  readonly consume: (records: SQSRecord[]) => Promise<string[]>;
}

interface Message {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receiveCount: number;
  firstReceivedAt: number;
}

/** A standard queue and its consumer: at least once, in any order. */
export class Queue {
  /** Bodies. */
  readonly deadLetters: string[] = [];
  readonly #options: QueueOptions;
  readonly #chance: Chance;
  readonly #messages = new Map<string, Message>();
  #sent = 0;

  constructor(options: QueueOptions, chance: Chance) {
    this.#options = options;
    this.#chance = chance;
  }

  send(body: string, delaySeconds = 0): void {
    for (let copies = this.#chance.copies(); copies > 0; copies -= 1) {
      this.#sent += 1;
      const visibleAt = Date.now() + delaySeconds * 1000 + this.#chance.lateness();
      const message = { id: `m${this.#sent}`, body, visibleAt, receiveCount: 0, firstReceivedAt: 0 };
      this.#messages.set(message.id, message);
      void this.#receiveWhenVisible(message);
    }
  }

  changeVisibility(receiptHandle: string, seconds: number): void {
    const message = this.#messages.get(receiptHandle.replace('receipt of ', ''));
    if (message !== undefined) message.visibleAt = Date.now() + seconds * 1000;
  }

  async #receiveWhenVisible({ visibleAt }: Message): Promise<void> {
    await wait(visibleAt - Date.now());
    if (this.#options.windowMs > 0) await wait(this.#chance.upTo(this.#options.windowMs));
    const batch = [...this.#messages.values()]
      .filter((message) => message.visibleAt <= Date.now())
      .slice(0, this.#options.batchSize)
      .filter((message) => this.#receive(message));
    if (batch.length === 0) return;
    const failed = new Set(await this.#options.consume(batch.map(recordOf)));
    for (const message of batch) {
      if (failed.has(message.id)) void this.#receiveWhenVisible(message);
      else this.#messages.delete(message.id);
    }
  }

  /** @returns false for a message that has been received too often */
  #receive(message: Message): boolean {
    if (message.receiveCount === this.#options.maxReceiveCount) {
      this.#messages.delete(message.id);
      this.deadLetters.push(message.body);
      return false;
    }
    message.receiveCount += 1;
    message.firstReceivedAt ||= Date.now();
    message.visibleAt = Date.now() + this.#options.visibilityMs;
    return true;
  }
}

const recordOf = ({ id, body, receiveCount, firstReceivedAt }: Message): SQSRecord =>
  sqsRecord(body, id, {
    ApproximateReceiveCount: String(receiveCount),
    ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
  });
