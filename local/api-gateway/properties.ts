import * as z from 'zod';
import type { JsonObject } from '../aws.ts';
import type { ApiKey, ApiKeySource, AuthorizerDefinition, UsagePlanDefinition } from './definition.ts';

/** Of CloudFormation: what clients are asked for, as properties of resources. A property not read here is refused. */

const Authorizer = z.strictObject({
  RestApiId: z.string(),
  Name: z.string(),
  Type: z.literal('TOKEN', { error: 'Type: only authorizers of type TOKEN run on the local stage' }),
  /** For OpenAPI documents only. */
  AuthType: z.string().optional(),
  AuthorizerUri: z.string(),
  AuthorizerCredentials: z.string().optional(),
  IdentitySource: z.literal('method.request.header.Authorization', {
    error: 'IdentitySource: only method.request.header.Authorization is read on the local stage',
  }),
  IdentityValidationExpression: z.string().optional(),
  // CloudFormation's default.
  AuthorizerResultTtlInSeconds: z.number().default(300),
});

export function authorizerDefinition(id: string, properties: JsonObject): AuthorizerDefinition {
  const parsed = Authorizer.parse(properties);
  return {
    id,
    name: parsed.Name,
    uri: parsed.AuthorizerUri,
    credentials: parsed.AuthorizerCredentials,
    validationExpression: parsed.IdentityValidationExpression,
    resultTtlSeconds: parsed.AuthorizerResultTtlInSeconds,
  };
}

const KeySource = z.enum(['HEADER', 'AUTHORIZER']).default('HEADER');

/** From the properties of a REST API. */
export function apiKeySource({ ApiKeySourceType }: JsonObject): ApiKeySource {
  return KeySource.parse(ApiKeySourceType);
}

const EndpointConfiguration = z
  .looseObject({ Types: z.array(z.enum(['REGIONAL', 'EDGE', 'PRIVATE'])).default([]) })
  .default({ Types: [] });

/** From the properties of a REST API: whether only endpoints lead to it. */
export const isPrivate = (properties: JsonObject): boolean =>
  EndpointConfiguration.parse(properties.EndpointConfiguration).Types.includes('PRIVATE');

const Key = z.strictObject({
  CustomerId: z.string().optional(),
  Description: z.string().optional(),
  // CloudFormation's default; that of the CDK is true.
  Enabled: z.boolean().default(false),
  GenerateDistinctId: z.boolean().optional(),
  Name: z.string().optional(),
  Tags: z.array(z.json()).optional(),
  Value: z
    .string({ error: 'Value: a key that API Gateway generates would be known to nobody on the local stage' })
    .min(20, { error: 'Value: API Gateway asks for 20 characters at least' }),
});

export interface ApiKeyDefinition extends ApiKey {
  readonly enabled: boolean;
}

export function apiKeyDefinition(id: string, properties: JsonObject): ApiKeyDefinition {
  const { Value, Enabled } = Key.parse(properties);
  return { id, value: Value, enabled: Enabled };
}

const UsagePlan = z.strictObject({
  ApiStages: z
    .array(
      z.strictObject({
        ApiId: z.string(),
        Stage: z.string(),
        Throttle: z
          .record(z.string(), z.never({ error: 'Throttle: limits of single methods are not supported' }))
          .optional(),
      }),
    )
    .default([]),
  Description: z.string().optional(),
  Quota: z
    .strictObject({ Limit: z.int().nonnegative(), Period: z.enum(['DAY', 'WEEK', 'MONTH']) })
    .optional(),
  Tags: z.array(z.json()).optional(),
  Throttle: z
    .strictObject({ RateLimit: z.number().nonnegative(), BurstLimit: z.int().nonnegative().optional() })
    .optional(),
  UsagePlanName: z.string().optional(),
});

/** Its keys are resources of their own. */
export function usagePlanDefinition(id: string, properties: JsonObject): Omit<UsagePlanDefinition, 'keys'> {
  const { ApiStages, Throttle, Quota } = UsagePlan.parse(properties);
  return {
    id,
    stages: ApiStages.map(({ ApiId, Stage }) => ({ apiId: ApiId, stage: Stage })),
    throttle: Throttle && { rateLimit: Throttle.RateLimit, burstLimit: Throttle.BurstLimit },
    quota: Quota && { limit: Quota.Limit, period: Quota.Period },
  };
}

const UsagePlanKey = z.strictObject({
  KeyId: z.string(),
  KeyType: z.literal('API_KEY'),
  UsagePlanId: z.string(),
});

export function usagePlanKey(properties: JsonObject): { keyId: string; usagePlanId: string } {
  const { KeyId, UsagePlanId } = UsagePlanKey.parse(properties);
  return { keyId: KeyId, usagePlanId: UsagePlanId };
}
