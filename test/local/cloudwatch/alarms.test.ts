import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { readAlarm } from '../../../local/cloudwatch/alarm.ts';
import { Alarms } from '../../../local/cloudwatch/alarms.ts';
import { Metrics } from '../../../local/cloudwatch/metrics.ts';

const METRIC = { namespace: 'Own', name: 'Failures', dimensions: { environment: 'blue' } };

const common = {
  ComparisonOperator: 'GreaterThanOrEqualToThreshold',
  EvaluationPeriods: 1,
  Threshold: 5,
};
const single = {
  ...common,
  Namespace: 'Own',
  MetricName: 'Failures',
  Dimensions: [{ Name: 'environment', Value: 'blue' }],
  Period: 60,
  Statistic: 'Sum',
};

const queryOf = (Id: string, Stat: string, MetricName = 'Failures') => ({
  Id,
  ReturnData: false,
  MetricStat: {
    Metric: {
      Namespace: 'Own',
      MetricName,
      Dimensions: [{ Name: 'environment', Value: 'blue' }],
    },
    Period: 60,
    Stat,
  },
});

/** An alarm, at a time that passes only when it is told to. */
function alarmOf(properties: object) {
  let now = Date.UTC(2026, 0, 1);
  const metrics = new Metrics(() => now);
  const alarms = new Alarms([readAlarm('traffic-Alarm', 'arn:alarm', { ...properties })], metrics, () => now);
  const describeAlarm = () => (alarms.call('DescribeAlarms', {}).MetricAlarms as JsonObject[])[0];
  return {
    record: (value: number, id = METRIC) => metrics.recorder(id)?.(value),
    later: (seconds: number) => {
      now += seconds * 1000;
    },
    state: () => describeAlarm()?.StateValue,
    describeAlarm,
  };
}

test('an alarm is seen at once, and ends when its period has passed', () => {
  const { record, later, state } = alarmOf(single);
  record(4);
  expect(state()).toBe('OK');
  later(10);
  record(1);
  expect(state()).toBe('ALARM');
  later(49);
  expect(state()).toBe('ALARM');
  // The first sample is 60 seconds old.
  later(1);
  expect(state()).toBe('OK');
});

describe('a statistic', () => {
  test.each([
    ['Sum', 10],
    ['Average', 2.5],
    ['Minimum', 1],
    ['Maximum', 4],
    ['SampleCount', 4],
    ['p50', 2],
    ['p99', 4],
  ])('%s of 1, 2, 3 and 4 is %d', (statistic, value) => {
    const { Statistic: _, ...others } = single;
    const stat = statistic.startsWith('p') ? { ExtendedStatistic: statistic } : { Statistic: statistic };
    for (const [Threshold, expected] of [
      [value, 'ALARM'],
      [value + 0.1, 'OK'],
    ] as const) {
      const { record, later, state } = alarmOf({ ...others, ...stat, Threshold });
      for (const sample of [3, 1, 4, 2]) {
        record(sample);
        later(1);
      }
      expect(state()).toBe(expected);
    }
  });
});

test.each([
  ['GreaterThanOrEqualToThreshold', [false, true, true]],
  ['GreaterThanThreshold', [false, false, true]],
  ['LessThanOrEqualToThreshold', [true, true, false]],
  ['LessThanThreshold', [true, false, false]],
])('%s', (ComparisonOperator, expected) => {
  const states = [4, 5, 6].map((value) => {
    const { record, state } = alarmOf({ ...single, ComparisonOperator });
    record(value);
    return state() === 'ALARM';
  });
  expect(states).toEqual(expected);
});

