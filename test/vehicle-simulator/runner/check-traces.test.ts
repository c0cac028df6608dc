import { describe, expect, test } from 'vitest';
import { faultsOfTraces, type Traces } from '../../../vehicle-simulator/runner/check-traces.ts';
import type { Case } from '../../../vehicle-simulator/scenarios/case.ts';
import { at, OTHER_EVENT_ID } from '../../factories.ts';
import { caseOf, entryOf, followedOf, HISTORY, NOTIFICATION, seenOf, tracesOf } from './factories.ts';

const faults = (traces: Partial<Traces>, one: Partial<Case> = {}) =>
  faultsOfTraces(followedOf(caseOf(one)), tracesOf(traces));

const { expect: executed } = caseOf();
const expecting = (changes: object): Partial<Case> => ({
  expect: { ...executed, ...changes } as Case['expect'],
});

const REPORT = {
  notificationId: 'report-1',
  eventId: OTHER_EVENT_ID,
  vin: NOTIFICATION.vin,
  report: 'theft-alarm',
  occurredAt: at(1),
  receivedAt: at(2),
  brand: 'bmw',
  country: 'DE',
  data: {},
};
const letter = (reason?: string) => ({ queue: 'Incoming', reason, body: '', sentAt: new Date() });

describe('nothing is missing, and nothing else is there', () => {
  test.each<[string, Partial<Traces>, Partial<Case>]>([
    ['of a command that was executed', {}, {}],
    ['told twice', { notifications: [NOTIFICATION, NOTIFICATION] }, {}],
    ['with a report', { reports: [[REPORT, REPORT]] }, expecting({ reports: ['theft-alarm'] })],
    ['with a report that nobody wants', { reports: [[]] }, {}],
    [
      'with a dead letter, twice',
      { deadLetters: [letter('payload: x'), letter('payload: y')] },
      expecting({ deadLetters: ['payload'] }),
    ],
    [
      'with what came too late',
      { history: [...HISTORY, entryOf('FAILED', { ignored: true })] },
      expecting({ history: [...executed.history, { status: 'FAILED', ignored: true }] }),
    ],
  ])('%s', (_, traces, one) => {
    expect(faults(traces, one)).toEqual([]);
  });

  test('of a request that was refused', () => {
    const refused = caseOf({ expect: { end: 'REFUSED', statusCode: 400, history: [] } });
    const followed = followedOf(refused, { answer: { statusCode: 400, reason: undefined }, seen: [] });
    expect(faultsOfTraces(followed, tracesOf({ shown: undefined, history: [], notifications: [] }))).toEqual(
      [],
    );
    expect(faultsOfTraces(followed, tracesOf({ shown: undefined, notifications: [] }))).toHaveLength(4);
  });
});

describe('it is seen that', () => {
  test.each<[string, Partial<Traces>, Partial<Case>, string]>([
    [
      'the end changed',
      { shown: { word: 'ERROR', reason: 'VEHICLE_REJECTED' } },
      {},
      'polls: EXECUTED became ERROR VEHICLE_REJECTED, long after',
    ],
    ['the history lacks something', { history: HISTORY.slice(1) }, {}, 'history: EXECUTED is missing'],
    [
      'the history has something else',
      { history: [...HISTORY, entryOf('FAILED', { statusReason: 'VEHICLE_REJECTED', ignored: true })] },
      {},
      'history: FAILED VEHICLE_REJECTED (ignored) must not be there',
    ],
    ['it ended too soon', {}, { seconds: [5, 10] }, 'time: ended after 3 s; must not end before 5 s'],
    ['the subscriber was not told', { notifications: [] }, {}, 'subscriber: was not told'],
    [
      'the subscriber was told twice',
      { notifications: [NOTIFICATION, { ...NOTIFICATION, notificationId: 'other' }] },
      {},
      'subscriber: was told 2 times, as different things',
    ],
    [
      'the subscriber was told something else',
      { notifications: [{ ...NOTIFICATION, outcome: 'FAILED' }] },
      {},
      `subscriber: was told ${JSON.stringify({ ...NOTIFICATION, outcome: 'FAILED' })}`,
    ],
    [
      'a report was not heard',
      { reports: [[]] },
      expecting({ reports: ['theft-alarm'] }),
      'reports: theft-alarm is missing',
    ],
    [
      'a report was heard that nobody wants',
      { reports: [[REPORT]] },
      {},
      `reports: ${JSON.stringify(REPORT)} must not be there`,
    ],
    [
      'a report was heard twice',
      { reports: [[REPORT, { ...REPORT, notificationId: 'other' }]] },
      expecting({ reports: ['theft-alarm'] }),
      'subscriber: was told of a report 2 times, as different things',
    ],
    [
      'a dead letter vanished',
      {},
      expecting({ deadLetters: ['UNKNOWN_COMMAND'] }),
      'dead letters: UNKNOWN_COMMAND is missing',
    ],
    [
      'a message became a dead letter',
      { deadLetters: [letter()] },
      {},
      "dead letters: 'without a reason' of Incoming must not be there",
    ],
    [
      'the vehicle is not free',
      { lease: NOTIFICATION.eventId },
      {},
      `lease: the vehicle is still held by ${NOTIFICATION.eventId}`,
    ],
  ])('%s', (_, traces, one, fault) => {
    expect(faults(traces, one)).toEqual([fault]);
  });

  test.each([
    [36, []],
    [35.9, ['time: given up after 34.9 s in PENDING; must be 35 s']],
  ])('a command was given up after %d s', (seconds, expected) => {
    const history = [
      entryOf('CREATED'),
      entryOf('PENDING'),
      entryOf('FAILED', { statusReason: 'VEHICLE_DID_NOT_ANSWER', time: at(seconds) }),
    ];
    const one = caseOf({
      expect: {
        end: 'FAILED',
        reason: 'VEHICLE_DID_NOT_ANSWER',
        timedOutIn: 'PENDING',
        history: [
          { status: 'CREATED' },
          { status: 'PENDING' },
          { status: 'FAILED', reason: 'VEHICLE_DID_NOT_ANSWER' },
        ],
      },
    });
    const shown = { word: 'ERROR', reason: 'VEHICLE_DID_NOT_ANSWER' };
    const told = { ...NOTIFICATION, outcome: 'FAILED', reason: 'VEHICLE_DID_NOT_ANSWER' } as const;
    const followed = followedOf(one, { seen: [seenOf(shown.word, 40, shown.reason)] });
    expect(faultsOfTraces(followed, tracesOf({ shown, history, notifications: [told] }))).toEqual(expected);
  });
});
