import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { BUNDLE_OPTIONS } from '../../../lib/bundle.ts';
import { AwsError, type JsonObject } from '../../../local/aws.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';
import { type Endpoint, startEndpoint } from '../../../local/endpoint.ts';
import type { FaultSetInput, Service } from '../../../local/faults/fault.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { Policies } from '../../../local/iam/policies.ts';
import { createLambdaFunction, type LambdaFunction } from '../../../local/lambda/function.ts';
import type { ConnectLoopback } from '../../../local/loopback.ts';
import { accountId, region } from '../../../local/messaging/account.ts';
import { createMessagingEngine, type MessagingEngine } from '../../../local/messaging/engine.ts';
import { startSecretsManagerEndpoint } from '../../../local/secrets-manager/endpoint.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';

/** A function that makes one call of the SDK, by clients as those of the product, and answers what came of it. */
const CALLER = `
  import * as dynamodb from '@aws-sdk/client-dynamodb';
  import * as secretsManager from '@aws-sdk/client-secrets-manager';
  import * as states from '@aws-sdk/client-sfn';
  import * as sns from '@aws-sdk/client-sns';
  import * as sqs from '@aws-sdk/client-sqs';
  import http from 'node:http';
  import { text } from 'node:stream/consumers';
  import { awsClient } from './functions/aws/client.ts';

  const modules = { dynamodb, secretsManager, sns, sqs, states };
  const Clients = {
    dynamodb: dynamodb.DynamoDBClient,
    secretsManager: secretsManager.SecretsManagerClient,
    sns: sns.SNSClient,
    sqs: sqs.SQSClient,
    states: states.SFNClient,
  };
  const clients = {};

  export const handler = async ({ raw, ...call }) => (raw === undefined ? sdkCall(call) : httpRequest(raw));

  const httpRequest = ({ url, options, body }) =>
    new Promise((resolve) => {
      const request = http.request(...url, options, async (response) =>
        resolve({ status: response.statusCode, body: await text(response) }),
      );
      request.on('error', ({ code }) => resolve({ code }));
      request.end(body);
    });

  const sdkCall = async ({ service, action, input, settings = {}, abortAfterMs }) => {
    const own = JSON.stringify([service, settings]);
    clients[own] ??= awsClient(Clients[service], service, { maxAttempts: 1, ...settings });
    const abortSignal = abortAfterMs === undefined ? undefined : AbortSignal.timeout(abortAfterMs);
    try {
      const command = new modules[service][action + 'Command'](input);
      const { $metadata, ...output } = await clients[own].send(command, { abortSignal });
      return { output, status: $metadata.httpStatusCode };
    } catch (error) {
      const { name, message, code, Item, $metadata = {} } = error;
      return { error: { name, message, code, Item, status: $metadata.httpStatusCode, attempts: $metadata.attempts } };
    }
  };
`;

/** Where nothing listens: a call that is answered has not taken the network. */
const CLOSED = { dynamodb: 1, messaging: 2, states: 3, secretsManager: 4 };

let codeDir: string;
let dynamoDb: DynamoDbEngine;
let messaging: MessagingEngine;
let states: Endpoint;
let secretsManager: Endpoint;
/** What Step Functions does with a call. */
const execute = vi.fn<(call: { action: string; input: JsonObject; role: string }) => Promise<JsonObject>>();
const faults = new Faults();
const secrets = new Secrets();
let queueArn: string;
let topicArn: string;
const functions: LambdaFunction[] = [];

function startCaller(
  urls: Record<keyof typeof CLOSED, string>,
  engines: ReadonlyMap<number, ConnectLoopback>,
) {
  const definition = {
    name: 'Caller',
    codeDir,
    handler: 'index.handler',
    environment: {
      AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.secretsManager,
      AWS_ENDPOINT_URL_SFN: urls.states,
      AWS_ENDPOINT_URL_SNS: urls.messaging,
      AWS_ENDPOINT_URL_SQS: urls.messaging,
    },
    timeoutSeconds: 20,
    memoryMb: 128,
    role: 'arn:aws:iam::000000000000:role/caller',
    maxConcurrency: 1,
  };
  const lambda = createLambdaFunction(definition, () => undefined, ofFunctions, engines);
  functions.push(lambda);
  return lambda;
}

/** What strikes invocations. */
const ofFunctions = new Faults();

