import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { hasDoor, stageConfig } from '../../../lib/stages.ts';
import { compileMath } from '../../../local/cloudwatch/expression.ts';
import { allStages, type Resource, synthesise } from '../synthesis.ts';

const stage = synthesise(stageConfig('dev-x', { environments: 'blue,green' }));

const Metrics = z.array(
  z.object({
    Id: z.string(),
    Expression: z.string().optional(),
    MetricStat: z
      .object({
        Metric: z.object({
          Namespace: z.string(),
          MetricName: z.string(),
          Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })),
        }),
        Period: z.literal(60),
        Stat: z.string(),
      })
      .optional(),
  }),
);
const Threshold = z.object({
  ComparisonOperator: z.enum(['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold']),
  Threshold: z.number(),
});

/** `errors: Sum of AWS/ApiGateway 5XXError ApiName=…` */
const metricsOf = ({ properties }: Resource): string[] =>
  Metrics.parse(properties.Metrics).flatMap(({ Id, MetricStat }) => {
    if (MetricStat === undefined) return [];
    const { Metric, Stat } = MetricStat;
    const dimensions = Metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`);
    return [`${Id}: ${Stat} of ${Metric.Namespace} ${Metric.MetricName} ${dimensions.join(' ')}`];
  });

/** Whether an alarm is on at these values of its metrics; what is left out has no data. */
function isOn({ properties }: Resource, values: Readonly<Record<string, number>>): boolean {
  const metrics = Metrics.parse(properties.Metrics);
  const { ComparisonOperator, Threshold: threshold } = Threshold.parse(properties);
  const expression = metrics.find(({ Expression }) => Expression !== undefined)?.Expression ?? '';
  const value = compileMath(expression, new Set(metrics.map(({ Id }) => Id)))((id) => values[id]);
  if (value === undefined) return false;
  return ComparisonOperator === 'GreaterThanThreshold' ? value > threshold : value >= threshold;
}

const alarm = (name: string) => stage.at(`traffic/Health/${name}`);

describe.each(['blue', 'green'])('against %s', (environment) => {
  test('speak 5xx of its API', () => {
    expect(metricsOf(alarm(`ServerErrors-${environment}`))).toEqual([
      `errors: Sum of AWS/ApiGateway 5XXError ApiName=remote-services-dev-x-${environment}-EventCreation`,
      `requests: SampleCount of AWS/ApiGateway Count ApiName=remote-services-dev-x-${environment}-EventCreation`,
    ]);
  });

  test('speak commands that failed, by the one dimension that functions write', () => {
    expect(metricsOf(alarm(`FailedCommands-${environment}`))).toEqual([
      `failures: Average of RemoteVehicleServices/dev-x Failures environment=${environment}`,
      `ended: SampleCount of RemoteVehicleServices/dev-x Failures environment=${environment}`,
    ]);
  });

  test('speak its dead letters, but for those of messages from vehicles', () => {
    expect(metricsOf(alarm(`DeadLetters-${environment}`)).map((metric) => metric.split('=')[1])).toEqual(
      [
        'EventProcessing/PersistenceQueue',
        'EventProcessing/DistributionQueue',
        'EventProcessing/DelayQueue',
        'EventProcessing/LifecycleQueue',
        'OutgoingVehicleCommunication/Commands',
      ].map((queue) => expect.stringMatching(`^${environment}/${queue}/DeadLetters`)),
    );
  });
});

test('5xx speak against an environment if they are five in a minute, and more than one in a hundred', () => {
  const errors = alarm('ServerErrors-green');
  expect(isOn(errors, { errors: 5, requests: 100 })).toBe(true);
  expect(isOn(errors, { errors: 4, requests: 4 })).toBe(false);
  expect(isOn(errors, { errors: 5, requests: 500 })).toBe(false);
  expect(isOn(errors, { errors: 600, requests: 50_000 })).toBe(true);
  expect(isOn(errors, { requests: 50_000 })).toBe(false);
  expect(isOn(errors, {})).toBe(false);
});

test('failed commands speak against it if they are more than a fifth of ten or more', () => {
  const failed = alarm('FailedCommands-green');
  expect(isOn(failed, { failures: 0.21, ended: 10 })).toBe(true);
  expect(isOn(failed, { failures: 0.2, ended: 1000 })).toBe(false);
  expect(isOn(failed, { failures: 1, ended: 9 })).toBe(false);
  expect(isOn(failed, { failures: 1, ended: 10 })).toBe(true);
  expect(isOn(failed, {})).toBe(false);
});

test('one dead letter speaks against it, whichever queues have no metric', () => {
  const letters = alarm('DeadLetters-blue');
  expect(isOn(letters, { m4: 1 })).toBe(true);
  expect(isOn(letters, { m0: 0, m4: 0 })).toBe(false);
  expect(isOn(letters, {})).toBe(false);
});

test('against any change speak five answers of the door itself', () => {
  const door = alarm('DoorErrors');
  expect(metricsOf(door)).toEqual([
    'errors: Sum of AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer=traffic/FrontDoor/LoadBalancer.LoadBalancerFullName',
  ]);
  expect(isOn(door, { errors: 5 })).toBe(true);
  expect(isOn(door, { errors: 4 })).toBe(false);
  expect(isOn(door, {})).toBe(false);
});

test('each says what customers notice, and leads to what is to be done', () => {
  const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  expect(operations.includes('\n### Alarms that turn traffic back\n')).toBe(true);
  const alarms = stage.all('AWS::CloudWatch::Alarm').filter(({ path }) => path.startsWith('traffic/Health/'));
  expect(alarms).toHaveLength(7);
  for (const { path, properties } of alarms) {
    expect(properties, path).toMatchObject({
      AlarmDescription: expect.stringMatching(
        /^(?=.*(apps|Apps|cars)).* docs\/operations\.md#alarms-that-turn-traffic-back$/,
      ),
      // A quarter of a step of ten minutes would be too long to wait for.
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(operations.includes(`| \`${path.replace(/^traffic\/Health\/|-\w+$/g, '')}\` |`), path).toBe(true);
  }
});

test.each(allStages())(
  'there are such alarms where traffic can be moved, and nowhere else: $config.name',
  ({ config, resources }) => {
    const found = resources.filter(({ path }) => /^traffic\/(Health|Shifting)\//.test(path));
    expect(found.length > 0).toBe(hasDoor(config));
  },
);
