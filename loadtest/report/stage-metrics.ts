import type { Requests, Sample } from '../result.ts';
import { answers, type GetMetricData, type Query, sumOf } from './metric-data.ts';
import type { StageResources } from './stage-resources.ts';

/** A value of a sample that is put together from metrics. */
type Role =
  | `${'api' | 'door'}.${'count' | 'clientErrors' | 'serverErrors' | 'p50' | 'p90' | 'p95' | 'p99' | 'max'}`
  | 'functionErrors'
  | 'functionThrottles'
  | 'concurrentExecutions'
  | 'workflowsFailed'
  | 'deadLetters'
  | 'delayed'
  | `queue ${string}`;

interface RoleQuery extends Query {
  readonly role: Role;
}

const PERCENTILES = ['p50', 'p90', 'p95', 'p99'] as const;

function stageQueries({ apis, loadBalancers, functions, workflows, queues }: StageResources): RoleQuery[] {
  const of =
    (namespace: string, dimension: string) =>
    (name: string, role: Role, metric: string, statistic: string): RoleQuery => ({
      namespace,
      metric,
      dimensions: { [dimension]: name },
      statistic,
      role,
    });
  const [api, door] = [of('AWS/ApiGateway', 'ApiName'), of('AWS/ApplicationELB', 'LoadBalancer')];
  const [lambda, workflow] = [of('AWS/Lambda', 'FunctionName'), of('AWS/States', 'StateMachineArn')];
  const queue = of('AWS/SQS', 'QueueName');
  return [
    ...apis.flatMap((name) => [
      api(name, 'api.count', 'Count', 'SampleCount'),
      api(name, 'api.clientErrors', '4XXError', 'Sum'),
      api(name, 'api.serverErrors', '5XXError', 'Sum'),
      ...PERCENTILES.map((percentile) => api(name, `api.${percentile}`, 'Latency', percentile)),
      api(name, 'api.max', 'Latency', 'Maximum'),
    ]),
    ...loadBalancers.flatMap((name) => [
      door(name, 'door.count', 'RequestCount', 'Sum'),
      door(name, 'door.clientErrors', 'HTTPCode_Target_4XX_Count', 'Sum'),
      door(name, 'door.clientErrors', 'HTTPCode_ELB_4XX_Count', 'Sum'),
      door(name, 'door.serverErrors', 'HTTPCode_Target_5XX_Count', 'Sum'),
      door(name, 'door.serverErrors', 'HTTPCode_ELB_5XX_Count', 'Sum'),
      ...PERCENTILES.map((percentile) => door(name, `door.${percentile}`, 'TargetResponseTime', percentile)),
      door(name, 'door.max', 'TargetResponseTime', 'Maximum'),
    ]),
    ...functions.flatMap((name) => [
      lambda(name, 'functionErrors', 'Errors', 'Sum'),
      lambda(name, 'functionThrottles', 'Throttles', 'Sum'),
      lambda(name, 'concurrentExecutions', 'ConcurrentExecutions', 'Maximum'),
    ]),
    ...workflows.flatMap((arn) =>
      ['ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map((metric) =>
        workflow(arn, 'workflowsFailed', metric, 'Sum'),
      ),
    ),
    ...queues.flatMap(({ name, queueName, holdsDeadLetters }) =>
      holdsDeadLetters
        ? [queue(queueName, 'deadLetters', 'ApproximateNumberOfMessagesVisible', 'Maximum')]
        : [
            queue(queueName, `queue ${name}`, 'ApproximateNumberOfMessagesVisible', 'Maximum'),
            queue(queueName, `queue ${name}`, 'ApproximateNumberOfMessagesNotVisible', 'Maximum'),
            queue(queueName, 'delayed', 'ApproximateNumberOfMessagesDelayed', 'Maximum'),
          ],
    ),
  ];
}

type StageMinute = Pick<
  Sample,
  | 'api'
  | 'door'
  | 'functionErrors'
  | 'functionThrottles'
  | 'concurrentExecutions'
  | 'workflowsFailed'
  | 'deadLetters'
  | 'delayed'
  | 'queues'
  | 'queued'
>;

/** What resources tell of themselves, by the begin of a minute. Counts and depths add up: those of all functions. */
export async function stageMinutes(
  getMetricData: GetMetricData,
  resources: StageResources,
  begin: number,
  end: number,
): Promise<(minute: number) => StageMinute> {
  const found = await answers(getMetricData, stageQueries(resources), begin, end);
  const byRole = Map.groupBy(found, ({ query }) => query.role);
  return (minute) => {
    const values = (role: Role) => (byRole.get(role) ?? []).map((answer) => answer.values.get(minute) ?? 0);
    const sum = (role: Role) => Math.round(sumOf(values(role)));
    const queues = resources.queues
      .filter(({ holdsDeadLetters }) => !holdsDeadLetters)
      .map(({ name }) => [name, sum(`queue ${name}`)] as const)
      .filter(([, depth]) => depth > 0);
    const requests = (of: 'api' | 'door', toMs: number): Requests | undefined => {
      const count = sum(`${of}.count`);
      if (count === 0) return undefined;
      // Of the environment where it took longer.
      const worst = (role: 'p50' | 'p90' | 'p95' | 'p99' | 'max') =>
        Math.max(...values(`${of}.${role}`)) * toMs;
      return {
        count,
        clientErrors: sum(`${of}.clientErrors`),
        serverErrors: sum(`${of}.serverErrors`),
        latency: {
          count,
          p50Ms: worst('p50'),
          p90Ms: worst('p90'),
          p95Ms: worst('p95'),
          p99Ms: worst('p99'),
          maxMs: worst('max'),
        },
      };
    };
    return {
      api: requests('api', 1),
      // It measures in seconds.
      door: requests('door', 1000),
      functionErrors: sum('functionErrors'),
      functionThrottles: sum('functionThrottles'),
      concurrentExecutions: sum('concurrentExecutions'),
      workflowsFailed: sum('workflowsFailed'),
      deadLetters: sum('deadLetters'),
      delayed: sum('delayed'),
      queues: Object.fromEntries(queues),
      queued: sumOf(queues.map(([, depth]) => depth)),
    };
  };
}
