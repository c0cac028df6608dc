import { type Cell, type Column, escaped, table } from '../../charts/page.ts';
import type { Latency } from '../../local/control/histogram.ts';
import type { LoadTestResult, Outcome, Reconciliation } from '../result.ts';
import { note } from './note.ts';
import {
  bytes,
  clock,
  decimal,
  descending,
  duration,
  milliseconds,
  secondsBetween,
  sumOf,
  whole,
} from './units.ts';

/** Sections of the report with tables. */

export const thresholds = ({ thresholds: all }: LoadTestResult): string =>
  all.length === 0
    ? ''
    : table(
        [{ name: 'Threshold' }, { name: 'Limit' }, { name: 'Measured' }, { name: 'Verdict' }],
        all.map(({ name, limit, actual, passed }) => [
          name,
          limit,
          actual,
          passed ? { text: 'passed', kind: 'good' } : { text: 'FAILED', kind: 'bad' },
        ]),
      );

const PHASE_COLUMNS: readonly Column[] = [
  { name: 'Phase' },
  { name: 'From', number: true },
  { name: 'For', number: true },
  { name: 'Rate', number: true },
  { name: 'Accepted', number: true },
  { name: 'Errors', number: true },
  { name: 'p50', number: true },
  { name: 'p90', number: true },
  { name: 'p95', number: true },
  { name: 'p99', number: true },
  { name: 'Longest', number: true },
];

const latencyCells = (latency: Latency | undefined): Cell[] =>
  latency === undefined
    ? ['–', '–', '–', '–', '–']
    : [latency.p50Ms, latency.p90Ms, latency.p95Ms, latency.p99Ms, latency.maxMs].map(milliseconds);

export function phaseTable({ phases, total, startedAt, endedAt }: LoadTestResult): string {
  const row = (name: string, from: string, seconds: number, rateText: string, outcome: Outcome): Cell[] => {
    const failed = sumOf(outcome.errors);
    return [
      name,
      duration(secondsBetween(startedAt, from)),
      duration(seconds),
      rateText,
      whole(outcome.accepted),
      failed === 0 ? '0' : { text: whole(failed), kind: 'bad' },
      ...latencyCells(outcome.endToEnd?.latency),
    ];
  };
  return (
    note('Latencies are end to end.') +
    `<div class="phases">${table(PHASE_COLUMNS, [
      ...phases.map(({ name, from, seconds, fromRate, toRate, outcome }) =>
        row(
          name,
          from,
          seconds,
          fromRate === toRate ? `${decimal(toRate)}/s` : `${decimal(fromRate)} → ${decimal(toRate)}/s`,
          outcome,
        ),
      ),
      row('all', startedAt, secondsBetween(startedAt, endedAt), '', total),
    ])}</div>`
  );
}

const SOURCES: Readonly<Record<Reconciliation['source'], string>> = {
  tables: 'Looked up in the tables',
  api: 'Looked up by the API, without the tables',
};

export function reconciliation({ reconciliation: found }: LoadTestResult): string {
  if (found === undefined) return note('Nobody looked: the test ended before.');
  const {
    source,
    accepted,
    ended,
    lost,
    stuck,
    doubled,
    notificationsRead,
    untold,
    open,
    deadLetters,
    leases,
    examples,
    seconds,
  } = found;
  const fault = (name: string, count: number): Cell[] => [
    name,
    count === 0 ? { text: '0', kind: 'good' } : { text: whole(count), kind: 'bad' },
  ];
  const optional = (name: string, count: number | undefined) =>
    count === undefined ? [] : [fault(name, count)];
  return (
    table(
      [{ name: 'Commands' }, { name: 'Number', number: true }],
      [
        ['accepted', whole(accepted)],
        ...descending(ended).map(([state, count]) => [`ended: ${state}`, whole(count)]),
        fault('lost: accepted, and nothing is known of them', lost),
        fault('stuck: longer under way than may be', stuck),
        ...optional('doubled: ended in two ways', doubled),
        ...optional(
          `untold: the subscriber did not hear of the end${notificationsRead === undefined ? '' : ` (of ${whole(notificationsRead)} looked at)`}`,
          untold,
        ),
        fault('open: not ended, and may still', open),
        ...optional('dead letters', deadLetters),
        ...optional('vehicles that are still held', leases),
      ],
    ) +
    (examples.length === 0
      ? ''
      : `<ul>${examples.map((example) => `<li>${escaped(example)}`).join('')}</ul>`) +
    note(`${SOURCES[source]}, in ${duration(seconds)}.`)
  );
}

export function facts({
  profile,
  commandLine,
  target,
  stage,
  machine: of,
  startedAt,
  endedAt,
}: LoadTestResult): string {
  return table(
    [{ name: 'What' }, { name: 'Value' }],
    [
      ['profile', `${profile.name}: ${profile.description}`],
      ['command', commandLine],
      ['target', stage === undefined ? target : `${target} (stage ${stage})`],
      ['from', `${clock(startedAt)} UTC`],
      ['until', `${clock(endedAt)} UTC`],
      [
        stage === undefined ? 'machine of the load, and of a local stage' : 'machine of the load',
        `${of.cpus} × ${of.cpuModel}, ${bytes(of.memoryBytes)}, Node ${of.node.replace(/^v/, '')}, ${of.os}`,
      ],
    ],
  );
}
