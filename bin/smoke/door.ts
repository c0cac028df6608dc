import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { stackName } from '../../lib/stack-names.ts';
import { ENVIRONMENTS, stageConfig } from '../../lib/stages.ts';
import { trafficControl } from '../../release/aws.ts';
import { AppError, baseUrl } from '../call.ts';
import { openStage, testSecretOf, type WhichStage } from '../stage-access.ts';
import type { Answer, Door, Sent } from './checks.ts';

/** Longer than API Gateway and the load balancer wait. */
const TIMEOUT_MS = 40_000;

/** @throws AppError in one line, if there is no such stage, or no front door in it */
export async function openDoor(which: WhichStage): Promise<Door> {
  const access = await openStage(which);
  const testSecret = await testSecretOf(access);
  const dynamoDb = new DynamoDBClient(access.client('DYNAMODB'));
  const traffic = trafficControl(access);
  return {
    base: baseUrl(access.output('ApiUrl')),
    testSecret,
    firewall: which.stage !== undefined && stageConfig(which.stage).waf,
    ownUrls: which.stage === undefined ? [] : await ownUrls(which.stage),
    send,
    blue: () => traffic.door(),
    environmentOf: async (eventId) => {
      const { Item } = await dynamoDb.send(
        new GetItemCommand({
          TableName: access.output('EventsTable'),
          Key: { pk: { S: `COMMAND#${eventId}` }, sk: { S: 'STATE' } },
          ConsistentRead: true,
        }),
      );
      return Item?.environment?.S;
    },
    wait: (seconds) => sleep(seconds * 1000),
  };
}

async function send(url: string, { method, headers, body }: Sent): Promise<Answer | undefined> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    response = await fetch(url, { method, headers, redirect: 'manual', signal, ...(body && { body }) });
    const location = response.headers.get('location') ?? undefined;
    return { status: response.status, location, body: await response.text() };
  } catch {
    return undefined;
  }
}

/** Where the private APIs would be if they were public. */
async function ownUrls(stage: string): Promise<string[]> {
  const client = new CloudFormationClient();
  const region = await client.config.region();
  const urls: string[] = [];
  for (const environment of ENVIRONMENTS) {
    const StackName = stackName(stage, environment);
    for await (const { StackResourceSummaries = [] } of paginateListStackResources(
      { client },
      { StackName },
    )) {
      for (const { ResourceType, PhysicalResourceId } of StackResourceSummaries) {
        if (ResourceType !== 'AWS::ApiGateway::RestApi') continue;
        urls.push(`https://${PhysicalResourceId}.execute-api.${region}.amazonaws.com/api`);
      }
    }
  }
  if (urls.length < ENVIRONMENTS.length) throw new AppError(`The stage ${stage} lacks an API`);
  return urls;
}