test('so many periods of the last ones must breach', () => {
  const { record, later, state } = alarmOf({ ...single, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
  record(9);
  expect(state()).toBe('OK');
  later(120);
  record(9);
  expect(state()).toBe('ALARM');
  later(60);
  expect(state()).toBe('OK');
});

test('one of five: what FILL makes of a minute without data ends no alarm', () => {
  const filled = { Id: 'e', Expression: 'FILL(m, 0) + FILL(other, 0)', Label: 'sum' };
  const { record, later, state } = alarmOf({
    ...common,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 1,
    Metrics: [filled, queryOf('m', 'Sum'), queryOf('other', 'Sum', 'Others')],
  });
  expect(state()).toBe('OK');
  record(5);
  expect(state()).toBe('ALARM');
  later(299);
  expect(state()).toBe('ALARM');
  later(1);
  expect(state()).toBe('OK');
});

test('without a number of them, all periods must breach', () => {
  const { record, later, state } = alarmOf({ ...single, EvaluationPeriods: 2 });
  record(9);
  expect(state()).toBe('OK');
  later(60);
  record(9);
  expect(state()).toBe('ALARM');
});

test.each([
  [undefined, 'INSUFFICIENT_DATA'],
  ['missing', 'INSUFFICIENT_DATA'],
  ['notBreaching', 'OK'],
  ['breaching', 'ALARM'],
  ['ignore', 'ALARM'],
])('TreatMissingData %s: %s', (treatment, expected) => {
  const { record, later, state } = alarmOf({
    ...single,
    ...(treatment === undefined ? {} : { TreatMissingData: treatment }),
  });
  record(9);
  expect(state()).toBe('ALARM');
  later(60);
  expect(state()).toBe(expected);
});

describe('metric math', () => {
  const expression = (Expression: string, ...queries: JsonObject[]) => ({
    ...common,
    Threshold: 0.2,
    Metrics: [{ Id: 'e', Expression, Label: 'rate' }, ...queries],
  });

  test('a rate with a least number', () => {
    const { record, state } = alarmOf(
      expression(
        'IF(ended >= 10, failures, 0)',
        queryOf('failures', 'Average'),
        queryOf('ended', 'SampleCount'),
      ),
    );
    expect(state()).toBe('INSUFFICIENT_DATA');
    for (let index = 0; index < 9; index += 1) record(1);
    expect(state()).toBe('OK');
    record(1);
    expect(state()).toBe('ALARM');
    for (let index = 0; index < 41; index += 1) record(0);
    expect(state()).toBe('OK');
  });

  test('of expressions', () => {
    const half = { Id: 'half', Expression: 'm / 2', ReturnData: false };
    const { record, state } = alarmOf(expression('half - 4', half, queryOf('m', 'Sum')));
    record(8);
    expect(state()).toBe('OK');
    record(1);
    expect(state()).toBe('ALARM');
  });

  test('missing data are missing', () => {
    const { state } = alarmOf(expression('m + 1', queryOf('m', 'Sum')));
    expect(state()).toBe('INSUFFICIENT_DATA');
  });
});

test('other dimensions are another metric', () => {
  const { record, state } = alarmOf({ ...single, TreatMissingData: 'notBreaching' });
  record(9, { ...METRIC, dimensions: { environment: 'green' } });
  expect(state()).toBe('OK');
});

describe('DescribeAlarms', () => {
  const now = Date.UTC(2026, 0, 1);
  const metrics = new Metrics(() => now);
  const quiet = { ...single, MetricName: 'Others', TreatMissingData: 'notBreaching' };
  const alarms = new Alarms(
    [
      readAlarm('loud', 'arn:loud', { ...single, AlarmDescription: 'd' }),
      readAlarm('quiet', 'arn:quiet', quiet),
    ],
    metrics,
    () => now,
  );
  metrics.recorder(METRIC)?.(9);
  const names = (input: JsonObject) =>
    (alarms.call('DescribeAlarms', input).MetricAlarms as JsonObject[]).map(({ AlarmName }) => AlarmName);

  test('says what is the matter', () => {
    expect(alarms.call('DescribeAlarms', { AlarmNames: ['loud'] })).toEqual({
      CompositeAlarms: [],
      MetricAlarms: [
        {
          AlarmName: 'loud',
          AlarmArn: 'arn:loud',
          AlarmDescription: 'd',
          ComparisonOperator: 'GreaterThanOrEqualToThreshold',
          EvaluationPeriods: 1,
          StateReason: 'Datapoints [9], threshold 5',
          StateUpdatedTimestamp: '2026-01-01T00:00:00.000Z',
          StateValue: 'ALARM',
          Threshold: 5,
        },
      ],
    });
  });

  test('by name and by state', () => {
    expect(names({})).toEqual(['loud', 'quiet']);
    expect(names({ AlarmNames: ['quiet', 'none'] })).toEqual(['quiet']);
    expect(names({ StateValue: 'ALARM' })).toEqual(['loud']);
    expect(names({ AlarmNames: ['quiet'], StateValue: 'ALARM' })).toEqual([]);
    expect(names({ AlarmTypes: ['CompositeAlarm'] })).toEqual([]);
  });

  test('refuses what it does not know', () => {
    expect(() => alarms.call('DescribeAlarms', { AlarmNamePrefix: 'l' })).toThrow(/AlarmNamePrefix/);
    expect(() => alarms.call('PutMetricAlarm', {})).toThrow('cloudwatch:PutMetricAlarm is not supported');
  });
});

test.each<[JsonObject, RegExp]>([
  [{ ...single, Statistic: 'IQM' }, /not a statistic/],
  [{ ...single, ComparisonOperator: 'LessThanLowerThreshold' }, /ComparisonOperator/],
  [{ ...single, ThresholdMetricId: 't' }, /ThresholdMetricId/],
  [{ ...single, EvaluateLowSampleCountPercentile: 'ignore' }, /EvaluateLowSampleCountPercentile/],
  [
    { ...single, Namespace: 'AWS/States', MetricName: 'ExecutionsFailed' },
    /no metric AWS\/States ExecutionsFailed/,
  ],
  [{ ...single, Namespace: 'AWS/SQS' }, /no metric AWS\/SQS Failures/],
  [{ ...common, Namespace: 'Own' }, /either Metrics, or Namespace/],
  [{ ...common, Metrics: [queryOf('m', 'Sum')] }, /compares one metric/],
  [{ ...common, Metrics: [{ Id: 'e', Expression: 'RATE(m)' }, queryOf('m', 'Sum')] }, /does not know RATE/],
])('%j is refused', (properties, message) => {
  expect(() => readAlarm('a', 'arn', properties)).toThrow(message);
});
