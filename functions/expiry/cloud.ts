import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { StackState } from './take-down.ts';

const HOUR_MS = 60 * 60 * 1000;

/** How names begin that API Gateway chooses: an API's id follows, and its stage. */
const EXECUTION_LOGS = 'API-Gateway-Execution-Logs_';

/** Undefined if there is no such stack (any more). */
export async function describeStack(
  client: CloudFormationClient,
  name: string,
): Promise<StackState | undefined> {
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    if (stack?.StackStatus === undefined || stack.StackStatus === 'DELETE_COMPLETE') return undefined;
    const deployed = stack.LastUpdatedTime ?? stack.CreationTime;
    return {
      status: stack.StackStatus,
      deployedAt: deployed?.getTime() ?? 0,
      reason: stack.StackStatusReason,
    };
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** CloudFormation has no error of its own for a stack that is not there. */
const isAbsent = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message);

/** CloudFormation acts in the role that the stack was deployed with. */
export async function deleteStack(client: CloudFormationClient, name: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: name }));
}

/** Log groups in which API Gateway tells of a stack's APIs, by their names; none if there is no such stack. */
export async function executionLogs(client: CloudFormationClient, stack: string): Promise<string[]> {
  const found: string[] = [];
  try {
    for await (const page of paginateListStackResources({ client }, { StackName: stack })) {
      for (const { ResourceType, PhysicalResourceId = '' } of page.StackResourceSummaries ?? []) {
        if (ResourceType === 'AWS::Logs::LogGroup' && PhysicalResourceId.startsWith(EXECUTION_LOGS)) {
          found.push(PhysicalResourceId);
        }
      }
    }
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return found;
}

/**
 * The end of the newest hour in which one of the APIs had requests, by the metric that is free of charge.
 * @param days to look back
 * @returns milliseconds since 1970; undefined if there were none
 */
export async function lastRequestAt(
  client: CloudWatchClient,
  apiNames: readonly string[],
  days: number,
  now: number,
): Promise<number | undefined> {
  const found = await Promise.all(
    apiNames.map(async (apiName) => {
      const { Datapoints = [] } = await client.send(
        new GetMetricStatisticsCommand({
          Namespace: 'AWS/ApiGateway',
          MetricName: 'Count',
          Dimensions: [{ Name: 'ApiName', Value: apiName }],
          // 1,440 data points at most: two months of hours.
          Period: HOUR_MS / 1000,
          StartTime: new Date(now - (days + 1) * 24 * HOUR_MS),
          EndTime: new Date(now),
          Statistics: ['Sum'],
        }),
      );
      return Datapoints.flatMap(({ Timestamp, Sum = 0 }) =>
        Timestamp === undefined || Sum === 0 ? [] : [Math.min(now, Timestamp.getTime() + HOUR_MS)],
      );
    }),
  );
  const times = found.flat();
  return times.length === 0 ? undefined : Math.max(...times);
}
