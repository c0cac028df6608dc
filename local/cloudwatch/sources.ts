import type { LambdaFunction } from '../lambda/function.ts';
import { accountId, region } from '../messaging/account.ts';
import type { MessagingEngine } from '../messaging/engine.ts';
import type { MetricId, Metrics, Recorder } from './metrics.ts';

/** The metrics of AWS services that the local stage has. */
const OF_SERVICES: Readonly<Record<string, readonly string[]>> = {
  'AWS/ApiGateway': ['Count', '4XXError', '5XXError'],
  'AWS/ApplicationELB': [
    'RequestCount',
    'HTTPCode_ELB_5XX_Count',
    'HTTPCode_Target_4XX_Count',
    'HTTPCode_Target_5XX_Count',
  ],
  'AWS/Lambda': ['Invocations', 'Errors'],
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
};

/** Whether the metric can have a value on the local stage. What is not AWS's own, functions may write. */
export const isRecorded = ({ namespace, name }: Pick<MetricId, 'namespace' | 'name'>): boolean =>
  !namespace.startsWith('AWS/') || OF_SERVICES[namespace]?.includes(name) === true;

/** Of a metric with several sets of dimensions, those recorders that somebody watches. */
function recorders(
  metrics: Metrics,
  namespace: string,
  name: string,
  dimensionSets: readonly MetricId['dimensions'][],
): Recorder {
  const watched = dimensionSets.flatMap(
    (dimensions) => metrics.recorder({ namespace, name, dimensions }) ?? [],
  );
  return (value) => {
    for (const record of watched) record(value);
  };
}

/** Is told the status of each answer of a REST API. */
export type ObserveRestApi = (status: number) => void;

export function observeRestApi(metrics: Metrics, ApiName: string, Stage: string): ObserveRestApi {
  const metric = (name: string) =>
    recorders(metrics, 'AWS/ApiGateway', name, [{ ApiName }, { ApiName, Stage }]);
  const [count, clientErrors, serverErrors] = [metric('Count'), metric('4XXError'), metric('5XXError')];
  return (status) => {
    count(1);
    // Their averages are rates: every request counts, with 0 or 1.
    clientErrors(status >= 400 && status < 500 ? 1 : 0);
    serverErrors(status >= 500 ? 1 : 0);
  };
}

/** Is told the status of each answer of a load balancer, and the full name of the target group that it came from. */
export type ObserveLoadBalancer = (status: number, targetGroup?: string) => void;

/** @param LoadBalancer its full name, `app/<name>/<id>` */
export function observeLoadBalancer(metrics: Metrics, LoadBalancer: string): ObserveLoadBalancer {
  const metric = (name: string, dimensions: readonly MetricId['dimensions'][]) =>
    recorders(metrics, 'AWS/ApplicationELB', name, dimensions);
  const ownErrors = metric('HTTPCode_ELB_5XX_Count', [{ LoadBalancer }]);
  const ofTargetGroup = (TargetGroup: string) => {
    const dimensions: MetricId['dimensions'][] = [{ LoadBalancer }, { LoadBalancer, TargetGroup }];
    return {
      requests: metric('RequestCount', dimensions),
      refused: metric('HTTPCode_Target_4XX_Count', dimensions),
      errors: metric('HTTPCode_Target_5XX_Count', dimensions),
    };
  };
  const targetGroups = new Map<string, ReturnType<typeof ofTargetGroup>>();
  return (status, targetGroup) => {
    if (targetGroup === undefined) {
      if (status >= 500) ownErrors(1);
      return;
    }
    const known = targetGroups.get(targetGroup) ?? ofTargetGroup(targetGroup);
    targetGroups.set(targetGroup, known);
    known.requests(1);
    if (status >= 400 && status < 500) known.refused(1);
    if (status >= 500) known.errors(1);
  };
}

/** The same function, whose invocations and errors are counted, if somebody watches them. */
export function withMetrics(lambda: LambdaFunction, metrics: Metrics, FunctionName: string): LambdaFunction {
  if (!metrics.watches('AWS/Lambda')) return lambda;
  const metric = (name: string) => recorders(metrics, 'AWS/Lambda', name, [{ FunctionName }]);
  const [invocations, errors] = [metric('Invocations'), metric('Errors')];
  return {
    ...lambda,
    async invoke(payload) {
      const result = await lambda.invoke(payload);
      invocations(1);
      errors(result.ok ? 0 : 1);
      return result;
    },
  };
}

/** Queues are looked at when somebody asks. */
export function readQueues(metrics: Metrics, { depth, peek }: Pick<MessagingEngine, 'depth' | 'peek'>): void {
  const arnOf = (QueueName: string | undefined) => `arn:aws:sqs:${region}:${accountId}:${QueueName}`;
  metrics.gauge(
    'AWS/SQS',
    'ApproximateNumberOfMessagesVisible',
    ({ QueueName }) => depth(arnOf(QueueName)).visible,
  );
  metrics.gauge('AWS/SQS', 'ApproximateAgeOfOldestMessage', ({ QueueName }) => {
    const now = Date.now();
    return peek(arnOf(QueueName)).reduce(
      (oldest, { attributes }) => Math.max(oldest, (now - Number(attributes.SentTimestamp)) / 1000),
      0,
    );
  });
}
