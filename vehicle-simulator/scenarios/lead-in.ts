import type { AnswerStep } from '../behaviour.ts';
import type { ExpectedEntry } from './case.ts';
import type { SetsIn } from './scenario.ts';

/** How a vehicle gets to where a behaviour sets in. */
interface LeadIn {
  readonly steps: readonly AnswerStep[];
  /** Milliseconds from the command's receipt until the behaviour sets in. */
  readonly setsInMs: number;
  readonly history: readonly ExpectedEntry[];
}

const ACCEPTED: readonly ExpectedEntry[] = [
  { status: 'CREATED', ignored: false },
  { status: 'PENDING', ignored: false },
];

/** In the history even where it overtook nothing; its time may be after the end's. */
const RUNNING: ExpectedEntry = { status: 'RUNNING' };

/**
 * What follows an end must not overtake it: messages wait for seconds while a loaded stage catches up. Milliseconds.
 */
const AFTER_THE_END = 5000;

export const LEAD_INS: Readonly<Record<SetsIn, LeadIn>> = {
  CREATED: { steps: [], setsInMs: 0, history: [] },
  PENDING: { steps: [], setsInMs: 0, history: ACCEPTED },
  RUNNING: {
    steps: [{ afterMs: 50, state: 'ACKNOWLEDGED' }],
    setsInMs: 100,
    history: [...ACCEPTED, RUNNING],
  },
  EXECUTED: {
    steps: [
      { afterMs: 50, state: 'ACKNOWLEDGED' },
      { afterMs: 150, state: 'EXECUTED' },
    ],
    setsInMs: AFTER_THE_END,
    history: [...ACCEPTED, RUNNING, { status: 'EXECUTED', ignored: false }],
  },
  FAILED: {
    steps: [{ afterMs: 100, state: 'REJECTED', code: 'NOT_NOW' }],
    setsInMs: AFTER_THE_END,
    history: [...ACCEPTED, { status: 'FAILED', reason: 'VEHICLE_REJECTED', ignored: false }],
  },
};
