import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeReport } from '../../../loadtest/report/report.ts';
import { LoadTestResult } from '../../../loadtest/result.ts';
import { deployedLoadTest, failedLoadTest, loadTest, THREE_HOURS } from './fixture.ts';

async function pageOf(result: LoadTestResult): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const path = await writeReport(result, folder);
    expect(path).toBe(join(folder, 'report.html'));
    return readFileSync(path, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const headings = (page: string): string[] =>
  [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, text]) => text ?? '');

/** What stands under a heading. */
const section = (page: string, heading: string): string =>
  page.split(`<h2>${heading}</h2>`)[1]?.split('</section>')[0] ?? '';

describe('the page of a load test that passed', async () => {
  const result = loadTest();
  const page = await pageOf(result);

  test('says so first, with the figures that count', () => {
    expect(page).toContain('<h1>Load test talk-short <b class="good">PASSED</b></h1>');
    expect(page).toContain('All thresholds are met.');
    expect(page).toContain('<div class="tile "><b>48,433</b>accepted</div>');
    expect(page).toContain('<div class="tile good"><b>0</b>lost</div>');
    expect(page).not.toContain('FAILED');
  });

  test('has all sections, and a chart in each that is of something over time', () => {
    expect(headings(page)).toEqual([
      'Thresholds',
      'Latency, end to end',
      'How long commands took',
      'Rate',
      'Latency of HTTP requests',
      'Errors',
      'Queues',
      'Memory and CPU',
      'Phases',
      'What became of the commands',
      'How it was measured',
    ]);
    const charts = [...page.matchAll(/<svg role="img" aria-label="(.*?)"/g)].map(([, label]) => label);
    expect(charts).toEqual([
      'Percentiles of latency end to end over time',
      'Histogram of latency end to end',
      'Commands a second over time',
      'Percentiles of latency of requests for commands',
      'Messages in queues over time',
      'Memory over time',
      'CPUs in use over time',
    ]);
  });

  test('names phases in charts, and has their figures in a table', () => {
    expect(section(page, 'Rate')).toMatch(/>plateau<\/text>/);
    expect(section(page, 'Phases')).toContain(
      '<tr><td>plateau<td class="number">3 min<td class="number">7 min<td class="number">100/s<td class="number">42,000<td class="number">0',
    );
  });

  test('marks p50 and p99 in the histogram', () => {
    const { p50Ms, p99Ms } = result.total.endToEnd?.latency ?? { p50Ms: 0, p99Ms: 0 };
    const histogram = section(page, 'How long commands took');
    expect(histogram).toContain(`>p50 ${Math.round(p50Ms)} ms</text>`);
    expect(histogram).toContain(`>p99 ${Math.round(p99Ms)} ms</text>`);
  });

  test('has a sentence in place of a chart without errors', () => {
    expect(section(page, 'Errors')).toContain('There were none.');
    expect(section(page, 'Errors')).not.toContain('<svg');
  });

  test('shows the deepest queues, and what was put off on purpose', () => {
    const queues = section(page, 'Queues');
    expect(queues).toContain('Of 6 queues that had some, the 5 deepest.');
    expect(queues).toContain('blue/EventProcessing/PersistenceQueue');
    expect(queues).not.toContain('blue/EventProcessing/LifecycleQueue');
    expect(queues).toContain('put off on purpose');
  });

  test('needs nothing from elsewhere', () => {
    expect(page.replaceAll(result.target, '')).not.toMatch(/https?:|src=|@import|url\((?!#)|<script|<link/);
  });
});

describe('the page of a load test that failed', async () => {
  const page = await pageOf(failedLoadTest());

  test('says so first, and which threshold is not met', () => {
    expect(page).toContain('<b class="bad">FAILED</b></h1>');
    expect(page).toContain('1 of 3 thresholds is not met.');
    expect(section(page, 'Thresholds')).toContain('<tr><td>errors<td>none<td>some<td class="bad">FAILED');
    expect(page).toContain('<div class="tile bad"><b>2</b>lost</div>');
  });

  test('shows errors by kind, and quotes nothing as it is', () => {
    const errors = section(page, 'Errors');
    expect(errors).toContain('<svg');
    expect(errors).toContain('<td>poll &lt;b&gt;ECONNRESET&lt;/b&gt;<td class="number">');
    expect(page).not.toContain('<b>ECONNRESET');
    expect(section(page, 'What became of the commands')).toContain(
      '<li>0b7d lost: &lt;script&gt;alert(1)&lt;/script&gt;',
    );
  });

  test('says why it ended before its time', async () => {
    const interrupted = await pageOf({ ...failedLoadTest(), interrupted: 'interrupted by Ctrl-C' });
    expect(interrupted).toContain('It was interrupted: interrupted by Ctrl-C');
  });
});

test('three hours with polls are less than a megabyte, and have charts of polls', async () => {
  const page = await pageOf(loadTest(THREE_HOURS));
  expect(page.length).toBeLessThan(1_000_000);
  expect(section(page, 'Rate')).toContain('aria-label="Status polls a second over time"');
  expect(section(page, 'Latency of HTTP requests')).toContain(
    'aria-label="Percentiles of latency of status polls"',
  );
  expect(section(page, 'Latency, end to end')).toContain('A point stands for 30 s');
});

test('of a deployed stage, there is what AWS tells, and no memory', async () => {
  const page = await pageOf(deployedLoadTest());
  expect(headings(page)).toContain('On AWS');
  expect(section(page, 'On AWS')).toContain(
    'API Gateway: 48,443 requests, 10 answered with 4xx, 0 with 5xx.',
  );
  expect(section(page, 'On AWS')).toContain('No function failed or was throttled, and no workflow failed.');
  expect(headings(page)).not.toContain('Memory and CPU');
  expect(section(page, 'Latency, end to end')).toContain('A point stands for a minute.');
});

test('a second that stands alone between others without values is seen', async () => {
  const { samples, ...result } = loadTest();
  const lonely = samples.map((sample, second) =>
    second === 100 ? sample : { ...sample, endToEnd: undefined },
  );
  const page = await pageOf({ ...result, samples: lonely.slice(0, 300) });
  // p50, p95 and p99.
  expect(section(page, 'Latency, end to end').match(/<path d="[^"]*A[^"]*"/g)).toHaveLength(3);
});

test('charts begin with the load, not before', async () => {
  const { samples, phases, ...result } = loadTest();
  const [, , plateau] = phases;
  const page = await pageOf({ ...result, samples, phases: [], startedAt: plateau?.from ?? '' });
  // Seven minutes of the plateau are left.
  expect(section(page, 'Rate')).toContain('>7 min</text>');
  expect(section(page, 'Rate')).not.toContain('>8 min</text>');
});

test('a load test that was broken off at once has a page too', async () => {
  const { total, reconciliation, ...rest } = loadTest();
  const nothing = { sent: 0, accepted: 0, polls: 0, errors: {} };
  const page = await pageOf({ ...rest, samples: [], phases: [], total: nothing, passed: false });
  expect(section(page, 'Latency, end to end')).toContain('Not measured');
  expect(section(page, 'What became of the commands')).toContain('Nobody looked');
});

test('the fixtures are results of load tests', () => {
  for (const result of [loadTest(), failedLoadTest(), deployedLoadTest()]) {
    expect(LoadTestResult.safeParse(result).error).toBeUndefined();
  }
});
