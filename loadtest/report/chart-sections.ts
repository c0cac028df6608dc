import { COLOURS } from '../../charts/chart.ts';
import { table } from '../../charts/page.ts';
import type { Latency } from '../../local/control/histogram.ts';
import type { LoadTestResult, Outcome, Requests, Sample } from '../result.ts';
import { histogramChart } from './histogram-chart.ts';
import { note } from './note.ts';
import { depthScale, type Line, latencyScale, type Timeline, timeChart } from './time-chart.ts';
import { decimal, descending, duration, MB, milliseconds, whole } from './units.ts';

/** Sections of the report with charts; empty where nothing was measured. */

type LatencyOf = 'endToEnd' | 'trigger' | 'poll';

/** The broadest first: where two are the same, both are seen. */
const PERCENTILES = [
  ['p99', COLOURS.purple, 3],
  ['p95', COLOURS.orange, 1.5],
  ['p50', COLOURS.blue, 1.5],
] as const;

const latencyLines = (of: LatencyOf): Line[] =>
  PERCENTILES.map(([name, colour, width]) => ({
    name,
    colour,
    width,
    value: (span) => span[of]?.[`${name}Ms`],
  }));

const latencyChart = (label: string, timeline: Timeline, of: LatencyOf): string =>
  timeChart(label, timeline, latencyLines(of), { format: milliseconds, scale: latencyScale });

export function endToEnd({ samples }: LoadTestResult, timeline: Timeline): string {
  const chart = latencyChart('Percentiles of latency end to end over time', timeline, 'endToEnd');
  if (chart === '') return note('Not measured: no command ended, or the stage does not tell.');
  return (
    note('From the request at API Gateway to the subscriber’s notification.') +
    chart +
    resolution(samples[0]?.seconds ?? 0, timeline)
  );
}

/**
 * How a point of a latency comes about.
 * @param measured seconds of one measurement
 */
function resolution(measured: number, { spans }: Timeline): string {
  const shown = spans[0]?.seconds ?? 0;
  const each = measured === 1 ? 'second' : 'minute';
  return note(
    shown > measured
      ? `A point stands for ${duration(shown)}: p95 and p99 are those of the worst ${each} in it, p50 that of the median one.`
      : `A point stands for a ${each}.`,
  );
}

export function histogram({ total }: LoadTestResult): string {
  const { latency, histogram: buckets } = total.endToEnd ?? {};
  if (latency === undefined || buckets === undefined || buckets.length === 0) return '';
  return histogramChart('Histogram of latency end to end', buckets, latency);
}

const perSecond = (value: (span: Sample) => number | undefined) => (span: Sample) => {
  const count = value(span);
  return count === undefined ? undefined : count / span.seconds;
};

const rate = { format: (value: number) => `${decimal(value)}/s` };

export function rates(timeline: Timeline): string {
  const commands = timeChart(
    'Commands a second over time',
    timeline,
    [
      { name: 'sent', colour: COLOURS.blue, value: perSecond(({ sent }) => sent), behind: true },
      { name: 'accepted', colour: COLOURS.green, value: perSecond(({ accepted }) => accepted) },
      {
        name: 'ended',
        colour: COLOURS.orange,
        value: perSecond(({ ended }) => (ended === undefined ? undefined : ended.EXECUTED + ended.FAILED)),
        dashed: true,
      },
    ],
    rate,
  );
  const hasPolls = timeline.spans.some(({ polls }) => polls > 0);
  const polls = timeChart(
    'Status polls a second over time',
    timeline,
    [{ name: 'status polls', colour: COLOURS.blue, value: perSecond((span) => span.polls) }],
    rate,
  );
  return `${note('Commands a second.')}${commands}${hasPolls ? `${note('Status polls a second.')}${polls}` : ''}`;
}

