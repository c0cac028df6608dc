import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { expect, onTestFinished, test } from 'vitest';
import { describeStack, executionLogs } from '../../functions/expiry/cloud.ts';

const ABSENT =
  '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code>' +
  '<Message>Stack with id dev-x does not exist</Message></Error></ErrorResponse>';

/** CloudFormation, which answers everything with this. */
async function answering(status: number, body: string): Promise<CloudFormationClient> {
  const server = createServer((_, response) => {
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const client = new CloudFormationClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    maxAttempts: 1,
  });
  onTestFinished(() => {
    client.destroy();
    server.closeAllConnections();
    server.close();
  });
  return client;
}

test('a stack that is not there is gone, and has no logs', async () => {
  const client = await answering(400, ABSENT);
  expect(await describeStack(client, 'dev-x')).toBeUndefined();
  expect(await executionLogs(client, 'dev-x')).toEqual([]);
});

test('what else goes wrong is no stack that is gone', async () => {
  const client = await answering(400, ABSENT.replace('does not exist', 'is not yours'));
  await expect(describeStack(client, 'dev-x')).rejects.toThrow('is not yours');
  await expect(executionLogs(client, 'dev-x')).rejects.toThrow('is not yours');
});

test('of a stack’s resources, the execution logs are those log groups that API Gateway names', async () => {
  const resource = ([type, id]: readonly [string, string]) =>
    `<member><ResourceType>${type}</ResourceType><PhysicalResourceId>${id}</PhysicalResourceId></member>`;
  const resources = (
    [
      ['AWS::Logs::LogGroup', 'API-Gateway-Execution-Logs_abc/api'],
      ['AWS::Logs::LogGroup', 'dev-x-blue-SendLogs'],
      ['AWS::ApiGateway::RestApi', 'abc'],
    ] as const
  ).map(resource);
  const client = await answering(
    200,
    '<ListStackResourcesResponse><ListStackResourcesResult>' +
      `<StackResourceSummaries>${resources.join('')}</StackResourceSummaries>` +
      '</ListStackResourcesResult></ListStackResourcesResponse>',
  );
  expect(await executionLogs(client, 'dev-x')).toEqual(['API-Gateway-Execution-Logs_abc/api']);
});
