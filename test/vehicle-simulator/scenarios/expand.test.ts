import { describe, expect, test } from 'vitest';
import type { Expectation, ExpectedEntry } from '../../../vehicle-simulator/scenarios/case.ts';
import { casesOf } from '../../../vehicle-simulator/scenarios/expand.ts';
import type { Scenario } from '../../../vehicle-simulator/scenarios/scenario.ts';
import { scenario } from './scenario.ts';

const caseOf = (overrides: Partial<Scenario>) => casesOf(scenario(overrides))[0] ?? expect.unreachable();
const NOTHING_MORE: Expectation = { end: 'EXECUTED', history: [] };
const REJECTED: Expectation = { end: 'FAILED', reason: 'VEHICLE_REJECTED', history: [] };

describe('where a behaviour sets in', () => {
  const setsIn = (status: 'PENDING' | 'RUNNING' | 'EXECUTED' | 'FAILED') => {
    const { behaviour, expect: expected } = caseOf({
      statuses: [status],
      behaviours: {
        odd: {
          steps: [
            { afterMs: 10, state: 'REJECTED' },
            { afterMs: { uniform: [5, 6] }, garbage: '' },
          ],
        },
      },
      expect: { [status]: status === 'EXECUTED' ? NOTHING_MORE : REJECTED },
    });
    const way = expected.history.filter(({ ignored }) => ignored !== true);
    return { steps: behaviour.steps, statuses: way.map((entry) => entry.status) };
  };

  test('is the command’s receipt, in PENDING', () => {
    expect(setsIn('PENDING')).toEqual({
      steps: [
        { afterMs: 10, state: 'REJECTED' },
        { afterMs: { uniform: [5, 6], plus: 0 }, garbage: '' },
      ],
      statuses: ['CREATED', 'PENDING'],
    });
  });

  test('is after the acknowledgement, in RUNNING', () => {
    expect(setsIn('RUNNING')).toEqual({
      steps: [
        { afterMs: 50, state: 'ACKNOWLEDGED' },
        { afterMs: 110, state: 'REJECTED' },
        { afterMs: { uniform: [5, 6], plus: 100 }, garbage: '' },
      ],
      statuses: ['CREATED', 'PENDING', 'RUNNING'],
    });
  });

  test.each([
    ['EXECUTED', ['CREATED', 'PENDING', 'RUNNING', 'EXECUTED']],
    ['FAILED', ['CREATED', 'PENDING', 'FAILED']],
  ] as const)('is well after the end, in %s', (status, statuses) => {
    const seen = setsIn(status);
    expect(seen.statuses).toEqual(statuses);
    expect(seen.steps.slice(-2)).toEqual([
      { afterMs: 5010, state: 'REJECTED' },
      { afterMs: { uniform: [5, 6], plus: 5000 }, garbage: '' },
    ]);
  });
});

describe('a delay from the time-out', () => {
  const delayed = (
    status: 'PENDING' | 'RUNNING',
    afterMs: { msBeforeTimeout: number } | { msAfterTimeout: number },
  ) =>
    caseOf({
      statuses: [status],
      behaviours: { late: { steps: [{ afterMs, state: 'EXECUTED' }] } },
      expect: { [status]: NOTHING_MORE },
    }).behaviour.steps.at(-1)?.afterMs;

  test('is that of the service, the generation and the status', () => {
    // A horn: 20 s PENDING and 15 s for the wake-up by UDP, 30 s RUNNING.
    expect(delayed('PENDING', { msBeforeTimeout: 1000 })).toBe(34_000);
    expect(delayed('PENDING', { msAfterTimeout: 1000 })).toBe(36_000);
    expect(delayed('RUNNING', { msBeforeTimeout: 1000 })).toBe(29_050);
    expect(delayed('RUNNING', { msAfterTimeout: 1000 })).toBe(31_050);
  });
});

