import { hornBlow } from '../../../functions/remote-services/at-the-car.ts';
import type { Accepted, HistoryEntry } from '../../../vehicle-simulator/runner/app-client.ts';
import type { Traces } from '../../../vehicle-simulator/runner/check-traces.ts';
import type { Followed, Seen } from '../../../vehicle-simulator/runner/follow.ts';
import type { Outcome } from '../../../vehicle-simulator/runner/run-cases.ts';
import type { Case } from '../../../vehicle-simulator/scenarios/case.ts';
import { at, EVENT_ID, REQUESTED_AT, VIN, vehicle } from '../../factories.ts';

/** A horn that is blown after two seconds, and what is left behind where all is well. */

export function caseOf(overrides: Partial<Case> = {}): Case {
  return {
    id: 'answers/executes/PENDING/mqtt-2021/horn-blow',
    service: hornBlow,
    vehicle: vehicle({ vin: VIN, generation: 'mqtt-2021' }),
    behaviour: { description: 'acknowledges and executes', steps: [] },
    expect: {
      end: 'EXECUTED',
      history: [{ status: 'CREATED' }, { status: 'PENDING' }, { status: 'RUNNING' }, { status: 'EXECUTED' }],
    },
    seconds: [0, 10],
    quietAfterSeconds: 0,
    ...overrides,
  };
}

const ACCEPTED: Accepted = { eventId: EVENT_ID, requestedAt: new Date(REQUESTED_AT), sentMs: 0 };

export const seenOf = (word: string, seconds = 3, reason?: string): Seen => ({ word, reason, seconds });

export const followedOf = (one: Case, overrides: Partial<Followed> = {}): Followed => ({
  case: one,
  answer: ACCEPTED,
  seen: [seenOf('PENDING', 0), seenOf('EXECUTED')],
  earlier: new Set(),
  ...overrides,
});

export const entryOf = (
  status: HistoryEntry['status'],
  overrides: Partial<HistoryEntry> = {},
): HistoryEntry => ({
  eventId: EVENT_ID,
  serviceType: 'horn-blow',
  status,
  statusReason: null,
  source: 'test',
  time: at(['CREATED', 'PENDING', 'RUNNING', 'EXECUTED'].indexOf(status)),
  ignored: false,
  ...overrides,
});

export const HISTORY: readonly HistoryEntry[] = [
  entryOf('EXECUTED'),
  entryOf('RUNNING'),
  entryOf('PENDING'),
  entryOf('CREATED'),
];

export const NOTIFICATION = {
  notificationId: `${EVENT_ID}.vehicle`,
  eventId: EVENT_ID,
  vin: VIN,
  remoteService: 'horn-blow',
  outcome: 'EXECUTED',
  reason: null,
  requestedAt: at(0),
  endedAt: at(3),
  brand: 'bmw',
  country: 'DE',
} as const;

export const tracesOf = (overrides: Partial<Traces> = {}): Traces => ({
  shown: { word: 'EXECUTED', reason: undefined },
  history: HISTORY,
  notifications: [NOTIFICATION],
  reports: [],
  deadLetters: [],
  lease: undefined,
  ...overrides,
});

export const outcomeOf = (overrides: Partial<Outcome> = {}): Outcome => ({
  case: caseOf(),
  result: 'HELD',
  faults: [],
  eventId: EVENT_ID,
  seen: [seenOf('PENDING', 0.1), seenOf('EXECUTED')],
  seconds: 3,
  ...overrides,
});
