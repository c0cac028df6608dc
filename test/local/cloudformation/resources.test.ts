import { describe, expect, test } from 'vitest';
import { stageConfig } from '../../../lib/stages.ts';
import { DOOR_PARAMETERS } from '../../../local/apis.ts';
import type { JsonObject } from '../../../local/aws.ts';
import { deploy } from '../../../local/cloudformation/deploy.ts';
import type { DynamoDbEngine } from '../../../local/dynamodb/engine.ts';
import { Policies } from '../../../local/iam/policies.ts';
import { TOKEN_PARAMETERS } from '../../../local/identity/token-parameters.ts';
import { accountId, region } from '../../../local/messaging/engine.ts';
import { noDefinitions, resourceCreator } from '../../../local/resources.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';
import { ResourceTags } from '../../../local/tagging/resource-tags.ts';
import { synthesise } from '../../lib/synthesis.ts';
import { startMessaging } from '../messaging/start.ts';

/** Tables that nobody asks anything. */
const dynamoDb: DynamoDbEngine = {
  endpoint: '',
  loopback: (port) => port.close(),
  createTable: async (_, name) => ({ arn: `arn:aws:dynamodb:${region}:${accountId}:table/${name}` }),
  call: () => Promise.reject(new Error('No table is asked')),
  consumption: async () => [],
  close: async () => undefined,
};

async function start() {
  const policies = new Policies();
  const definitions = noDefinitions();
  const create = resourceCreator(
    {
      messaging: await startMessaging(),
      dynamoDb,
      policies,
      secrets: new Secrets(),
      tags: new ResourceTags(),
    },
    definitions,
  );
  return { policies, definitions, create };
}

/** Creates one resource of a stack `remote-services-dev-x-blue`. */
async function create(type: string, properties: JsonObject = {}, logicalId = 'Thing') {
  const started = await start();
  const request = { stackName: 'remote-services-dev-x-blue', logicalId, type, properties, assets: new Map() };
  return { ...started, created: await started.create(request) };
}

describe('a resource', () => {
  test('is named after its stack and logical id', async () => {
    expect((await create('AWS::SQS::Queue', {}, 'Commands')).created).toEqual({
      ref: expect.stringMatching(/\/blue-Commands$/),
      attributes: {
        Arn: `arn:aws:sqs:${region}:${accountId}:blue-Commands`,
        QueueName: 'blue-Commands',
        QueueUrl: expect.stringMatching(/\/blue-Commands$/),
      },
    });
    expect((await create('AWS::SNS::Topic', {}, 'Events')).created.ref).toBe(
      `arn:aws:sns:${region}:${accountId}:blue-Events`,
    );
    expect((await create('AWS::IAM::Role', {}, 'SendRole')).created).toEqual({
      ref: 'blue-SendRole',
      attributes: { Arn: `arn:aws:iam::${accountId}:role/blue-SendRole` },
    });
  });

  test('without behaviour is there for those that refer to it', async () => {
    expect((await create('AWS::Logs::LogGroup', {}, 'SendLogs')).created).toMatchObject({
      ref: 'blue-SendLogs',
      attributes: { Arn: expect.stringContaining('blue-SendLogs') },
    });
  });

  test('a role’s inline policies count, and those attached to it', async () => {
    const statement = { Effect: 'Allow', Action: 'sns:Publish', Resource: 'arn:topic' };
    const PolicyDocument = { Version: '2012-10-17', Statement: [statement] };
    const inline = await create(
      'AWS::IAM::Role',
      { Policies: [{ PolicyName: 'p', PolicyDocument }] },
      'Role',
    );
    const attached = await create('AWS::IAM::Policy', { Roles: ['blue-Role'], PolicyDocument }, 'Policy');
    for (const { policies } of [inline, attached]) {
      expect(() => policies.check('arn:aws:iam::1:role/blue-Role', 'sns:Publish', 'arn:topic')).not.toThrow();
      expect(() => policies.check('arn:aws:iam::1:role/blue-Role', 'sns:Publish', 'arn:other')).toThrow();
    }
  });
});

describe('an error names the resource', () => {
  test.each<[string, JsonObject, RegExp]>([
    ['AWS::EC2::Instance', {}, /^Thing is of type AWS::EC2::Instance, which the local stage does not know$/],
    ['Custom::Thing', {}, /^Thing is of type Custom::Thing, which the local stage does not know$/],
    ['AWS::SNS::Topic', { TopicName: '{{resolve:ssm:/name}}' }, /^Thing \(AWS::SNS::Topic\): .*resolve:ssm/],
    ['AWS::SQS::Queue', { FifoQueue: true }, /^Thing \(AWS::SQS::Queue\): /],
    ['AWS::SNS::Subscription', { Protocol: 'email' }, /^Thing \(AWS::SNS::Subscription\): .*email/],
    [
      'AWS::ApiGateway::Resource',
      { RestApiId: 'typo' },
      /^Thing \(AWS::ApiGateway::Resource\): There is no REST API typo$/,
    ],
    ['AWS::Events::Rule', { EventPattern: { source: [{ cidr: '10.0.0.0/8' }] } }, /cidr.* at source$/],
    [
      'AWS::CloudWatch::Alarm',
      { Threshold: 1, EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanUpperThreshold' },
      /ComparisonOperator/,
    ],
    [
      'AWS::IAM::Policy',
      { Roles: ['r'], PolicyDocument: { Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] } },
      /^Thing \(AWS::IAM::Policy\): .*does not understand/,
    ],
    [
      'AWS::Lambda::Function',
      { Code: { S3Key: 'gone.zip' }, Handler: 'index.handler', Role: 'r' },
      /^Thing \(AWS::Lambda::Function\): its code is not among the assets$/,
    ],
  ])('%s with %j', async (type, properties, message) => {
    await expect(create(type, properties)).rejects.toThrow(message);
  });
});

test.each([
  { ...stageConfig('dev-x'), name: 'dev-x' },
  stageConfig('dev-iot', { broker: 'iot-core' }),
  { ...stageConfig('prod'), name: 'prod' },
  { ...stageConfig('int'), environments: ['blue', 'green'] as const },
])('every resource of $name is known, with environments $environments', async (config) => {
  const { definitions, create } = await start();
  const { stacks } = synthesise(config);
  const parameters = {
    ...TOKEN_PARAMETERS,
    ...DOOR_PARAMETERS,
    BrokerRoleArn: 'arn:aws:iam::000000000000:role/broker',
    BrokerUrl: 'https://broker/api/v5',
    IotDataEndpoint: 'iot.localhost',
    SubscriberUrl: 'https://subscriber',
  };
  const outputs = await deploy(stacks, { region, accountId, create, parameters });
  expect(outputs.size).toBe(stacks.length);
  expect(definitions.stateMachines.size).toBe(
    1 +
      2 * config.environments.length +
      (config.environments.length > 1 ? 1 : 0) +
      (config.broker === 'mock' ? 2 : 0),
  );
  for (const { definition } of definitions.stateMachines.values()) expect(definition).not.toMatch(/\$\{/);
});
