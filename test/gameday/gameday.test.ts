import { describe, expect, test, vi } from 'vitest';
import { notificationOf } from '../../functions/event-processing/distribution/notification.ts';
import { judge } from '../../gameday/audit.ts';
import { Ledger, Phase } from '../../gameday/ledger.ts';
import { report, table } from '../../gameday/report.ts';
import { allSeries, isKill, SERIES } from '../../gameday/series.ts';
import { Fault } from '../../local/faults/fault.ts';
import type { HistoryEntry } from '../../vehicle-simulator/runner/app-client.ts';
import { run } from '../bin/run.ts';
import { at, EVENT_ID, eventOf } from '../factories.ts';

const entry = (status: HistoryEntry['status'], more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  eventId: EVENT_ID,
  serviceType: 'horn-blow',
  status,
  statusReason: null,
  source: 'test',
  time: at(1),
  ignored: false,
  ...more,
});
const executed = notificationOf(eventOf('EXECUTED'));
const failed = notificationOf(eventOf('FAILED'));
const EXECUTED = { end: { word: 'EXECUTED', reason: undefined } } as const;

describe('a command', () => {
  test.each([
    ['with one end that everybody knows', EXECUTED, [entry('EXECUTED'), entry('PENDING')], [executed], []],
    [
      'whose end was told twice, and came twice',
      EXECUTED,
      [entry('EXECUTED'), entry('EXECUTED', { ignored: true })],
      [executed, executed],
      [],
    ],
    ['that no app knows of, but for the subscriber', undefined, [entry('EXECUTED')], [executed], []],
    ['that is in no history is lost', EXECUTED, [], [executed], ['lost']],
    ['without an end is stuck', {}, [entry('RUNNING')], [], ['stuck']],
    ['whose end no poll shows is stuck', {}, [entry('EXECUTED')], [executed], ['stuck']],
    ['with two ends is doubled', EXECUTED, [entry('EXECUTED'), entry('FAILED')], [executed], ['doubled']],
    [
      'whose ends differ is doubled',
      EXECUTED,
      [entry('FAILED', { statusReason: 'VEHICLE_REJECTED' })],
      [failed],
      ['doubled'],
    ],
    ['with another end for the subscriber is doubled', EXECUTED, [entry('EXECUTED')], [failed], ['doubled']],
    [
      'with two ends for the subscriber is doubled',
      EXECUTED,
      [entry('EXECUTED')],
      [executed, failed],
      ['doubled', 'doubled'],
    ],
    ['that the subscriber was not told of is a fault', EXECUTED, [entry('EXECUTED')], [], ['others']],
  ] as const)('%s', (_what, command, history, notifications, kinds) => {
    expect(judge(command, history, notifications).map(([kind]) => kind)).toEqual(kinds);
  });
});

describe('a phase', () => {
  type End = 'EXECUTED' | 'ERROR' | undefined;
  /** Attempts by the second in which they were made. */
  const phaseOf = (...seconds: End[][]) => {
    vi.useFakeTimers({ now: 1_000_000 });
    const phase = new Phase();
    vi.useRealTimers();
    seconds.forEach((words, second) => {
      for (const word of words) {
        const command =
          word === undefined ? undefined : { eventId: 'e', vin: 'v', end: { word, reason: undefined } };
        phase.attempts.push({ at: 1_000_000 + second * 1000 + 999, command });
      }
    });
    return phase;
  };

  test('has recovered in the first of five seconds in a row whose commands were all executed', () => {
    const fine = Array<End[]>(5).fill(['EXECUTED', 'EXECUTED']);
    expect(phaseOf(...fine).secondsToRecover).toBe(0);
    expect(phaseOf(['EXECUTED', 'ERROR'], ['EXECUTED', undefined], ...fine).secondsToRecover).toBe(2);
    expect(phaseOf(['EXECUTED'], ['ERROR'], ...fine).secondsToRecover).toBe(2);
    // Those of the last seconds run into the next fault.
    expect(phaseOf(...fine, ['ERROR']).secondsToRecover).toBe(0);
    expect(phaseOf(...fine.slice(1), ['ERROR'], ...fine.slice(1)).secondsToRecover).toBeUndefined();
    expect(phaseOf(...fine.slice(1), [], ['EXECUTED']).secondsToRecover).toBeUndefined();
    expect(phaseOf().secondsToRecover).toBeUndefined();
  });

  test('is as available as its answers are those hoped for', () => {
    const phase = new Phase();
    expect(phase.availability).toBe(1);
    phase.answered = 3;
    phase.failed(429);
    expect([phase.availability, phase.requests]).toEqual([0.75, 4]);
  });
});

describe('the series', () => {
  test('have all faults that a local stage knows, and kill', () => {
    const played = new Set(
      SERIES.flatMap(({ steps }) => steps.flatMap((step) => (isKill(step) ? [] : step.faults))).map(
        ({ fault }) => fault,
      ),
    );
    expect([...played].sort()).toEqual(Fault.options.map(({ shape }) => shape.fault.value).sort());
    expect(SERIES.flatMap(({ steps }) => steps).some(isKill)).toBe(true);
  });

  test('have names of their own, and steps too', () => {
    const names = allSeries().map(({ name }) => name);
    const steps = SERIES.flatMap((series) => series.steps.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(steps).size).toBe(steps.length);
  });

  test('are listed', async () => {
    const { exitCode, stdout } = await run('gameday.ts', ['--list']);
    expect(exitCode).toBe(0);
    for (const { name } of allSeries()) expect(stdout).toContain(`\n${name} `.slice(name === 'all' ? 1 : 0));
  }, 30_000);

  test('that do not exist are an error in one line', async () => {
    const { exitCode, stderr } = await run('gameday.ts', ['--series', 'none']);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringMatching(/^There is no series 'none'\. There are all, .*\n$/),
    ]);
  }, 30_000);
});

test('a game day has passed if nothing is lost and every step was recovered from', () => {
  const [series] = SERIES;
  const [step] = series?.steps ?? [];
  if (step === undefined) expect.unreachable();
  const after = new Phase();
  for (const second of [0, 1, 2, 3, 4]) {
    after.attempts.push({
      at: after.from + second * 1000,
      command: { eventId: 'e', vin: 'v', ...EXECUTED },
    });
  }
  const audit = { lost: [], stuck: [], doubled: [], others: [], unanswered: 0, deadLetters: {}, redriven: 0 };
  const day = { series: 'x', seed: 1, rate: 20, from: new Date(), ledger: new Ledger() };
  const played = [{ step, during: new Phase(), after, hits: 3 }];
  const good = report({ ...day, played, audit });
  expect([good.passed, table(good)]).toEqual([true, expect.stringMatching(/after 0 s[\s\S]*PASSED$/)]);
  expect(report({ ...day, played, audit: { ...audit, lost: ['e: gone'] } }).passed).toBe(false);
  expect(
    report({ ...day, played: [{ step, during: new Phase(), after: new Phase(), hits: 3 }], audit }).passed,
  ).toBe(false);
});