let overHttp: LambdaFunction;
let throughPorts: LambdaFunction;
const startThroughPorts = () =>
  startCaller(
    {
      dynamodb: `http://127.0.0.1:${CLOSED.dynamodb}`,
      messaging: `http://127.0.0.1:${CLOSED.messaging}`,
      states: `http://states.localhost:${CLOSED.states}`,
      secretsManager: `http://secretsmanager.localhost:${CLOSED.secretsManager}`,
    },
    new Map([
      [CLOSED.dynamodb, dynamoDb.loopback],
      [CLOSED.messaging, messaging.loopback],
      [CLOSED.states, states.loopback],
      [CLOSED.secretsManager, secretsManager.loopback],
    ]),
  );

beforeAll(async () => {
  codeDir = mkdtempSync(join(tmpdir(), 'lambda-test-'));
  const built = buildSync({
    ...BUNDLE_OPTIONS,
    stdin: { contents: CALLER, resolveDir: join(import.meta.dirname, '../../..'), loader: 'ts' },
    write: false,
  });
  writeFileSync(join(codeDir, 'index.mjs'), built.outputFiles[0]?.text ?? '');

  dynamoDb = await startDynamoDb({ region, accountId, faults });
  const keys = {
    AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  };
  await dynamoDb.createTable(keys, 'things');
  messaging = await createMessagingEngine({ region, faults });
  queueArn = messaging.createQueue('work', {}).arn;
  topicArn = messaging.createTopic('events').arn;
  messaging.subscribe(topicArn, queueArn, { RawMessageDelivery: 'true' });
  const policies = new Policies();
  const roleOf = (accessKeyId: string) => (accessKeyId === 'Caller' ? 'role/caller' : '');
  policies.attach('caller', {
    Statement: [
      {
        Effect: 'Allow',
        Action: 'secretsmanager:GetSecretValue',
        Resource: secrets.create('mine', { SecretString: 'ä🚗' }),
      },
    ],
  });
  secrets.create('other', { SecretString: 'other' });
  secretsManager = await startSecretsManagerEndpoint({ secrets, policies, faults }, roleOf);
  states = await startEndpoint({ service: 'states', version: '1.0', roleOf, call: execute });

  throughPorts = startThroughPorts();
  overHttp = startCaller(
    {
      dynamodb: dynamoDb.endpoint,
      messaging: messaging.endpoint,
      states: states.url,
      secretsManager: secretsManager.url,
    },
    new Map(),
  );
  await Promise.all(functions.map((lambda) => lambda.warm()));
}, 60_000);

afterAll(async () => {
  await Promise.all(functions.map((lambda) => lambda.stop()));
  await Promise.all([dynamoDb, messaging, states, secretsManager].map((engine) => engine.close()));
  rmSync(codeDir, { recursive: true });
});

beforeEach(async () => {
  execute.mockReset();
  await set({ faults: [] });
});

/** What is set has reached the database's thread when this ends. */
async function set(faultSet: FaultSetInput): Promise<void> {
  faults.set(faultSet);
  await dynamoDb.call('ListTables', {});
}

interface Answer {
  readonly output?: JsonObject;
  readonly error?: JsonObject;
  readonly status?: number;
}

async function answerOf(lambda: LambdaFunction, event: JsonObject): Promise<Answer> {
  const result = await lambda.invoke(event);
  if (!result.ok) throw new Error(`${result.errorType}: ${result.errorMessage}`);
  return result.payload as Answer;
}

/** An answer without what differs from call to call: ids, and where the queue is. */
const comparable = (answer: Answer): unknown =>
  JSON.parse(
    JSON.stringify(answer)
      .replaceAll(/[\da-f]{8}-[\da-f-]{27}/g, '<id>')
      .replaceAll(/127\.0\.0\.1:\d+/g, '<host>'),
  );

const queueUrlFor = (lambda: LambdaFunction): string =>
  `${lambda === overHttp ? messaging.endpoint : `http://127.0.0.1:${CLOSED.messaging}`}/000000000000/work`;

/** The same call on both ways. */
async function both(service: string, action: string, input: JsonObject): Promise<Answer> {
  const [direct, http] = await Promise.all(
    [throughPorts, overHttp].map((lambda) => {
      const own = input.QueueUrl === 'work' ? { ...input, QueueUrl: queueUrlFor(lambda) } : input;
      return answerOf(lambda, { service, action, input: own });
    }),
  );
  expect(comparable(direct as Answer)).toEqual(comparable(http as Answer));
  return direct as Answer;
}

