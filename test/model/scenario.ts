import fc, { type Arbitrary } from 'fast-check';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleAnswer } from '../../functions/vehicle-generations/vehicle-message.ts';

/** What a vehicle sends when it has received a command. */
export interface Answer {
  readonly state: VehicleAnswer['state'];
  readonly afterMs: number;
  /** The same message, one after the other. */
  readonly copies: number;
}

/** What happens to one command, from the app's request on. */
export interface Plan {
  /** Index of the vehicle. */
  readonly vehicle: number;
  readonly atMs: number;
  readonly service: 'horn-blow' | 'vehicle-finder';
  readonly answers: readonly Answer[];
  /** The app repeats the request, with the same correlation id, unless the first was accepted. */
  readonly retries: boolean;
}

export interface VehiclePlan {
  readonly generation: string;
  /** From the wake-up call until it listens; 0 for one that is awake. */
  readonly wakesAfterMs: number;
  /** Out of reach from the beginning: the broker keeps what has not expired by then. */
  readonly offlineMs: number;
}

/** What may fail for a while. */
const PARTIES = ['dynamodb', 'sns', 'sqs', 'states', 'functions', 'broker', 'subscriber'] as const;
export type Party = (typeof PARTIES)[number];

interface Outage {
  readonly of: Party;
  readonly fromMs: number;
  readonly forMs: number;
}

export interface Scenario {
  readonly vehicles: readonly VehiclePlan[];
  readonly plans: readonly Plan[];
  readonly outages: readonly Outage[];
  /** How likely a single call fails while there is trouble. */
  readonly faultRate: number;
  /** How likely a call takes seconds. */
  readonly slowRate: number;
  /** Of all that is not said above: how long each call takes, which message comes twice, late … */
  readonly seed: number;
}

/** Later nothing fails by itself; messages still come twice, late, and in any order. */
export const TROUBLE_MS = 90_000;

const answer: Arbitrary<Answer> = fc.record({
  state: fc.constantFrom('ACKNOWLEDGED', 'IN_PROGRESS', 'EXECUTED', 'REJECTED'),
  // In time, about when the wait for it ends, or long after.
  afterMs: fc.oneof(fc.nat(3000), fc.integer({ min: 15_000, max: 45_000 }), fc.nat(300_000)),
  copies: fc.integer({ min: 1, max: 2 }),
});

/** Often the beginning, so that commands and outages meet. */
const moment = fc.oneof(fc.nat(1000), fc.nat(60_000));

const plan: Arbitrary<Plan> = fc.record({
  vehicle: fc.nat(1),
  atMs: moment,
  service: fc.constantFrom('horn-blow', 'vehicle-finder'),
  answers: fc.array(answer, { maxLength: 3 }),
  retries: fc.boolean(),
});

const vehicle: Arbitrary<VehiclePlan> = fc.record({
  generation: fc.constantFrom(...GENERATIONS.map(({ name }) => name)),
  wakesAfterMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 60_000 })),
  offlineMs: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(90_000)),
});

const outage: Arbitrary<Outage> = fc.record({
  of: fc.constantFrom(...PARTIES),
  fromMs: moment,
  forMs: fc.nat(30_000),
});

export const scenarios: Arbitrary<Scenario> = fc.record({
  vehicles: fc.tuple(vehicle, vehicle),
  plans: fc.array(plan, { minLength: 1, maxLength: 5 }),
  outages: fc.array(outage, { maxLength: 2 }),
  faultRate: fc.constantFrom(0, 0.02, 0.1),
  slowRate: fc.constantFrom(0, 0.02, 0.15),
  seed: fc.nat(),
});
