import { expect, it, test } from 'vitest';
import { judge, memoryGrowth } from '../../loadtest/thresholds.ts';

const MINUTE = 60_000;
const START = Date.parse('2025-12-03T10:00:00.000Z');
const time = (minutes: number): string => new Date(START + minutes * MINUTE).toISOString();

type Measured = Parameters<typeof judge>[1];

const PROFILE = {
  phases: [{ name: 'steady', seconds: 100, fromRate: 10, toRate: 10 }],
  limits: { endToEndP50Ms: 100, endToEndP99Ms: 400, pollP99Ms: 50, memoryGrowthPercent: 10 },
};
const latency = { count: 1000, p50Ms: 80, p90Ms: 150, p95Ms: 200, p99Ms: 400, maxMs: 900 };
const OUTCOME = { sent: 1000, accepted: 1000, polls: 50, errors: {} };

const phase = (from: number, to: number) => ({
  name: 'steady',
  from: time(from),
  to: time(to),
  seconds: (to - from) * 60,
  fromRate: 10,
  toRate: 10,
  outcome: OUTCOME,
});
const sample = (minute: number, rssBytes: number | undefined) => ({
  at: time(minute),
  seconds: 1,
  sent: 0,
  accepted: 0,
  polls: 0,
  errors: {},
  ...(rssBytes === undefined ? {} : { rssBytes }),
});

const RECONCILIATION = {
  source: 'tables' as const,
  accepted: 1000,
  ended: { EXECUTED: 1000 },
  lost: 0,
  stuck: 0,
  doubled: 0,
  untold: 0,
  open: 0,
  deadLetters: 0,
  leases: 0,
  examples: [],
  seconds: 1,
};

/** Just within every limit. */
const FINE = {
  phases: [phase(0, 8)],
  samples: [sample(3, 100), sample(7, 110)],
  total: {
    ...OUTCOME,
    sent: 990,
    endToEnd: { latency: { ...latency, p50Ms: 100 } },
    poll: { latency: { ...latency, p99Ms: 50 } },
  },
  reconciliation: RECONCILIATION,
} satisfies Measured;

const failed = (measured: Measured): string[] =>
  judge(PROFILE, measured)
    .filter(({ passed }) => !passed)
    .map(({ name, limit, actual }) => `${name}: ${limit}, ${actual}`);

it('all is well up to the limits', () => {
  expect(failed(FINE)).toEqual([]);
});

const reconciled = (changes: Partial<NonNullable<Measured['reconciliation']>>): Measured => ({
  ...FINE,
  reconciliation: { ...RECONCILIATION, ...changes },
});

test.each<[Measured, string]>([
  [{ ...FINE, interrupted: 'the stage is gone' }, 'ran to its end: yes, the stage is gone'],
  [{ ...FINE, total: { ...FINE.total, sent: 989 } }, 'commands sent: at least 990, 989'],
  [{ ...FINE, total: { ...FINE.total, errors: { 'poll 500': 2, 'trigger timeout': 1 } } }, 'errors: none, 3'],
  [reconciled({ ended: { EXECUTED: 998, 'FAILED COMMAND_EXPIRED': 2 } }), 'commands that failed: none, 2'],
  [reconciled({ lost: 1 }), 'commands lost: none, 1'],
  [reconciled({ stuck: 1 }), 'commands stuck: none, 1'],
  [reconciled({ open: 1 }), 'commands still open: none, 1'],
  [reconciled({ doubled: 1 }), 'commands that ended twice: none, 1'],
  [reconciled({ untold: 1 }), 'ends that the subscriber was not told of: none, 1'],
  [reconciled({ deadLetters: 1 }), 'dead letters: none, 1'],
  [reconciled({ leases: 1 }), 'vehicles still held: none, 1'],
  [
    { ...FINE, total: { ...FINE.total, endToEnd: { latency: { ...latency, p50Ms: 100.1 } } } },
    'end to end, p50: at most 100 ms, 100.1 ms',
  ],
  [
    { ...FINE, total: { ...FINE.total, endToEnd: { latency: { ...latency, p99Ms: 1401 } } } },
    'end to end, p99: at most 400 ms, 1,401 ms',
  ],
  [
    { ...FINE, total: { ...FINE.total, poll: { latency: { ...latency, p99Ms: 51 } } } },
    'status polls, p99: at most 50 ms, 51 ms',
  ],
  [{ ...FINE, samples: [sample(3, 100), sample(7, 111)] }, 'growth of memory: at most 10 %, 11 %'],
])('%# one thing that is not, fails: %s', (measured, line) => {
  expect(failed(measured)).toEqual([line]);
});

it('what was to be measured and was not, fails', () => {
  const { endToEnd: _, poll: __, ...total } = FINE.total;
  expect(failed({ phases: FINE.phases, samples: [], total })).toEqual([
    'commands that failed: none, not measured',
    'commands lost: none, not measured',
    'commands stuck: none, not measured',
    'commands still open: none, not measured',
    'commands that ended twice: none, not measured',
    'ends that the subscriber was not told of: none, not measured',
    'dead letters: none, not measured',
    'vehicles still held: none, not measured',
    'end to end, p50: at most 100 ms, not measured',
    'end to end, p99: at most 400 ms, not measured',
    'status polls, p99: at most 50 ms, not measured',
    'growth of memory: at most 10 %, not measured',
  ]);
});

it('what a source cannot tell is no threshold', () => {
  const { doubled: _, untold: __, deadLetters: ___, leases: ____, ...reconciliation } = RECONCILIATION;
  const names = judge({ ...PROFILE, limits: {} }, { ...FINE, reconciliation }).map(({ name }) => name);
  expect(names).toEqual([
    'ran to its end',
    'commands sent',
    'errors',
    'commands that failed',
    'commands lost',
    'commands stuck',
    'commands still open',
  ]);
});

it('memory is compared within the longest phase, its warm-up left out', () => {
  const phases = [phase(0, 4), phase(4, 12)];
  const samples = [
    sample(1, 900),
    sample(5, 50),
    sample(6, 100),
    sample(7, 120),
    sample(9, 999),
    sample(11, 132),
  ];
  expect(memoryGrowth(phases, samples)).toBeCloseTo(20);
  expect(memoryGrowth(phases, [sample(7, undefined), sample(11, undefined)])).toBeUndefined();
  expect(memoryGrowth([], samples)).toBeUndefined();
});
