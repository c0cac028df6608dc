import {
  type CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { type CloudWatchClient, GetMetricStatisticsCommand } from '@aws-sdk/client-cloudwatch';
import type { StackState } from './take-down.ts';

const HOUR_MS = 60 * 60 * 1000;

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
    // CloudFormation has no error of its own for this.
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) {
      return undefined;
    }
    throw error;
  }
}

/** CloudFormation acts in the role that the stack was deployed with. */
export async function deleteStack(client: CloudFormationClient, name: string): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: name }));
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
