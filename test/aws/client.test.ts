import type { IncomingHttpHeaders } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInThisContext } from 'node:vm';
import * as cloudFormation from '@aws-sdk/client-cloudformation';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as dynamoDb from '@aws-sdk/client-dynamodb';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import * as iot from '@aws-sdk/client-iot-data-plane';
import * as secrets from '@aws-sdk/client-secrets-manager';
import * as sfn from '@aws-sdk/client-sfn';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { awsClient } from '../../functions/aws/client.ts';
import { startPeer } from '../peer.ts';

const REGION = 'eu-central-1';
const KEY = 'AKIDTEST';

beforeEach(() => {
  vi.stubEnv('AWS_REGION', REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEY);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_SESSION_TOKEN', 'session');
});
afterEach(() => void vi.unstubAllEnvs());

test('a clock that is wrong is corrected by what AWS answers', async () => {
  const came = await startAws([403]);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2025-12-03T10:00:00.000Z') });
  onTestFinished(() => void vi.useRealTimers());
  await awsClient(dynamoDb.DynamoDBClient, 'dynamodb')
    .send(getItem())
    .catch(() => {});
  expect(came.map((headers) => String(headers['x-amz-date']).startsWith('20251203'))).toEqual([true, false]);
});

/** Starts something that answers like AWS, and points the SDK at it. @returns the headers of what came */
async function startAws(statuses: number[] = []): Promise<IncomingHttpHeaders[]> {
  const came: IncomingHttpHeaders[] = [];
  const { url } = await startPeer((request, response) => {
    came.push(request.headers);
    request.resume();
    response.writeHead(statuses.shift() ?? 200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  vi.stubEnv('AWS_ENDPOINT_URL', new URL(url).origin);
  return came;
}

const getItem = () => new GetItemCommand({ TableName: 'events', Key: { pk: { S: 'one' } } });

/** Of each service, our client and the SDK's own, and a call. */
const CLIENTS = [
  {
    service: 'dynamodb',
    clients: () => [awsClient(dynamoDb.DynamoDBClient, 'dynamodb'), new dynamoDb.DynamoDBClient()],
    command: getItem(),
  },
  {
    service: 'sqs',
    clients: () => [awsClient(sqs.SQSClient, 'sqs'), new sqs.SQSClient({ md5: false })],
    command: new sqs.ListQueuesCommand(),
  },
  {
    service: 'sns',
    clients: () => [awsClient(sns.SNSClient, 'sns'), new sns.SNSClient()],
    command: new sns.PublishCommand({ TopicArn: 'arn', Message: 'ä🚗' }),
  },
  {
    service: 'states',
    clients: () => [awsClient(sfn.SFNClient, 'states'), new sfn.SFNClient()],
    command: new sfn.DescribeExecutionCommand({ executionArn: 'arn' }),
  },
  {
    service: 'secretsmanager',
    clients: () => [
      awsClient(secrets.SecretsManagerClient, 'secretsmanager'),
      new secrets.SecretsManagerClient(),
    ],
    command: new secrets.GetSecretValueCommand({ SecretId: 'secret' }),
  },
  {
    service: 'iotdata',
    clients: () => [awsClient(iot.IoTDataPlaneClient, 'iotdata'), new iot.IoTDataPlaneClient()],
    command: new iot.PublishCommand({ topic: 'v2/vehicles/one', qos: 1, payload: Buffer.from('{}') }),
  },
  {
    service: 'monitoring',
    clients: () => [awsClient(cloudWatch.CloudWatchClient, 'monitoring'), new cloudWatch.CloudWatchClient()],
    command: new cloudWatch.DescribeAlarmsCommand(),
  },
  {
    service: 'cloudformation',
    clients: () => [
      awsClient(cloudFormation.CloudFormationClient, 'cloudformation'),
      new cloudFormation.CloudFormationClient(),
    ],
    command: new cloudFormation.DescribeStacksCommand(),
  },
];

describe.each(CLIENTS)('$service', ({ service, clients, command }) => {
  /** What either client does when it sends is a matter of its own service's types. */
  const send = (client: unknown) =>
    // An empty answer is not what every service answers; the request has come by then.
    Promise.resolve(Reflect.apply(Reflect.get(Object(client), 'send'), client, [command])).catch(() => {});

  test('our client signs the same headers for the same service as the SDK’s own does', async () => {
    const firstRequestOf = async (which: number) => {
      const came = await startAws();
      await send(clients()[which]);
      return came[0] ?? expect.unreachable();
    };
    const signed = ({ authorization = '' }: IncomingHttpHeaders) =>
      /Credential=(\S+)\/\d{8}\/(\S+), SignedHeaders=(\S+),/.exec(authorization)?.slice(1);
    const ours = await firstRequestOf(0);
    expect(signed(ours)).toEqual(signed(await firstRequestOf(1)));
    expect(signed(ours)?.slice(0, 2)).toEqual([KEY, `${REGION}/${service}/aws4_request`]);
    expect(ours).toMatchObject({
      'x-amz-security-token': 'session',
      authorization: expect.stringMatching(/Signature=[0-9a-f]{64}$/),
    });
  });

  test('REQUEST_SIGNING=none says who calls, without a signature', async () => {
    vi.stubEnv('REQUEST_SIGNING', 'none');
    const came = await startAws();
    await send(clients()[0]);
    expect(came[0]).toMatchObject({
      'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
      authorization: expect.stringMatching(
        `^AWS4-HMAC-SHA256 Credential=${KEY}/\\d{8}/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=none$`,
      ),
    });
  });
});

test.each(CLIENTS)('the settings of the client of $service are quick to copy', ({ clients }) => {
  // What V8 calls fast is no dictionary. Its own functions cannot be written in this file's syntax.
  setFlagsFromString('--allow-natives-syntax');
  const isFast = runInThisContext('(object) => %HasFastProperties(object)');
  const [ours] = clients();
  expect(isFast(ours?.config)).toBe(true);
});

test('nothing leaves this machine without a signature', async () => {
  vi.stubEnv('REQUEST_SIGNING', 'none');
  const client = awsClient(dynamoDb.DynamoDBClient, 'dynamodb');
  await expect(client.send(getItem())).rejects.toThrow(
    'REQUEST_SIGNING=none is for endpoints on this machine, not for dynamodb.eu-central-1.amazonaws.com: remove it',
  );
});

test('a call that fails is tried three times, or as often as the caller says', async () => {
  const came = await startAws([500, 500, 500]);
  await awsClient(dynamoDb.DynamoDBClient, 'dynamodb')
    .send(getItem())
    .catch(() => {});
  expect(came).toHaveLength(3);
  const once = await startAws([500]);
  await awsClient(dynamoDb.DynamoDBClient, 'dynamodb', { maxAttempts: 1 })
    .send(getItem())
    .catch(() => {});
  expect(once).toHaveLength(1);
});

test('the same kind of call can be made again, for something else', async () => {
  const bodies: string[] = [];
  const { url } = await startPeer(async (request, response) => {
    const chunks = await request.toArray();
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
  });
  vi.stubEnv('AWS_ENDPOINT_URL', new URL(url).origin);
  const client = awsClient(dynamoDb.DynamoDBClient, 'dynamodb');
  const get = (pk: string) =>
    client.send(new GetItemCommand({ TableName: 'events', Key: { pk: { S: pk } } }));
  await get('one');
  await Promise.all([get('two'), get('three')]);
  expect(bodies.map((body) => JSON.parse(body).Key.pk.S).toSorted()).toEqual(['one', 'three', 'two']);
});

test('no region is a clear error', () => {
  vi.stubEnv('AWS_REGION', undefined);
  expect(() => awsClient(dynamoDb.DynamoDBClient, 'dynamodb')).toThrow('AWS_REGION is missing');
});
