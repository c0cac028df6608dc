import {
  CloudFormationClient,
  paginateDescribeStacks,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DeleteLogGroupCommand,
  paginateDescribeLogGroups,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import { deleteStack, describeStack, lastRequestAt } from '../../functions/expiry/cloud.ts';
import type { Cloud, DeployedStack } from './stacks.ts';

/** The account and region that the AWS SDK finds. */
export function awsCloud(): Cloud {
  const cloudFormation = new CloudFormationClient();
  const cloudWatch = new CloudWatchClient();
  const logs = new CloudWatchLogsClient();
  const tagging = new ResourceGroupsTaggingAPIClient();
  return {
    stacks: async () => {
      const found: DeployedStack[] = [];
      for await (const { Stacks = [] } of paginateDescribeStacks({ client: cloudFormation }, {})) {
        for (const stack of Stacks) {
          const { StackName = '', StackStatus = '', CreationTime, LastUpdatedTime } = stack;
          const createdAt = CreationTime?.getTime() ?? 0;
          found.push({
            name: StackName,
            status: StackStatus,
            stage: stack.Tags?.find(({ Key }) => Key === 'stage')?.Value,
            createdAt,
            deployedAt: LastUpdatedTime?.getTime() ?? createdAt,
            outputs: Object.fromEntries(
              (stack.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
            ),
          });
        }
      }
      return found;
    },
    describe: (name) => describeStack(cloudFormation, name),
    deleteStack: (name) => deleteStack(cloudFormation, name),
    restApis: async (stack) => {
      const found: string[] = [];
      const pages = paginateListStackResources({ client: cloudFormation }, { StackName: stack });
      for await (const { StackResourceSummaries = [] } of pages) {
        for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries) {
          // Without an id, it was never created.
          if (ResourceType === 'AWS::ApiGateway::RestApi' && PhysicalResourceId)
            found.push(PhysicalResourceId);
        }
      }
      return found;
    },
    logGroups: async (prefix) => {
      const found: string[] = [];
      const pages = paginateDescribeLogGroups({ client: logs }, { logGroupNamePrefix: prefix });
      for await (const { logGroups = [] } of pages) {
        for (const { logGroupName } of logGroups) if (logGroupName !== undefined) found.push(logGroupName);
      }
      return found;
    },
    deleteLogGroup: async (logGroupName) => {
      try {
        await logs.send(new DeleteLogGroupCommand({ logGroupName }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
    tagged: async (stage) => {
      const found: string[] = [];
      const pages = paginateGetResources(
        { client: tagging },
        { TagFilters: [{ Key: 'stage', Values: [stage] }] },
      );
      for await (const { ResourceTagMappingList = [] } of pages) {
        for (const { ResourceARN } of ResourceTagMappingList) {
          if (ResourceARN !== undefined) found.push(ResourceARN);
        }
      }
      return found;
    },
    lastRequestAt: (apiNames, days) => lastRequestAt(cloudWatch, apiNames, days, Date.now()),
  };
}