export function http({ total }: LoadTestResult, timeline: Timeline): string {
  const trigger = latencyChart('Percentiles of latency of requests for commands', timeline, 'trigger');
  const poll = latencyChart('Percentiles of latency of status polls', timeline, 'poll');
  if (trigger === '' && poll === '') return '';
  const of = (name: string, chart: string, outcome: Outcome['trigger']) =>
    chart === ''
      ? ''
      : note(`${name}${outcome === undefined ? '' : `: ${latencyText(outcome.latency)} in all`}.`) + chart;
  return (
    of('Requests for commands', trigger, total.trigger) +
    of('Status polls', poll, total.poll) +
    // The load generator counts by the second, wherever the stage is.
    resolution(1, timeline)
  );
}

const latencyText = ({ p50Ms, p99Ms, maxMs }: Latency): string =>
  `p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}, at most ${milliseconds(maxMs)}`;

/** More areas than these cannot be told apart; the rest is one more. */
const MOST_KINDS = 6;
const KIND_COLOURS = [COLOURS.red, COLOURS.orange, COLOURS.purple, COLOURS.blue, COLOURS.teal, COLOURS.brown];

export function errors({ total }: LoadTestResult, timeline: Timeline): string {
  const kinds = descending(total.errors);
  if (kinds.length === 0) return note('There were none.');
  const shown = kinds.slice(0, MOST_KINDS).map(([kind]) => kind);
  const others = kinds.slice(MOST_KINDS).map(([kind]) => kind);
  const chart = timeChart(
    'Errors a second by kind over time',
    timeline,
    [
      ...shown.map((kind, index) => ({
        name: kind,
        colour: KIND_COLOURS[index] ?? COLOURS.grey,
        value: perSecond(({ errors: of }) => of[kind] ?? 0),
        stacked: true as const,
      })),
      ...(others.length === 0
        ? []
        : [
            {
              name: 'others',
              colour: COLOURS.grey,
              value: perSecond(({ errors: of }) =>
                others.map((kind) => of[kind] ?? 0).reduce((sum, count) => sum + count),
              ),
              stacked: true as const,
            },
          ]),
    ],
    rate,
  );
  return (
    chart +
    table(
      [{ name: 'Error' }, { name: 'Requests', number: true }],
      kinds.map(([kind, count]) => [kind, whole(count)]),
    )
  );
}

/** As many as can be told apart. */
const MOST_QUEUES = 5;
const QUEUE_COLOURS = [COLOURS.blue, COLOURS.orange, COLOURS.purple, COLOURS.green, COLOURS.red];

export function queues(timeline: Timeline): string {
  const { spans } = timeline;
  if (spans.every(({ queued, queues: of }) => queued === undefined && of === undefined)) return '';
  const deepest: Record<string, number> = {};
  for (const { queues: of = {} } of spans) {
    for (const [name, depth] of Object.entries(of)) deepest[name] = Math.max(depth, deepest[name] ?? 0);
  }
  const names = descending(deepest).map(([name]) => name);
  const lines: Line[] = [
    { name: 'all queues', colour: COLOURS.grey, value: ({ queued }) => queued, behind: true },
    ...names.slice(0, MOST_QUEUES).map((name, index) => ({
      name,
      colour: QUEUE_COLOURS[index] ?? COLOURS.grey,
      // Only those that have messages are said.
      value: ({ queues: of }: Sample) => (of === undefined ? undefined : (of[name] ?? 0)),
    })),
    ...(spans.some(({ delayed = 0 }) => delayed > 0)
      ? [
          {
            name: 'put off on purpose',
            colour: COLOURS.teal,
            value: ({ delayed }: Sample) => delayed,
            dashed: true as const,
          },
        ]
      : []),
    ...(spans.some(({ deadLetters = 0 }) => deadLetters > 0)
      ? [
          {
            name: 'dead letters',
            colour: COLOURS.ink,
            value: ({ deadLetters }: Sample) => deadLetters,
            dashed: true as const,
          },
        ]
      : []),
  ];
  const shown = Math.min(names.length, MOST_QUEUES);
  return (
    note(
      `Messages that wait or are being worked on.${names.length > shown ? ` Of ${names.length} queues that had some, the ${shown} deepest.` : ''}`,
    ) + timeChart('Messages in queues over time', timeline, lines, { format: decimal, scale: depthScale })
  );
}

