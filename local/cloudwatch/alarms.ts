import * as z from 'zod';
import { AwsError, type JsonObject } from '../aws.ts';
import { Alarm, type AlarmDefinition } from './alarm.ts';
import type { Metrics } from './metrics.ts';

const Request = z.strictObject({
  AlarmNames: z.array(z.string()).max(100).optional(),
  AlarmTypes: z.array(z.enum(['CompositeAlarm', 'MetricAlarm'])).default(['MetricAlarm']),
  MaxRecords: z.int().min(1).max(100).optional(),
  StateValue: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']).optional(),
});

/** Alarms, whose states are found when somebody asks for them. */
export class Alarms {
  readonly #alarms: ReadonlyMap<string, Alarm>;
  readonly #now: () => number;

  constructor(definitions: readonly AlarmDefinition[], metrics: Metrics, now: () => number = Date.now) {
    this.#now = now;
    this.#alarms = new Map(
      definitions.map((definition) => [definition.name, new Alarm(definition, metrics, now())]),
    );
  }

  /**
   * DescribeAlarms, by name and by state. Names that no alarm has are passed over, as CloudWatch does.
   * @throws AwsError for another action or parameter
   */
  call(action: string, input: JsonObject): JsonObject {
    if (action !== 'DescribeAlarms') {
      throw new AwsError(
        'UnknownOperationException',
        `cloudwatch:${action} is not supported on the local stage`,
      );
    }
    const request = Request.safeParse(input);
    if (!request.success) throw new AwsError('ValidationError', z.prettifyError(request.error));
    const { AlarmNames, AlarmTypes, MaxRecords = 100, StateValue } = request.data;
    const names = AlarmTypes.includes('MetricAlarm') ? (AlarmNames ?? [...this.#alarms.keys()]) : [];
    const described = names
      .flatMap((name) => this.#alarms.get(name) ?? [])
      .map((alarm) => this.#describe(alarm))
      .filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue);
    if (described.length > MaxRecords) {
      throw new AwsError('ValidationError', 'The local stage answers all alarms at once: ask for fewer.');
    }
    return { CompositeAlarms: [], MetricAlarms: described };
  }

  #describe(alarm: Alarm): JsonObject {
    const { name, arn, properties } = alarm.definition;
    const { state, reason, since } = alarm.evaluate(this.#now());
    return {
      AlarmName: name,
      AlarmArn: arn,
      AlarmDescription: properties.AlarmDescription ?? '',
      ComparisonOperator: properties.ComparisonOperator,
      EvaluationPeriods: properties.EvaluationPeriods,
      StateReason: reason,
      StateUpdatedTimestamp: new Date(since).toISOString(),
      StateValue: state,
      Threshold: properties.Threshold,
    };
  }
}
