import type { Limits, Profile } from './profiles.ts';
import { commandsOf } from './profiles.ts';
import type { LoadTestResult, Verdict } from './result.ts';

/** So much less than was planned may be sent: timers of a busy machine are late. */
const SENT_AT_LEAST = 0.99;

type Measured = Pick<LoadTestResult, 'phases' | 'samples' | 'total' | 'reconciliation' | 'interrupted'>;

/** A load test passes if all of these do. What could not be measured has not passed. */
export function judge(profile: Pick<Profile, 'phases' | 'limits'>, measured: Measured): Verdict[] {
  const { total, reconciliation, interrupted } = measured;
  const planned = commandsOf(profile);
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  const failed =
    reconciliation &&
    Object.entries(reconciliation.ended).reduce(
      (sum, [end, count]) => sum + (end === 'EXECUTED' ? 0 : count),
      0,
    );
  const none = (name: string, actual: number | undefined): Verdict => ({
    name,
    limit: 'none',
    actual: actual === undefined ? 'not measured' : number(actual),
    passed: actual === 0,
  });
  // What a source cannot tell is no reason to fail.
  const noneIfKnown = (name: string, actual: number | undefined): Verdict[] =>
    reconciliation !== undefined && actual === undefined ? [] : [none(name, actual)];
  return [
    {
      name: 'ran to its end',
      limit: 'yes',
      actual: interrupted ?? 'yes',
      passed: interrupted === undefined,
    },
    {
      name: 'commands sent',
      limit: `at least ${number(Math.floor(planned * SENT_AT_LEAST))}`,
      actual: number(total.sent),
      passed: total.sent >= Math.floor(planned * SENT_AT_LEAST),
    },
    none('errors', errors),
    none('commands that failed', failed),
    none('commands lost', reconciliation?.lost),
    none('commands stuck', reconciliation?.stuck),
    none('commands still open', reconciliation?.open),
    ...noneIfKnown('commands that ended twice', reconciliation?.doubled),
    ...noneIfKnown('ends that the subscriber was not told of', reconciliation?.untold),
    ...noneIfKnown('dead letters', reconciliation?.deadLetters),
    ...noneIfKnown('vehicles still held', reconciliation?.leases),
    ...latencyVerdicts(profile.limits, measured),
  ];
}

function latencyVerdicts(limits: Limits, { total, phases, samples }: Measured): Verdict[] {
  const atMost = (
    name: string,
    limit: number | undefined,
    actual: number | undefined,
    unit: string,
  ): Verdict[] =>
    limit === undefined
      ? []
      : [
          {
            name,
            limit: `at most ${number(limit)} ${unit}`,
            actual: actual === undefined ? 'not measured' : `${number(actual)} ${unit}`,
            passed: actual !== undefined && actual <= limit,
          },
        ];
  const { endToEnd, poll } = total;
  return [
    ...atMost('end to end, p50', limits.endToEndP50Ms, endToEnd?.latency.p50Ms, 'ms'),
    ...atMost('end to end, p99', limits.endToEndP99Ms, endToEnd?.latency.p99Ms, 'ms'),
    ...atMost('status polls, p99', limits.pollP99Ms, poll?.latency.p99Ms, 'ms'),
    ...atMost('growth of memory', limits.memoryGrowthPercent, memoryGrowth(phases, samples), '%'),
  ];
}

/**
 * Per cent by which the stage's memory is larger in the last quarter of the longest phase than in its second quarter,
 * on average: the first one warms up. Undefined, if nobody measured it.
 */
export function memoryGrowth(
  phases: LoadTestResult['phases'],
  samples: LoadTestResult['samples'],
): number | undefined {
  const longest = phases.toSorted((a, b) => b.seconds - a.seconds)[0];
  if (longest === undefined) return undefined;
  const [from, to] = [Date.parse(longest.from), Date.parse(longest.to)];
  const average = (quarter: number): number | undefined => {
    const values = samples.flatMap(({ at, rssBytes }) => {
      const part = Math.floor(((Date.parse(at) - from) * 4) / (to - from));
      return part === quarter && rssBytes !== undefined ? [rssBytes] : [];
    });
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const [early, late] = [average(1), average(3)];
  return early === undefined || late === undefined ? undefined : ((late - early) / early) * 100;
}

const number = (value: number): string => value.toLocaleString('en', { maximumFractionDigits: 1 });
