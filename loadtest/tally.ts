import * as z from 'zod';
import { Buckets, Histogram } from '../local/control/histogram.ts';

/** What a load generator did in a second. */
export const Tick = z.object({
  /** When the second ended; milliseconds since the epoch. */
  at: z.number(),
  sent: z.int(),
  accepted: z.int(),
  polls: z.int(),
  errors: z.record(z.string(), z.int()),
  trigger: Buckets,
  poll: Buckets,
  /** Requests that wait for their answer. */
  underWay: z.int(),
  /** Since the generator began. */
  cpuSeconds: z.number(),
  rssBytes: z.number(),
});
export type Tick = z.infer<typeof Tick>;

/** Counts what requests become, a second at a time. */
export class Tally {
  #counts = noCounts();
  readonly #trigger = new Histogram();
  readonly #poll = new Histogram();
  underWay = 0;

  sent(): void {
    this.#counts.sent += 1;
    this.underWay += 1;
  }

  accepted(milliseconds: number): void {
    this.#counts.accepted += 1;
    this.#trigger.record(milliseconds);
    this.underWay -= 1;
  }

  polling(): void {
    this.underWay += 1;
  }

  polled(milliseconds: number): void {
    this.#counts.polls += 1;
    this.#poll.record(milliseconds);
    this.underWay -= 1;
  }

  /** @param kind of the error: what was asked for, and what came of it */
  failed(kind: string): void {
    this.#counts.errors[kind] = (this.#counts.errors[kind] ?? 0) + 1;
    this.underWay -= 1;
  }

  /** What was counted since the last call. */
  tick(at: number): Tick {
    const { user, system } = process.cpuUsage();
    const tick = {
      at,
      ...this.#counts,
      trigger: this.#trigger.buckets(),
      poll: this.#poll.buckets(),
      underWay: this.underWay,
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
    };
    this.#counts = noCounts();
    this.#trigger.clear();
    this.#poll.clear();
    return tick;
  }
}

const noCounts = () => ({ sent: 0, accepted: 0, polls: 0, errors: {} as Record<string, number> });
