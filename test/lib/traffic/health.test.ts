import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { hasDoor, stageConfig } from '../../../lib/stages.ts';
import { compileMath } from '../../../local/cloudwatch/expression.ts';
import { allStages, type Resource, synthesise } from '../synthesis.ts';

const stage = synthesise(stageConfig('dev-x', { environments: 'blue,green' }));

const Dimensions = z.array(z.object({ Name: z.string(), Value: z.string() }));
const Metrics = z.array(
  z.object({
    Id: z.string(),
    Expression: z.string().optional(),
    MetricStat: z
      .object({
        Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions }),
        Period: z.literal(60),
        Stat: z.string(),
      })
      .optional(),
  }),
);
/** An alarm on a metric as it is. */
const OneMetric = z.object({
  Namespace: z.string(),
  MetricName: z.string(),
  Dimensions,
  Period: z.literal(60),
  Statistic: z.string(),
});
const Alarm = z.object({
  ComparisonOperator: z.enum(['GreaterThanThreshold', 'GreaterThanOrEqualToThreshold']),
  Threshold: z.number(),
  EvaluationPeriods: z.int(),
  DatapointsToAlarm: z.int().optional(),
});

const described = (namespace: string, name: string, dimensions: z.infer<typeof Dimensions>, stat: string) =>
  `${stat} of ${namespace} ${name} ${dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(' ')}`;

/** `errors: Sum of AWS/ApiGateway 5XXError ApiName=…` */
function metricsOf({ properties }: Resource): string[] {
  if (properties.Metrics === undefined) {
    const { Namespace, MetricName, Dimensions: dimensions, Statistic } = OneMetric.parse(properties);
    return [described(Namespace, MetricName, dimensions, Statistic)];
  }
  return Metrics.parse(properties.Metrics).flatMap(({ Id, MetricStat }) => {
    if (MetricStat === undefined) return [];
    const { Metric, Stat } = MetricStat;
    return [`${Id}: ${described(Metric.Namespace, Metric.MetricName, Metric.Dimensions, Stat)}`];
  });
}

/** Undefined of an alarm on a metric as it is. */
const expressionOf = ({ properties }: Resource): string | undefined =>
  properties.Metrics === undefined
    ? undefined
    : Metrics.parse(properties.Metrics).find(({ Expression }) => Expression !== undefined)?.Expression;

/** Whether a minute breaches at these values of its metrics; what is left out has no data. */
function isOn(resource: Resource, values: Readonly<Record<string, number>>): boolean {
  const { ComparisonOperator, Threshold: threshold } = Alarm.parse(resource.properties);
  const expression = expressionOf(resource) ?? 'metric';
  const ids = metricsOf(resource).map((metric) => metric.split(': ')[0] ?? '');
  const value = compileMath(expression, new Set([...ids, 'metric']))((id) => values[id]);
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

  test('speak 4xx of what is behind the door for it', () => {
    const dimensions = `LoadBalancer=traffic/FrontDoor/LoadBalancer.LoadBalancerFullName TargetGroup=traffic/FrontDoor/TargetGroup-${environment}.TargetGroupFullName`;
    expect(metricsOf(alarm(`RefusedRequests-${environment}`))).toEqual([
      `refused: Sum of AWS/ApplicationELB HTTPCode_Target_4XX_Count ${dimensions}`,
      `requests: Sum of AWS/ApplicationELB RequestCount ${dimensions}`,
    ]);
  });

  test('speak errors of each of its functions, but for the authorizer’s, which are refused tokens', () => {
    const functions = stage
      .all('AWS::Lambda::Function')
      .map(({ path }) => path)
      .filter((path) => path.startsWith(`${environment}/`) && !path.endsWith('/Authorize'));
    const alarms = stage
      .all('AWS::CloudWatch::Alarm')
      .filter(({ path }) => new RegExp(`/FunctionErrors-\\w+-${environment}$`).test(path));
    expect(functions.length).toBeGreaterThan(5);
    expect(alarms.map(metricsOf).sort()).toEqual(
      functions
        .sort()
        .map((path) => [
          `errors: Sum of AWS/Lambda Errors FunctionName=${path}`,
          `requests: Sum of AWS/Lambda Invocations FunctionName=${path}`,
        ]),
    );
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

test('requests that are refused speak against it if they are more than half of twenty or more', () => {
  const refusals = alarm('RefusedRequests-green');
  expect(isOn(refusals, { refused: 11, requests: 20 })).toBe(true);
  expect(isOn(refusals, { refused: 10, requests: 20 })).toBe(false);
  expect(isOn(refusals, { refused: 19, requests: 19 })).toBe(false);
  // Where nothing was refused, there is no metric of it.
  expect(isOn(refusals, { requests: 50_000 })).toBe(false);
  expect(isOn(refusals, {})).toBe(false);
});

test('errors of a function speak against it if they are five in a minute, and more than one in a hundred calls', () => {
  const errors = alarm('FunctionErrors-Persistence-green');
  expect(isOn(errors, { errors: 5, requests: 5 })).toBe(true);
  expect(isOn(errors, { errors: 4, requests: 4 })).toBe(false);
  expect(isOn(errors, { errors: 5, requests: 500 })).toBe(false);
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
    'Sum of AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer=traffic/FrontDoor/LoadBalancer.LoadBalancerFullName',
  ]);
  expect(isOn(door, { metric: 5 })).toBe(true);
  expect(isOn(door, { metric: 4 })).toBe(false);
  expect(isOn(door, {})).toBe(false);
});

test('each says what customers notice, and leads to what is to be done', () => {
  const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
  expect(operations.includes('\n### Alarms that turn traffic back\n')).toBe(true);
  const alarms = stage.all('AWS::CloudWatch::Alarm').filter(({ path }) => path.startsWith('traffic/Health/'));
  expect(alarms).toHaveLength(2 * (4 + 8) + 1);
  for (const { path, properties } of alarms) {
    expect(properties, path).toMatchObject({
      AlarmDescription: expect.stringMatching(
        /^(?=.*(apps|Apps|cars)).* docs\/operations\.md#alarms-that-turn-traffic-back$/,
      ),
      TreatMissingData: 'notBreaching',
    });
    expect(operations.includes(`| \`${path.replace(/^traffic\/Health\/|(-\w+)+$/g, '')}\` |`), path).toBe(
      true,
    );
  }
});

test.each(allStages())(
  'an alarm that fills gaps does not look at the latest minute alone: $config.name',
  (each) => {
    // That minute is always the filling, for metrics come late: the alarm would stay OK for ever.
    const alarms = each.resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
    for (const resource of alarms) {
      const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } = Alarm.parse(resource.properties);
      if (expressionOf(resource)?.includes('FILL')) {
        expect([DatapointsToAlarm, EvaluationPeriods], resource.path).toEqual([1, 5]);
      } else {
        // A quarter of a step of ten minutes would be too long to wait for.
        expect([DatapointsToAlarm, EvaluationPeriods], resource.path).toEqual([1, 1]);
      }
    }
  },
);

test.each(allStages())(
  'there are such alarms where traffic can be moved, and nowhere else: $config.name',
  ({ config, resources }) => {
    const found = resources.filter(({ path }) => /^traffic\/(Health|Shifting)\//.test(path));
    expect(found.length > 0).toBe(hasDoor(config));
  },
);
