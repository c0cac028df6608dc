import { describe, expect, test } from 'vitest';
import { htmlReport } from '../../../vehicle-simulator/runner/html-report.ts';
import { junitReport } from '../../../vehicle-simulator/runner/junit-report.ts';
import { summaryText } from '../../../vehicle-simulator/runner/summary.ts';
import { EVENT_ID, VIN } from '../../factories.ts';
import { caseOf, outcomeOf } from './factories.ts';

const FAULT = 'history: <RUNNING> is missing';
const OUTCOMES = [
  outcomeOf(),
  outcomeOf({ case: caseOf({ id: 'asleep/wakes/PENDING/mqtt-2021/horn-blow' }), seconds: 5 }),
  outcomeOf({
    case: caseOf({ id: 'asleep/wakes/RUNNING/mqtt-2021/horn-blow' }),
    result: 'FAILED',
    faults: [FAULT],
    seconds: 7,
  }),
  outcomeOf({
    case: caseOf({ id: 'asleep/never/PENDING/mqtt-2021/horn-blow' }),
    result: 'UNFINISHED',
    eventId: undefined,
    seen: [],
    seconds: undefined,
  }),
];
const FACTS = {
  stage: 'http://127.0.0.1:3000',
  environment: undefined,
  filter: undefined,
  startedAt: new Date('2026-01-02T03:04:05Z'),
  seconds: 42,
};

describe('the summary', () => {
  test('has a line for each scenario, one for all, and the failures', () => {
    const cells = summaryText(OUTCOMES)
      .split('\n')
      .map((line) => line.trim().split(/ {2,}/));
    expect(cells).toEqual([
      ['SCENARIO', 'CASES', 'HELD', 'FAILED', 'UNFINISHED', 'MEDIAN', 'LONGEST'],
      ['answers', '1', '1', '0', '0', '3.0 s', '3.0 s'],
      ['asleep', '3', '1', '1', '1', '7.0 s', '7.0 s'],
      ['all', '4', '2', '1', '1', '5.0 s', '7.0 s'],
      [''],
      ['✗ asleep/wakes/RUNNING/mqtt-2021/horn-blow'],
      [`${VIN}, event ${EVENT_ID}: PENDING (0.1 s) → EXECUTED (3.0 s)`],
      [FAULT],
    ]);
  });

  test('shows the first failures only', () => {
    const failed = outcomeOf({ result: 'FAILED', faults: [FAULT] });
    const text = summaryText(Array.from({ length: 30 }, () => failed));
    expect(text.match(/✗/g)).toHaveLength(20);
    expect(text).toContain('… and 10 more');
  });
});

test('JUnit’s file has a suite for each scenario', () => {
  const xml = junitReport(OUTCOMES);
  expect(xml).toContain('<testsuites tests="4" failures="1" errors="0" skipped="1">');
  expect(xml).toContain('<testsuite name="asleep" tests="3" failures="1" errors="0" skipped="1">');
  expect(xml).toContain('name="answers/executes/PENDING/mqtt-2021/horn-blow" time="3"');
  expect(xml).toContain('<failure message="history: &lt;RUNNING> is missing"/>');
});

describe('the page', () => {
  const page = htmlReport(OUTCOMES, FACTS);

  test('has each case, failures first, and quotes nothing as it is', () => {
    for (const outcome of OUTCOMES) expect(page).toContain(`<td>${outcome.case.id}<td>`);
    expect(page.indexOf('<li>history: &lt;RUNNING&gt; is missing')).toBeLessThan(
      page.indexOf('<h2>Scenarios'),
    );
    expect(page).not.toContain(FAULT);
    expect(page).toContain('2026-01-02 03:04:05 UTC');
  });

  test('counts by scenario and generation', () => {
    expect(page).toContain(
      '<tr><td>asleep<td class="number quiet">–<td class="number quiet">–<td class="number failed">1 of 3',
    );
  });

  test('needs nothing from elsewhere', () => {
    expect(page.replace(FACTS.stage, '')).not.toMatch(/https?:|src=|@import|url\(/);
  });
});
