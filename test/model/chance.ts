import { randomLcg } from 'd3-random';
import { type Party, type Scenario, TROUBLE_MS } from './scenario.ts';

export type Fault = 'none' | 'request lost' | 'answer lost';

/** Three of them still fit into the 25 s of a workflow. */
export const LONGEST_WAY_MS = 6000;

/** Draws what a scenario leaves open; the same seed draws the same. */
export class Chance {
  readonly #random: () => number;
  readonly #scenario: Scenario;
  readonly #start = Date.now();

  constructor(scenario: Scenario) {
    this.#random = randomLcg(scenario.seed / 2 ** 31);
    this.#scenario = scenario;
  }

  /** Between 0 and 1. */
  readonly number = (): number => this.#random();

  happens(probability: number): boolean {
    return this.#random() < probability;
  }

  upTo(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  /** Milliseconds that a call needs for its way there, or back: few, but for some. */
  way(): number {
    if (this.happens(this.#scenario.slowRate)) return this.upTo(LONGEST_WAY_MS);
    return this.upTo(this.happens(0.05) ? 500 : 20);
  }

  /** Milliseconds until a message can be received: SQS says nothing of it. */
  lateness(): number {
    const tail = this.#random();
    if (tail > 0.98) return this.upTo(30_000);
    return this.upTo(tail > 0.9 ? 2000 : 100);
  }

  copies(): number {
    return this.happens(0.15) ? 2 : 1;
  }

  fault(of: Party): Fault {
    const now = Date.now() - this.#start;
    const isOut = this.#scenario.outages.some(
      (outage) => outage.of === of && outage.fromMs <= now && now < outage.fromMs + outage.forMs,
    );
    const inTrouble = now < TROUBLE_MS && this.happens(this.#scenario.faultRate);
    if (!isOut && !inTrouble) return 'none';
    return this.happens(0.7) ? 'request lost' : 'answer lost';
  }
}
