import * as z from 'zod';
import type { JsonObject } from '../aws.ts';
import { compileMath } from './expression.ts';
import { type MetricId, type Metrics, type ReadMetric, statisticNamed } from './metrics.ts';
import { isRecorded } from './sources.ts';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const COMPARISONS = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
};

const Dimensions = z
  .array(z.strictObject({ Name: z.string(), Value: z.string() }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));

const Statistic = z
  .string()
  .refine((name) => statisticNamed(name) !== undefined, { error: 'not a statistic that is supported' });

const Query = z.strictObject({
  Id: z.string(),
  Expression: z.string().optional(),
  Label: z.string().optional(),
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: z.string(), MetricName: z.string(), Dimensions }),
      Period: z.int().positive(),
      Stat: Statistic,
      Unit: z.string().optional(),
    })
    .optional(),
  Period: z.int().positive().optional(),
  ReturnData: z.boolean().default(true),
});

const Properties = z.strictObject({
  // What an alarm does is not done here: it is only asked for its state.
  ActionsEnabled: z.boolean().optional(),
  AlarmActions: z.json().optional(),
  AlarmDescription: z.string().optional(),
  AlarmName: z.string().optional(),
  InsufficientDataActions: z.json().optional(),
  OKActions: z.json().optional(),
  Tags: z.json().optional(),
  Unit: z.string().optional(),

  ComparisonOperator: z.enum(Object.keys(COMPARISONS) as [keyof typeof COMPARISONS]),
  DatapointsToAlarm: z.int().positive().optional(),
  Dimensions,
  EvaluationPeriods: z.int().positive(),
  ExtendedStatistic: Statistic.optional(),
  MetricName: z.string().optional(),
  Metrics: z.array(Query).optional(),
  Namespace: z.string().optional(),
  Period: z.int().positive().optional(),
  Statistic: Statistic.optional(),
  Threshold: z.number(),
  TreatMissingData: z.enum(['breaching', 'ignore', 'missing', 'notBreaching']).default('missing'),
});
type Properties = z.infer<typeof Properties>;

interface MetricStat {
  readonly id: string;
  readonly metric: MetricId;
  readonly statistic: string;
}

/** An alarm as its template defines it. */
export interface AlarmDefinition {
  readonly name: string;
  readonly arn: string;
  readonly properties: Properties;
  /** Of each period, seconds. */
  readonly period: number;
  readonly metrics: readonly MetricStat[];
  /** By id, other than those of the metrics. */
  readonly expressions: ReadonlyMap<string, ReturnType<typeof compileMath>>;
  /** The metric or expression that is compared with the threshold. */
  readonly compared: string;
}

/**
 * @param properties of an `AWS::CloudWatch::Alarm`, resolved
 * @throws Error for what the local stage does not know, metrics that nothing records here among it
 */
export function readAlarm(name: string, arn: string, properties: JsonObject): AlarmDefinition {
  const parsed = Properties.parse(properties);
  const queries = parsed.Metrics ?? [singleMetric(parsed)];
  const metrics = queries.flatMap(({ Id, MetricStat }) => {
    if (MetricStat === undefined) return [];
    const { Namespace, MetricName, Dimensions } = MetricStat.Metric;
    const metric = { namespace: Namespace, name: MetricName, dimensions: Dimensions };
    if (!isRecorded(metric)) throw new Error(`the local stage has no metric ${Namespace} ${MetricName}`);
    return [{ id: Id, metric, statistic: MetricStat.Stat }];
  });
  const ids = new Set(queries.map(({ Id }) => Id));
  const expressions = queries.flatMap(({ Id, Expression }) =>
    Expression === undefined ? [] : [[Id, compileMath(Expression, ids)] as const],
  );
  const compared = queries.filter(({ ReturnData }) => ReturnData);
  const [{ Id } = { Id: '' }, ...more] = compared;
  if (Id === '' || more.length > 0) throw new Error('an alarm compares one metric, the one with ReturnData');
  const periods = queries.flatMap(({ Period, MetricStat }) => MetricStat?.Period ?? Period ?? []);
  return {
    name,
    arn,
    properties: parsed,
    // CloudWatch takes the longest for all.
    period: Math.max(...periods),
    metrics,
    expressions: new Map(expressions),
    compared: Id,
  };
}

function singleMetric(properties: Properties): z.infer<typeof Query> {
  const { Namespace, MetricName, Dimensions, Period, Statistic, ExtendedStatistic } = properties;
  const Stat = Statistic ?? ExtendedStatistic;
  if (Namespace === undefined || MetricName === undefined || Period === undefined || Stat === undefined) {
    throw new Error('an alarm has either Metrics, or Namespace, MetricName, Period and a statistic');
  }
  return {
    Id: 'm',
    ReturnData: true,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat },
  };
}

/** An alarm that is looked at when somebody asks. */
export class Alarm {
  readonly definition: AlarmDefinition;
  readonly #reads: ReadonlyMap<string, ReadMetric>;
  #state: AlarmState = 'INSUFFICIENT_DATA';
  #since: number;

  /** From now on, its metrics are recorded. */
  constructor(definition: AlarmDefinition, metrics: Metrics, now: number) {
    const { period, properties } = definition;
    this.definition = definition;
    this.#since = now;
    this.#reads = new Map(
      definition.metrics.map(({ id, metric, statistic }) => [
        id,
        metrics.watch(metric, period * properties.EvaluationPeriods, statistic),
      ]),
    );
  }

  /** Its state now, why, and since when somebody has seen it in that state. */
  evaluate(now: number): { state: AlarmState; reason: string; since: number } {
    const { EvaluationPeriods, Threshold } = this.definition.properties;
    const values = Array.from({ length: EvaluationPeriods }, (_, number) => this.#value(number));
    const state = this.#stateAt(values);
    if (state !== this.#state) this.#since = now;
    this.#state = state;
    const shown = values.map((value) => value ?? 'no data').join(', ');
    return { state, reason: `Datapoints [${shown}], threshold ${Threshold}`, since: this.#since };
  }

  #value(number: number): number | undefined {
    const { expressions, compared, period } = this.definition;
    const lookup = (id: string): number | undefined =>
      expressions.has(id)
        ? expressions.get(id)?.(lookup)
        : this.#reads.get(id)?.({ seconds: period, number });
    return lookup(compared);
  }

  /** CloudWatch looks further back for what is missing; here the evaluated periods are all there is. */
  #stateAt(values: readonly (number | undefined)[]): AlarmState {
    const { ComparisonOperator, DatapointsToAlarm, Threshold, TreatMissingData } = this.definition.properties;
    const isBreaching = (value: number | undefined): boolean =>
      value === undefined
        ? TreatMissingData === 'breaching'
        : COMPARISONS[ComparisonOperator](value, Threshold);
    if (values.filter(isBreaching).length >= (DatapointsToAlarm ?? values.length)) return 'ALARM';
    if (values.some((value) => value !== undefined)) return 'OK';
    if (TreatMissingData === 'ignore') return this.#state;
    return TreatMissingData === 'missing' ? 'INSUFFICIENT_DATA' : 'OK';
  }
}
