import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { escaped, page } from '../../charts/page.ts';
import type { LoadTestResult } from '../result.ts';
import { aws, endToEnd, errors, histogram, http, machine, queues, rates } from './chart-sections.ts';
import { spansOf } from './spans.ts';
import { facts, phaseTable, reconciliation, thresholds } from './table-sections.ts';
import type { Timeline } from './time-chart.ts';
import { clock, duration, milliseconds, secondsBetween, sumOf, whole } from './units.ts';

/**
 * Writes the story of a load test as one page that needs nothing from elsewhere: `report.html`.
 * @param folder of the test's results
 * @returns the path of the page
 */
export async function writeReport(result: LoadTestResult, folder: string): Promise<string> {
  const path = join(folder, 'report.html');
  await writeFile(path, reportPage(result));
  return path;
}

function reportPage(result: LoadTestResult): string {
  const { profile, phases, passed, startedAt } = result;
  // What a stage told while the load generator still started would shift charts against the table of phases.
  const begin = Date.parse(startedAt);
  const spans = spansOf(result.samples.filter(({ at, seconds }) => Date.parse(at) + seconds * 1000 > begin));
  const timeline: Timeline = { spans, phases };
  return page({
    title: `${passed ? '✓' : '✗'} Load test ${profile.name}`,
    style: STYLE,
    body: [
      header(result),
      section('Thresholds', thresholds(result)),
      section('Latency, end to end', endToEnd(result, timeline)),
      section('How long commands took', histogram(result)),
      section('Rate', rates(timeline)),
      section('Latency of HTTP requests', http(result, timeline)),
      section('Errors', errors(result, timeline)),
      section('Queues', queues(timeline)),
      section('Memory and CPU', machine(timeline)),
      section('On AWS', aws(timeline)),
      section('Phases', phaseTable(result)),
      section('What became of the commands', reconciliation(result)),
      section('How it was measured', facts(result)),
    ].join('\n'),
  });
}

/** Nothing without content: that was not measured. */
const section = (title: string, content: string): string =>
  content === '' ? '' : `<section><h2>${escaped(title)}</h2>\n${content}</section>`;

function header({
  profile,
  stage,
  target,
  startedAt,
  endedAt,
  differences,
  interrupted,
  total,
  reconciliation,
  thresholds,
  passed,
}: LoadTestResult): string {
  const failed = thresholds.filter((threshold) => !threshold.passed).length;
  const told = [
    stage === undefined ? target : `stage ${stage}`,
    `${clock(startedAt)} UTC`,
    duration(secondsBetween(startedAt, endedAt)),
    ...differences,
  ];
  const { latency } = total.endToEnd ?? {};
  const tiles = [
    tile('accepted', whole(total.accepted)),
    tile('errors', whole(sumOf(total.errors)), sumOf(total.errors) === 0 ? 'good' : 'bad'),
    tile('p50 end to end', latency === undefined ? '–' : milliseconds(latency.p50Ms)),
    tile('p99 end to end', latency === undefined ? '–' : milliseconds(latency.p99Ms)),
    ...(reconciliation === undefined
      ? []
      : [
          faultTile('lost', reconciliation.lost),
          faultTile('stuck', reconciliation.stuck),
          ...(reconciliation.doubled === undefined ? [] : [faultTile('doubled', reconciliation.doubled)]),
        ]),
  ];
  const verdict = passed
    ? 'All thresholds are met.'
    : failed === 0
      ? 'It does not count as passed.'
      : `${failed} of ${thresholds.length} thresholds ${failed === 1 ? 'is' : 'are'} not met.`;
  return `<h1>Load test ${escaped(profile.name)} <b class="${passed ? 'good' : 'bad'}">${passed ? 'PASSED' : 'FAILED'}</b></h1>
<p class="quiet">${told.map(escaped).join(' · ')}</p>
<p class="verdict ${passed ? 'passed' : 'failed'}">${escaped(verdict)}${interrupted === undefined ? '' : escaped(` It was interrupted: ${interrupted}`)}</p>
<div class="tiles">
${tiles.join('\n')}
</div>`;
}

const tile = (name: string, value: string, kind = ''): string =>
  `<div class="tile ${kind}"><b>${escaped(value)}</b>${escaped(name)}</div>`;

const faultTile = (name: string, count: number): string =>
  tile(name, whole(count), count === 0 ? 'good' : 'bad');

const STYLE = `
.verdict { margin: .75rem 0; padding: .4rem 1rem; border-left: .3rem solid; font-weight: 600; }
.verdict.passed { border-color: var(--good); background: var(--good-ground); color: var(--good); }
.verdict.failed { border-color: var(--bad); background: var(--bad-ground); color: var(--bad); }
section table { width: auto; min-width: 50%; } section .phases table { width: 100%; }
section > .quiet { margin: .25rem 0 .5rem; }
`;
