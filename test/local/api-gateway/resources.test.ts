import { beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import type { CreateResource } from '../../../local/cloudformation/deploy.ts';
import type { DynamoDbEngine } from '../../../local/dynamodb/engine.ts';
import { Policies } from '../../../local/iam/policies.ts';
import { type Definitions, noDefinitions, resourceCreator } from '../../../local/resources.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';
import { ResourceTags } from '../../../local/tagging/resource-tags.ts';
import { startMessaging } from '../messaging/start.ts';

/** Nobody asks for a table. */
const dynamoDb: DynamoDbEngine = {
  endpoint: '',
  loopback: (port) => port.close(),
  createTable: () => Promise.reject(new Error('No table is created')),
  call: () => Promise.reject(new Error('No table is asked')),
  consumption: async () => [],
  close: async () => undefined,
};

const VALUE = 'twenty-characters-it-is';
const AUTHORIZER = {
  RestApiId: 'blue-Api',
  Name: 'tokens',
  Type: 'TOKEN',
  AuthorizerUri: 'arn',
  IdentitySource: 'method.request.header.Authorization',
};
const PLAN = { ApiStages: [{ ApiId: 'blue-Api', Stage: 'api' }] };
const PLAN_KEY = { KeyId: 'blue-Key', KeyType: 'API_KEY', UsagePlanId: 'blue-Plan' };

let definitions: Definitions;
let createResource: CreateResource;

beforeEach(async () => {
  definitions = noDefinitions();
  const messaging = await startMessaging();
  const engines = {
    messaging,
    dynamoDb,
    policies: new Policies(),
    secrets: new Secrets(),
    tags: new ResourceTags(),
  };
  createResource = resourceCreator(engines, definitions);
  await create('RestApi', {}, 'Api');
});

/** Creates a resource of API Gateway. */
function create(type: string, properties: JsonObject, logicalId: string) {
  const stackName = 'remote-services-dev-x-blue';
  const assets = new Map<string, string>();
  return createResource({ stackName, logicalId, type: `AWS::ApiGateway::${type}`, properties, assets });
}

const restApi = (id = 'blue-Api') => definitions.restApis.get(id);

describe('an authorizer', () => {
  test('belongs to its API', async () => {
    const created = await create('Authorizer', AUTHORIZER, 'Tokens');
    expect(created).toEqual({ ref: 'blue-Tokens', attributes: { AuthorizerId: 'blue-Tokens' } });
    expect(restApi()?.authorizers).toEqual([
      { id: 'blue-Tokens', name: 'tokens', uri: 'arn', resultTtlSeconds: 300 },
    ]);
  });

  test('has a role, an expression and a time to live if it names them', async () => {
    const more = {
      AuthorizerCredentials: 'role',
      IdentityValidationExpression: '.+',
      AuthorizerResultTtlInSeconds: 0,
    };
    await create('Authorizer', { ...AUTHORIZER, ...more }, 'Tokens');
    expect(restApi()?.authorizers).toMatchObject([
      { credentials: 'role', validationExpression: '.+', resultTtlSeconds: 0 },
    ]);
  });

  test.each<[string, JsonObject, string]>([
    ['another type', { Type: 'REQUEST' }, 'only authorizers of type TOKEN'],
    ['another source', { IdentitySource: 'method.request.header.Auth' }, 'IdentitySource: only'],
    ['what it does not read', { ProviderARNs: ['arn'] }, 'ProviderARNs'],
  ])('is refused with %s', async (_what, parts, message) => {
    await expect(create('Authorizer', { ...AUTHORIZER, ...parts }, 'Tokens')).rejects.toThrow(message);
  });
});

describe('API keys', () => {
  test('come in the header, if the API does not say that the authorizer answers them', async () => {
    expect(restApi()?.apiKeySource).toBe('HEADER');
    await create('RestApi', { ApiKeySourceType: 'AUTHORIZER' }, 'Other');
    expect(restApi('blue-Other')?.apiKeySource).toBe('AUTHORIZER');
    await expect(create('RestApi', { ApiKeySourceType: 'QUERY' }, 'Third')).rejects.toThrow('HEADER');
  });

  test.each<[string, JsonObject, string]>([
    ['no value', { Enabled: true }, 'Value: a key that API Gateway generates'],
    ['a short value', { Value: 'short' }, 'Value: API Gateway asks for 20 characters'],
    ['stages of its own', { Value: VALUE, StageKeys: [] }, 'StageKeys'],
  ])('are refused with %s', async (_what, properties, message) => {
    await expect(create('ApiKey', properties, 'Key')).rejects.toThrow(message);
  });
});

describe('a usage plan', () => {
  test('belongs to its APIs, with the keys that come later', async () => {
    await create('RestApi', {}, 'Other');
    const key = await create('ApiKey', { Value: VALUE, Enabled: true, Name: 'key' }, 'Key');
    const plan = await create(
      'UsagePlan',
      {
        ApiStages: [
          { ApiId: 'blue-Api', Stage: 'api', Throttle: {} },
          { ApiId: 'blue-Other', Stage: 'api' },
        ],
        Throttle: { RateLimit: 2.5, BurstLimit: 5 },
        Quota: { Limit: 100, Period: 'WEEK' },
      },
      'Plan',
    );
    const planKey = await create('UsagePlanKey', PLAN_KEY, 'PlanKey');
    expect([key, plan, planKey]).toEqual([
      { ref: 'blue-Key', attributes: { APIKeyId: 'blue-Key' } },
      { ref: 'blue-Plan', attributes: { Id: 'blue-Plan' } },
      { ref: 'blue-PlanKey', attributes: { Id: 'blue-PlanKey' } },
    ]);
    const [defined] = restApi()?.usagePlans ?? [];
    expect(defined).toEqual({
      id: 'blue-Plan',
      stages: [
        { apiId: 'blue-Api', stage: 'api' },
        { apiId: 'blue-Other', stage: 'api' },
      ],
      keys: [{ id: 'blue-Key', value: VALUE }],
      throttle: { rateLimit: 2.5, burstLimit: 5 },
      quota: { limit: 100, period: 'WEEK' },
    });
    expect(restApi('blue-Other')?.usagePlans[0]).toBe(defined);
  });

  test.each<JsonObject>([{ Enabled: false }, {}])('has no key that is not enabled: %j', async (enabled) => {
    await create('ApiKey', { Value: VALUE, ...enabled }, 'Key');
    await create('UsagePlan', PLAN, 'Plan');
    await create('UsagePlanKey', PLAN_KEY, 'PlanKey');
    expect(restApi()?.usagePlans).toMatchObject([{ keys: [] }]);
  });

  const stages = (parts: JsonObject) => ({ ApiStages: [{ ApiId: 'blue-Api', Stage: 'api', ...parts }] });
  test.each<[string, JsonObject, string]>([
    ['an API that is not there', stages({ ApiId: 'typo' }), 'There is no REST API typo'],
    ['limits of methods', stages({ Throttle: { '/things/GET': {} } }), 'limits of single methods'],
    ['an offset', { Quota: { Limit: 1, Period: 'DAY', Offset: 1 } }, 'Offset'],
    ['another period', { Quota: { Limit: 1, Period: 'YEAR' } }, 'Period'],
    ['a burst without a rate', { Throttle: { BurstLimit: 1 } }, 'RateLimit'],
  ])('is refused with %s', async (_what, properties, message) => {
    await expect(create('UsagePlan', properties, 'Plan')).rejects.toThrow(message);
  });

  test('is refused a key that is not there, or none', async () => {
    await create('UsagePlan', PLAN, 'Plan');
    await expect(create('UsagePlanKey', PLAN_KEY, 'PlanKey')).rejects.toThrow('There is no API key blue-Key');
    const other = { ...PLAN_KEY, KeyType: 'OTHER' };
    await expect(create('UsagePlanKey', other, 'PlanKey')).rejects.toThrow('API_KEY');
    await create('ApiKey', { Value: VALUE, Enabled: true }, 'Key');
    const lost = { ...PLAN_KEY, UsagePlanId: 'typo' };
    await expect(create('UsagePlanKey', lost, 'PlanKey')).rejects.toThrow('There is no usage plan typo');
  });
});