describe('seconds', () => {
  test('of an answer are the vehicle’s delay', () => {
    expect(caseOf({}).seconds).toEqual([0.1, 15.1]);
    expect(caseOf({}).quietAfterSeconds).toBeCloseTo(15.1);
  });

  test('of delays that are drawn are those of the earliest end', () => {
    const steps = [
      {
        afterMs: { uniform: [2000, 4000] as [number, number] },
        state: 'EXECUTED' as const,
        copies: 3,
        everyMs: 500,
      },
      { afterMs: 3000, state: 'EXECUTED' as const },
      { afterMs: 0, state: 'EXECUTED' as const, to: 'UNKNOWN_COMMAND' as const },
    ];
    const { seconds, quietAfterSeconds } = caseOf({ behaviours: { odd: { steps } } });
    expect(seconds).toEqual([2, 18]);
    expect(quietAfterSeconds).toBe(20);
  });

  test('of a time-out are its own', () => {
    const timedOut = (
      timedOutIn: 'PENDING' | 'RUNNING',
      reason: 'VEHICLE_DID_NOT_ANSWER' | 'VEHICLE_DID_NOT_FINISH',
    ) =>
      caseOf({
        behaviours: {
          silent: { steps: timedOutIn === 'RUNNING' ? [{ afterMs: 1000, state: 'IN_PROGRESS' }] : [] },
        },
        expect: { PENDING: { end: 'FAILED', reason, timedOutIn, history: [] } },
      }).seconds;
    expect(timedOut('PENDING', 'VEHICLE_DID_NOT_ANSWER')).toEqual([35, 50]);
    expect(timedOut('RUNNING', 'VEHICLE_DID_NOT_FINISH')).toEqual([31, 46]);
  });

  test('of a vehicle that sleeps leave room for its wake-up; one that is awake already may be quicker', () => {
    const steps = [{ afterMs: 100, state: 'EXECUTED' as const }];
    const asleep = caseOf({ behaviours: { asleep: { steps, sleeps: { wakesAfterSeconds: 4 } } } });
    expect(asleep.seconds).toEqual([0.1, 25.1]);
    expect(asleep.quietAfterSeconds).toBeCloseTo(25.1);
  });

  test('of a vehicle that never wakes are those of the delivery', () => {
    const unreachable = caseOf({
      behaviours: { asleep: { steps: [], sleeps: { wakesAfterSeconds: null } } },
      expect: { PENDING: { end: 'FAILED', reason: 'VEHICLE_UNREACHABLE', history: [] } },
    });
    expect(unreachable.seconds).toEqual([25, 45]);
  });

  test('of a refusal are none', () => {
    const refused = caseOf({
      statuses: ['CREATED'],
      behaviours: { odd: { steps: [], body: { loud: true } } },
      expect: { CREATED: { end: 'REFUSED', statusCode: 400, history: [] } },
    });
    expect(refused).toMatchObject({ seconds: [0, 15], body: { loud: true }, expect: { history: [] } });
  });
});

describe('what a vehicle sent may be in the history again, for the command may be delivered three times', () => {
  const delivered = (...history: ExpectedEntry[]) =>
    caseOf({
      behaviours: { silent: { steps: [] } },
      expect: {
        PENDING: { end: 'FAILED', reason: 'VEHICLE_DID_NOT_ANSWER', timedOutIn: 'PENDING', history },
      },
    }).expect.history.slice(2);
  const REJECTED_ENTRY = { status: 'FAILED', reason: 'VEHICLE_REJECTED' } as const;

  test.each<[string, ExpectedEntry, ExpectedEntry[]]>([
    ['an acknowledgement', { status: 'RUNNING' }, [{ status: 'RUNNING', times: [1, 3] }]],
    [
      'an end, which is one once',
      { status: 'EXECUTED', ignored: false, times: [1, 2] },
      [
        { status: 'EXECUTED', ignored: false, times: [1, 1] },
        { status: 'EXECUTED', ignored: true, times: [0, 5] },
      ],
    ],
    [
      'a rejection, which is one once',
      { ...REJECTED_ENTRY, ignored: false },
      [
        { ...REJECTED_ENTRY, ignored: false, times: [1, 1] },
        { ...REJECTED_ENTRY, ignored: true, times: [0, 2] },
      ],
    ],
    [
      'what came after the end',
      { ...REJECTED_ENTRY, ignored: true, times: [0, 2] },
      [{ ...REJECTED_ENTRY, ignored: true, times: [0, 6] }],
    ],
  ])('%s', (_, entry, entries) => {
    expect(delivered(entry)).toEqual(entries);
  });

  test('but not a time-out', () => {
    const entry: ExpectedEntry = { status: 'FAILED', reason: 'VEHICLE_DID_NOT_ANSWER', ignored: false };
    expect(delivered(entry)).toEqual([{ ...entry, times: [1, 1] }]);
  });
});

test('a vehicle can do what it is asked for and has no opt-ins, if the behaviour does not say otherwise', () => {
  const vehicle = { capabilities: ['light-flash'], optIns: ['theft-video'] };
  const steps = [{ afterMs: 0, state: 'EXECUTED' as const }];
  expect(caseOf({}).vehicle.capabilities).toEqual(['horn-blow']);
  expect(caseOf({}).vehicle).not.toHaveProperty('optIns');
  expect(caseOf({ behaviours: { odd: { steps, vehicle } } }).vehicle).toMatchObject(vehicle);
});

test.each<[string, Partial<Scenario>, string]>([
  [
    'expects nothing',
    { expect: {} },
    'made-up/executes/PENDING/mqtt-2021/horn-blow: expect: nothing is expected of PENDING',
  ],
  [
    'expects something of where it never sets in',
    { behaviours: { odd: { steps: [], expect: { RUNNING: NOTHING_MORE } } } },
    'made-up/odd: expect: it never sets in at RUNNING',
  ],
  [
    'expects an end that no step leads to',
    { behaviours: { silent: { steps: [] } } },
    'expect: no step leads to EXECUTED',
  ],
  [
    'expects an end that had come otherwise',
    { statuses: ['FAILED'], expect: { FAILED: NOTHING_MORE } },
    'expect: FAILED cannot end as EXECUTED',
  ],
  [
    'waits for a time-out that there is not',
    {
      statuses: ['EXECUTED'],
      behaviours: { late: { steps: [{ afterMs: { msAfterTimeout: 1 }, garbage: '' }] } },
      expect: { EXECUTED: NOTHING_MORE },
    },
    'steps: EXECUTED has no time-out',
  ],
])('a case that %s is an error that names it', (_, overrides, fault) => {
  expect(() => casesOf(scenario(overrides))).toThrow(fault);
});
