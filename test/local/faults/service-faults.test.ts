import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AwsError } from '../../../local/aws.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../../local/dynamodb/engine.ts';
import type { FaultSetInput, Service } from '../../../local/faults/fault.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { callThrough } from '../../../local/faults/service-faults.ts';
import { accountId, region } from '../../../local/messaging/account.ts';
import { createMessagingEngine, type MessagingEngine } from '../../../local/messaging/engine.ts';
import { READER, startSecretsManager } from '../secrets-manager/start.ts';

describe('a call from template to template', () => {
  const call = {
    service: 'sqs',
    action: 'SendMessage',
    input: { QueueUrl: 'http://host/0/Commands' },
  } as const;
  const make = async (faultSet: FaultSetInput) => {
    const faults = new Faults();
    faults.set(faultSet);
    const proceed = vi.fn(async () => ({ MessageId: '1' }));
    const answer = await callThrough(faults, call, proceed).catch((error: unknown) => error);
    return { answer, effects: proceed.mock.calls.length, hits: faults.list().faults.map(({ hits }) => hits) };
  };

  it.each<[Service, string, number, string, number]>([
    ['cloudwatch', 'InternalServiceFault', 500, 'Throttling', 400],
    ['elasticloadbalancing', 'InternalFailure', 500, 'Throttling', 400],
    ['dynamodb', 'InternalServerError', 500, 'ProvisionedThroughputExceededException', 400],
    ['lambda', 'ServiceException', 500, 'TooManyRequestsException', 429],
    ['sns', 'InternalError', 500, 'Throttled', 429],
    ['sqs', 'ServiceUnavailable', 503, 'RequestThrottled', 400],
    ['states', 'ServiceUnavailable', 503, 'ThrottlingException', 400],
  ])(
    'to %s fails and is throttled by the names that it knows',
    async (service, fails, at, throttles, status) => {
      const faults = new Faults();
      const proceed = vi.fn(async () => ({}));
      const answer = () => callThrough(faults, { service, action: 'Any', input: {} }, proceed);
      faults.set({ faults: [{ fault: 'service-fails', service }] });
      await expect(answer()).rejects.toMatchObject({ name: fails, statusCode: at });
      faults.set({ faults: [{ fault: 'service-throttles', service }] });
      await expect(answer()).rejects.toMatchObject({ name: throttles, statusCode: status });
      expect(proceed).not.toHaveBeenCalled();
    },
  );

  it('has its effect before it fails, if that is asked for, and fails as asked for', async () => {
    const error = { name: 'Odd', status: 418 };
    const { answer, effects } = await make({
      faults: [{ fault: 'service-fails', service: 'sqs', effect: true, error }],
    });
    expect(answer).toMatchObject({ name: 'Odd', statusCode: 418 });
    expect(effects).toBe(1);
  });

  it('is late, and then has its answer', async () => {
    const begin = performance.now();
    const { answer } = await make({ faults: [{ fault: 'service-slow', service: 'sqs', ms: 50 }] });
    expect(answer).toEqual({ MessageId: '1' });
    // A timer's clock may be a millisecond ahead.
    expect(performance.now() - begin).toBeGreaterThan(48);
  });

  it('is struck by what names its service, its action and its resource', async () => {
    const fault = { fault: 'service-fails', probability: 1 } as const;
    const { answer, effects, hits } = await make({
      faults: [
        { ...fault, service: 'sns' },
        { ...fault, service: 'sqs', action: 'DeleteMessage' },
        { ...fault, service: 'sqs', resource: 'Delay' },
        { ...fault, service: 'sqs', action: 'SendMessage', resource: 'Commands' },
      ],
    });
    expect(answer).toBeInstanceOf(AwsError);
    expect({ effects, hits }).toEqual({ effects: 0, hits: [0, 0, 0, 1] });
  });

  it('of a batch is struck by the name of any of its tables', async () => {
    const faults = new Faults();
    faults.set({ faults: [{ fault: 'service-fails', service: 'dynamodb', resource: 'Events' }] });
    const batch = (table: string) =>
      callThrough(
        faults,
        { service: 'dynamodb', action: 'BatchWriteItem', input: { RequestItems: { [table]: [] } } },
        async () => ({}),
      );
    await expect(batch('blue-Events')).rejects.toThrow();
    await expect(batch('blue-Leases')).resolves.toEqual({});
  });
});