describe('a call of the SDK has the same answer as over HTTP:', () => {
  const car = { id: { S: 'car' }, name: { S: 'ä🚗' }, tags: { SS: ['a', 'b'] }, nothing: { NULL: true } };

  test('DynamoDB', async () => {
    const TableName = 'things';
    const Key = { id: { S: 'car' } };
    expect(await both('dynamodb', 'PutItem', { TableName, Item: car })).toEqual({ output: {}, status: 200 });
    expect(await both('dynamodb', 'GetItem', { TableName, Key })).toEqual({
      output: { Item: car },
      status: 200,
    });
    const refused = { TableName, Item: car, ConditionExpression: 'attribute_not_exists(id)' };
    expect(
      await both('dynamodb', 'PutItem', { ...refused, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
    ).toMatchObject({ error: { name: 'ConditionalCheckFailedException', Item: car, status: 400 } });
    const written = { RequestItems: { things: [{ PutRequest: { Item: { id: { S: 'other' } } } }] } };
    expect(await both('dynamodb', 'BatchWriteItem', written)).toMatchObject({ status: 200 });
    expect(await both('dynamodb', 'Scan', { TableName })).toMatchObject({ output: { Count: 2 } });
    expect(await both('dynamodb', 'GetItem', { TableName: 'none', Key })).toMatchObject({
      error: { name: 'ResourceNotFoundException', status: 400 },
    });
    expect(await both('dynamodb', 'GetItem', { TableName, Key: { no: { S: 'key' } } })).toMatchObject({
      error: { name: 'ValidationException' },
    });
    expect(await both('dynamodb', 'ListBackups', {})).toMatchObject({
      error: { name: 'UnknownOperationException' },
    });
  });

  test('SQS', async () => {
    const QueueUrl = 'work';
    const text = 'ä🚗';
    const sent = await both('sqs', 'SendMessage', { QueueUrl, MessageBody: text, DelaySeconds: 0 });
    expect(sent).toMatchObject({ output: { MessageId: expect.any(String) }, status: 200 });
    const Entries: JsonObject[] = [
      { Id: 'a', MessageBody: text, MessageAttributes: { n: { DataType: 'Number', StringValue: '1' } } },
      { Id: 'b', MessageBody: 'later', DelaySeconds: 900 },
    ];
    expect(await both('sqs', 'SendMessageBatch', { QueueUrl, Entries })).toMatchObject({
      output: { Successful: [{ Id: 'a' }, { Id: 'b' }] },
    });
    expect(messaging.depth(queueArn)).toEqual({ visible: 4, inFlight: 0, delayed: 2 });
    const received = await both('sqs', 'ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 1 });
    const messages = received.output?.Messages as { ReceiptHandle: string }[];
    const visibility = {
      QueueUrl: queueUrlFor(throughPorts),
      ReceiptHandle: messages[0]?.ReceiptHandle ?? '',
      VisibilityTimeout: 0,
    };
    const show = { service: 'sqs', action: 'ChangeMessageVisibility', input: visibility };
    expect(await answerOf(throughPorts, show)).toEqual({ output: {}, status: 200 });
    expect(messaging.depth(queueArn)).toEqual({ visible: 3, inFlight: 1, delayed: 2 });
    expect(await both('sqs', 'ChangeMessageVisibility', { ...visibility, QueueUrl })).toMatchObject({
      error: { name: expect.stringContaining('NotInflight'), status: 400 },
    });
    for (const [input, name] of [
      [{ QueueUrl, MessageBody: 'x', DelaySeconds: 901 }, 'InvalidParameterValue'],
      [{ QueueUrl, MessageBody: 'x'.repeat(262_145) }, 'InvalidParameterValue'],
    ] as const) {
      expect(await both('sqs', 'SendMessage', input)).toMatchObject({
        error: { name: expect.stringContaining(name), status: 400 },
      });
    }
    const host = `http://127.0.0.1:${CLOSED.messaging}`;
    const missing = { QueueUrl: `${host}/000000000000/none`, MessageBody: 'x' };
    expect(
      await answerOf(throughPorts, { service: 'sqs', action: 'SendMessage', input: missing }),
    ).toMatchObject({
      error: { name: expect.stringContaining('QueueDoesNotExist'), status: 400 },
    });
  });

  test('SNS', async () => {
    const MessageAttributes = { status: { DataType: 'String', StringValue: 'CREATED' } };
    expect(
      await both('sns', 'Publish', { TopicArn: topicArn, Message: 'a & b=ä🚗', MessageAttributes }),
    ).toMatchObject({ output: { MessageId: expect.any(String) } });
    const delivered = messaging.peek(queueArn).filter(({ body }) => body === 'a & b=ä🚗');
    expect(delivered).toHaveLength(2);
    expect(delivered[0]?.messageAttributes).toEqual({
      status: { dataType: 'String', stringValue: 'CREATED' },
    });
    expect(await both('sns', 'Publish', { TopicArn: `${topicArn}-none`, Message: 'x' })).toMatchObject({
      error: { name: 'NotFoundException', status: 404 },
    });
  });

  test('Step Functions', async () => {
    execute.mockImplementation(async ({ input, role }) => ({
      executionArn: 'arn:x',
      startDate: 1_700_000_000.5,
      stopDate: 1_700_000_001,
      status: 'SUCCEEDED',
      output: JSON.stringify({ input: input.input, role }),
    }));
    const input = {
      stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:M',
      input: '"ä🚗"',
    };
    expect(await both('states', 'StartSyncExecution', input)).toMatchObject({
      output: {
        status: 'SUCCEEDED',
        output: '{"input":"\\"ä🚗\\"","role":"role/caller"}',
        startDate: '2023-11-14T22:13:20.500Z',
      },
    });
    execute.mockRejectedValue(new AwsError('StateMachineDoesNotExist', 'no such machine'));
    expect(await both('states', 'StartSyncExecution', input)).toMatchObject({
      error: { name: 'StateMachineDoesNotExist', message: 'no such machine', status: 400 },
    });
    execute.mockRejectedValue(new TypeError('a fault of the stage'));
    expect(await both('states', 'StartSyncExecution', input)).toMatchObject({
      error: { message: 'TypeError: a fault of the stage', status: 500 },
    });
  });

  test('Secrets Manager', async () => {
    expect(await both('secretsManager', 'GetSecretValue', { SecretId: 'mine' })).toMatchObject({
      output: { SecretString: 'ä🚗' },
    });
    expect(await both('secretsManager', 'GetSecretValue', { SecretId: 'other' })).toMatchObject({
      error: { name: 'AccessDeniedException', message: expect.stringContaining('role/caller') },
    });
  });
});

describe.each<[string, Service, string, JsonObject, (seen: string) => Promise<boolean>]>([
  [
    'dynamodb',
    'dynamodb',
    'PutItem',
    { TableName: 'things', Item: { id: { S: 'TEXT' } } },
    async (seen) =>
      'Item' in (await dynamoDb.call('GetItem', { TableName: 'things', Key: { id: { S: seen } } })),
  ],
  [
    'sqs',
    'sqs',
    'SendMessage',
    { QueueUrl: 'work', MessageBody: 'TEXT' },
    async (seen) => messaging.peek(queueArn).some(({ body }) => body === seen),
  ],
])('a fault of %s', (service, named, action, template, took) => {
  const inputOf = (text: string): JsonObject => JSON.parse(JSON.stringify(template).replace('TEXT', text));

  test('strikes before the effect', async () => {
    await set({ faults: [{ fault: 'service-fails', service: named }] });
    expect(await both(service, action, inputOf('not done'))).toMatchObject({
      error: { status: expect.toSatisfy((status: number) => status >= 500) },
    });
    expect(await took('not done')).toBe(false);
    expect(faults.list().faults).toMatchObject([{ hits: 2 }]);
  });

  test('strikes after it', async () => {
    await set({ faults: [{ fault: 'service-fails', service: named, effect: true }] });
    expect(await both(service, action, inputOf('done'))).toHaveProperty('error');
    expect(await took('done')).toBe(true);
  });

  test('throttles', async () => {
    await set({ faults: [{ fault: 'service-throttles', service: named }] });
    expect(await both(service, action, inputOf('throttled'))).toMatchObject({ error: { status: 400 } });
    expect(await took('throttled')).toBe(false);
  });

  test('makes it late', async () => {
    await set({ faults: [{ fault: 'service-slow', service: named, ms: 1 }] });
    expect(await both(service, action, inputOf('late'))).toMatchObject({ status: 200 });
    expect(faults.list().faults).toMatchObject([{ hits: 2 }]);
    expect(await took('late')).toBe(true);
  });
});

test('faults of SNS and Secrets Manager strike, too, and the SDK tries again', async () => {
  await set({
    faults: (['sns', 'secrets-manager'] as const).map((service) => ({ fault: 'service-fails', service })),
  });
  const settings = { maxAttempts: 2 };
  for (const [service, action, input] of [
    ['sns', 'Publish', { TopicArn: topicArn, Message: 'never' }],
    ['secretsManager', 'GetSecretValue', { SecretId: 'mine' }],
  ] as const) {
    expect(await answerOf(throughPorts, { service, action, input, settings })).toMatchObject({
      error: { status: 500, attempts: 2 },
    });
  }
  expect(faults.list().faults).toMatchObject([{ hits: 2 }, { hits: 2 }]);
});

describe('a call that is not answered', () => {
  const input = { stateMachineArn: 'arn:aws:states:eu-central-1:000000000000:stateMachine:M' };
  const unanswered = { service: 'states', action: 'StartSyncExecution', input };

  test.each([
    ['the caller breaks it off', { abortAfterMs: 50 }, 'AbortError'],
    [
      'the client’s time-out ends it',
      { settings: { requestHandler: { requestTimeout: 50, throwOnRequestTimeout: true } } },
      'TimeoutError',
    ],
    ['silence ends it', { settings: { requestHandler: { socketTimeout: 50 } } }, 'TimeoutError'],
  ])('%s, and the next one is answered', async (_what, how, name) => {
    const late = Promise.withResolvers<JsonObject>();
    execute.mockReturnValueOnce(late.promise);
    expect(await answerOf(throughPorts, { ...unanswered, ...how })).toMatchObject({ error: { name } });
    // Nobody waits for this one any more.
    late.resolve({ status: 'SUCCEEDED', executionArn: 'late' });
    execute.mockResolvedValue({ status: 'SUCCEEDED', executionArn: 'next' });
    expect(await answerOf(throughPorts, { ...unanswered, ...how })).toMatchObject({
      output: { executionArn: 'next' },
    });
  });

  test('needs no connection, which a client may not wait long for', async () => {
    const late = Promise.withResolvers<JsonObject>();
    execute.mockReturnValue(late.promise);
    const settings = { requestHandler: { connectionTimeout: 1 } };
    const calling = answerOf(throughPorts, { ...unanswered, settings });
    await vi.waitFor(() => expect(execute).toHaveBeenCalled());
    await answerOf(overHttp, {
      service: 'secretsManager',
      action: 'GetSecretValue',
      input: { SecretId: 'mine' },
    });
    late.resolve({ status: 'SUCCEEDED' });
    expect(await calling).toMatchObject({ output: { status: 'SUCCEEDED' } });
  });

  test('of a function that is killed meanwhile disturbs nobody', async () => {
    const killed = startThroughPorts();
    await killed.warm();
    const late = Promise.withResolvers<JsonObject>();
    execute.mockReturnValueOnce(late.promise);
    const invoking = killed.invoke(unanswered);
    await vi.waitFor(() => expect(execute).toHaveBeenCalled());
    await killed.stop();
    expect(await invoking).toMatchObject({ ok: false, errorType: 'Sandbox.Stopped' });
    late.resolve({ status: 'SUCCEEDED' });
    execute.mockResolvedValue({ status: 'SUCCEEDED', executionArn: 'next' });
    expect(await answerOf(throughPorts, unanswered)).toMatchObject({ output: { executionArn: 'next' } });
  });
});

describe('a request that is none of the SDK’s', () => {
  const raw = (lambda: LambdaFunction, url: string[], options: JsonObject, body = '') =>
    answerOf(lambda, { raw: { url, options, body } });
  const toQueue = {
    host: '127.0.0.1',
    port: CLOSED.messaging,
    headers: { 'X-Amz-Target': 'AmazonSQS.SendMessage', 'Content-Type': 'application/x-amz-json-1.0' },
    method: 'POST',
  };

  test.each(['{', '[', '5', 'null', '{"QueueUrl":5}', ''])('to an engine is answered: %j', async (body) => {
    const { status } = await raw(throughPorts, [], toQueue, body);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  test.each(['{', '5', 'null', '[]', ''])('to the database is answered: %j', async (body) => {
    const options = { ...toQueue, port: CLOSED.dynamodb, headers: { 'x-amz-target': 'DynamoDB_1.PutItem' } };
    expect(await raw(throughPorts, [], options, body)).toMatchObject({ status: 400 });
  });

  test('to another host takes the network, in whichever form it is made', async () => {
    const server = createServer((request, response) => response.end(`${request.method} ${request.url}`));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const method = 'PUT';
    const answer = { status: 200, body: 'PUT /a' };
    expect(await raw(throughPorts, [], { host: '127.0.0.1', port, path: '/a', method })).toEqual(answer);
    expect(await raw(throughPorts, [`http://127.0.0.1:${port}/a`], { method })).toEqual(answer);
  });

  test('to another machine takes it, whatever its port is', async () => {
    const { code } = (await raw(throughPorts, [], { ...toQueue, host: 'sqs.invalid' })) as { code?: string };
    expect(code).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/);
  });
});