/** So that ticks are whole ones. */
const inMegabytes = (value: (span: Sample) => number | undefined) => (span: Sample) => {
  const found = value(span);
  return found === undefined ? undefined : found / MB;
};

export function machine(timeline: Timeline): string {
  const memory = timeChart(
    'Memory over time',
    timeline,
    [
      { name: 'stage', colour: COLOURS.blue, value: inMegabytes(({ rssBytes }) => rssBytes) },
      {
        name: 'of it JavaScript heap',
        colour: COLOURS.purple,
        value: inMegabytes(({ heapUsedBytes }) => heapUsedBytes),
      },
      {
        name: 'load generator',
        colour: COLOURS.orange,
        value: inMegabytes(({ generatorRssBytes }) => generatorRssBytes),
      },
    ],
    { format: (megabytes) => `${whole(megabytes)} MB` },
  );
  const cpu = timeChart(
    'CPUs in use over time',
    timeline,
    [
      { name: 'stage', colour: COLOURS.blue, value: ({ cpus }) => cpus },
      { name: 'load generator', colour: COLOURS.orange, value: ({ generatorCpus }) => generatorCpus },
    ],
    { format: (cpus) => `${decimal(cpus)} CPU` },
  );
  return [
    ...(memory === '' ? [] : [note('Memory.'), memory]),
    ...(cpu === '' ? [] : [note('CPUs in use.'), cpu]),
  ].join('');
}

/** What a deployed stage's resources tell of themselves. */
export function aws(timeline: Timeline): string {
  return (
    requests('api', 'API Gateway', timeline) +
    requests('door', 'Load balancer', timeline) +
    functions(timeline)
  );
}

function requests(of: 'api' | 'door', name: string, timeline: Timeline): string {
  const latency = timeChart(
    `Percentiles of latency at ${name} over time`,
    timeline,
    PERCENTILES.map(([percentile, colour, width]) => ({
      name: percentile,
      colour,
      width,
      value: (span) => span[of]?.latency?.[`${percentile}Ms`],
    })),
    { format: milliseconds, scale: latencyScale },
  );
  if (latency === '') return '';
  const total = (value: (counted: Requests) => number) =>
    timeline.spans.reduce((sum, { [of]: counted }) => sum + (counted === undefined ? 0 : value(counted)), 0);
  return (
    note(
      `${name}: ${whole(total(({ count }) => count))} requests, ` +
        `${whole(total(({ clientErrors }) => clientErrors))} answered with 4xx, ` +
        `${whole(total(({ serverErrors }) => serverErrors))} with 5xx.`,
    ) + latency
  );
}

function functions(timeline: Timeline): string {
  const { spans } = timeline;
  const faults: Line[] = [
    { name: 'errors of functions', colour: COLOURS.red, value: ({ functionErrors }) => functionErrors },
    { name: 'throttled calls', colour: COLOURS.orange, value: ({ functionThrottles }) => functionThrottles },
    { name: 'failed workflows', colour: COLOURS.purple, value: ({ workflowsFailed }) => workflowsFailed },
  ];
  const concurrency = timeChart(
    'Functions at work over time',
    timeline,
    [
      {
        name: 'functions at work at once',
        colour: COLOURS.blue,
        value: ({ concurrentExecutions }) => concurrentExecutions,
      },
    ],
    { format: decimal },
  );
  // Of a local stage nobody knows.
  if (concurrency === '') return '';
  const hasFaults = faults.some(({ value }) => spans.some((span) => (value(span) ?? 0) > 0));
  const chart = hasFaults
    ? note('Errors a minute.') +
      timeChart('Errors of functions and workflows over time', timeline, faults, { format: decimal })
    : note('No function failed or was throttled, and no workflow failed.');
  return chart + note('Functions at work at once.') + concurrency;
}