describe("a call by a function's SDK", () => {
  const faults = new Faults();
  let dynamoDb: DynamoDbEngine;
  let messaging: MessagingEngine;
  let table: DynamoDBClient;
  let sqs: SQSClient;
  let sns: SNSClient;
  const queue = { arn: '', url: '' };
  const topic = { arn: '' };

  beforeAll(async () => {
    dynamoDb = await startDynamoDb({ region, accountId, faults });
    messaging = await createMessagingEngine({ region, faults });
    const properties = {
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    };
    await dynamoDb.createTable(properties, 'things');
    Object.assign(queue, messaging.createQueue('work', {}));
    Object.assign(topic, messaging.createTopic('events'));
    messaging.subscribe(topic.arn, queue.arn, { RawMessageDelivery: 'true' });
    // Tried once more, so that it shows whether the SDK takes the error for one that passes.
    const client = { region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' }, maxAttempts: 2 };
    table = new DynamoDBClient({ ...client, endpoint: dynamoDb.endpoint });
    sqs = new SQSClient({ ...client, endpoint: messaging.endpoint });
    sns = new SNSClient({ ...client, endpoint: messaging.endpoint });
  }, 30_000);
  afterAll(async () => {
    for (const client of [table, sqs, sns]) client.destroy();
    await messaging.close();
    await dynamoDb.close();
  });
  beforeEach(() => faults.clear());

  const calls = {
    dynamodb: {
      make: (id: string) => table.send(new PutItemCommand({ TableName: 'things', Item: { id: { S: id } } })),
      took: async (id: string) => {
        const { Item } = await dynamoDb.call('GetItem', { TableName: 'things', Key: { id: { S: id } } });
        return Item !== undefined;
      },
    },
    sqs: {
      make: (body: string) => sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: body })),
      took: async (body: string) => messaging.peek(queue.arn).some((message) => message.body === body),
    },
    sns: {
      make: (text: string) => sns.send(new PublishCommand({ TopicArn: topic.arn, Message: text })),
      took: async (text: string) => messaging.peek(queue.arn).some(({ body }) => body === text),
    },
  };

  /** What is set has reached the database's own process when this ends. */
  const set = async (faultSet: FaultSetInput) => {
    faults.set(faultSet);
    await dynamoDb.call('ListTables', {});
  };

  const errors = {
    dynamodb: ['InternalServerError', 'ProvisionedThroughputExceededException'],
    sqs: ['ServiceUnavailable', 'RequestThrottled'],
    sns: ['InternalErrorException', 'ThrottledException'],
  };

  describe.each(['dynamodb', 'sqs', 'sns'] as const)('to %s', (service) => {
    const { make, took } = calls[service];
    const [fails, throttles] = errors[service];

    it('fails, and the SDK tries it again', async () => {
      await set({ faults: [{ fault: 'service-fails', service }] });
      await expect(make(`${service}-a`)).rejects.toMatchObject({ name: fails, $metadata: { attempts: 2 } });
      expect(faults.list().faults).toMatchObject([{ hits: 2 }]);
      expect(await took(`${service}-a`)).toBe(false);
      await set({ faults: [] });
      await make(`${service}-a`);
      expect(await took(`${service}-a`)).toBe(true);
    });

    it('is throttled, and the SDK tries it again', async () => {
      await set({ faults: [{ fault: 'service-throttles', service }] });
      await expect(make(`${service}-b`)).rejects.toMatchObject({
        name: throttles,
        $metadata: { attempts: 2 },
      });
      expect(await took(`${service}-b`)).toBe(false);
    });

    it('fails after its effect', async () => {
      await set({ faults: [{ fault: 'service-fails', service, effect: true }] });
      await expect(make(`${service}-c`)).rejects.toMatchObject({ name: fails });
      expect(await took(`${service}-c`)).toBe(true);
    });

    it('is late', async () => {
      await set({ faults: [{ fault: 'service-slow', service, ms: 50 }] });
      const begin = performance.now();
      await make(`${service}-d`);
      expect(performance.now() - begin).toBeGreaterThan(48);
      expect(await took(`${service}-d`)).toBe(true);
    });

    it('that is another one is left alone', async () => {
      await set({ faults: [{ fault: 'service-fails', service, action: 'Other' }] });
      await make(`${service}-e`);
      expect(faults.list().faults).toMatchObject([{ hits: 0 }]);
    });
  });

  it('that the database refuses is refused, whatever goes wrong after it', async () => {
    await set({ faults: [{ fault: 'service-fails', service: 'dynamodb', effect: true }] });
    const missing = new GetItemCommand({ TableName: 'missing', Key: { id: { S: '1' } } });
    await expect(table.send(missing)).rejects.toThrow(/resource not found/);
  });

  it('to Secrets Manager fails, and the SDK tries it again', async () => {
    const { secrets, faults: theirs, url } = await startSecretsManager();
    const secret = secrets.create('pass', { SecretString: 'word' });
    const client = new SecretsManagerClient({
      endpoint: url,
      region,
      credentials: { accessKeyId: READER, secretAccessKey: 'test' },
      maxAttempts: 2,
    });
    const read = () => client.send(new GetSecretValueCommand({ SecretId: secret }));
    theirs.set({ faults: [{ fault: 'service-fails', service: 'secrets-manager' }] });
    await expect(read()).rejects.toMatchObject({ name: 'InternalServiceError', $metadata: { attempts: 2 } });
    theirs.clear();
    expect(await read()).toMatchObject({ SecretString: 'word' });
    client.destroy();
  });
});
