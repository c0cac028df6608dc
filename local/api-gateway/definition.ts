import type { JsonObject } from '../aws.ts';

/**
 * What a template says about one REST API: CloudFormation properties with all intrinsics resolved to plain
 * JSON. Ids are the resources' `Ref` values.
 */
export interface RestApiDefinition {
  readonly id: string;
  readonly name: string;
  /** `AWS::ApiGateway::Resource`; the parent of the first level is `rootResourceId`. */
  readonly resources: readonly ResourceDefinition[];
  readonly rootResourceId: string;
  readonly methods: readonly MethodProperties[];
  /** `AWS::ApiGateway::Model`. */
  readonly models: readonly { name: string; schema: JsonObject; contentType: string }[];
  readonly requestValidators: readonly RequestValidatorDefinition[];
  readonly gatewayResponses: readonly GatewayResponseDefinition[];
  readonly authorizers: readonly AuthorizerDefinition[];
  /** Where a request's API key is: in the header `x-api-key` or in the authorizer's answer. */
  readonly apiKeySource: ApiKeySource;
  /** The plans that name this API, for whichever stage. A plan of several APIs is one object in all of them. */
  readonly usagePlans: readonly UsagePlanDefinition[];
  readonly stage: StageDefinition;
  readonly region: string;
  readonly accountId: string;
}

export interface ResourceDefinition {
  readonly id: string;
  readonly parentId: string;
  readonly pathPart: string;
}

export interface RequestValidatorDefinition {
  readonly id: string;
  readonly validateRequestBody: boolean;
  readonly validateRequestParameters: boolean;
}

export interface GatewayResponseDefinition {
  readonly responseType: string;
  readonly statusCode?: string;
  readonly responseTemplates: Record<string, string>;
  readonly responseParameters: Record<string, string>;
}

export type ApiKeySource = 'AUTHORIZER' | 'HEADER';

/** `AWS::ApiGateway::Authorizer` of type TOKEN, which reads the header `Authorization`. */
export interface AuthorizerDefinition {
  readonly id: string;
  readonly name: string;
  readonly uri: string;
  /** ARN of the role that calls the function. */
  readonly credentials?: string;
  /** A regular expression of Java that has to match the whole token. */
  readonly validationExpression?: string;
  /** 0 for no cache. */
  readonly resultTtlSeconds: number;
}

export interface UsagePlanDefinition {
  readonly id: string;
  readonly stages: readonly { readonly apiId: string; readonly stage: string }[];
  /** Those that are enabled. */
  readonly keys: readonly ApiKey[];
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit?: number };
  readonly quota?: { readonly limit: number; readonly period: QuotaPeriod };
}

export interface ApiKey {
  readonly id: string;
  readonly value: string;
}

export type QuotaPeriod = 'DAY' | 'MONTH' | 'WEEK';

export interface StageDefinition {
  readonly name: string;
  readonly variables: Record<string, string>;
  readonly throttlingRateLimit?: number;
  readonly throttlingBurstLimit?: number;
}

/** `AWS::ApiGateway::Method` properties as in CloudFormation. */
export interface MethodProperties {
  readonly HttpMethod: string;
  readonly ResourceId: string;
  readonly AuthorizationType?: string;
  readonly AuthorizerId?: string;
  readonly ApiKeyRequired?: boolean;
  /** Content type to model name. */
  readonly RequestModels?: Record<string, string>;
  /** `method.request.{header|path|querystring}.{name}` to «required». */
  readonly RequestParameters?: Record<string, boolean>;
  readonly RequestValidatorId?: string;
  readonly Integration?: IntegrationProperties;
  readonly MethodResponses?: readonly MethodResponseProperties[];
}

export interface IntegrationProperties {
  readonly Type: string;
  readonly IntegrationHttpMethod?: string;
  readonly Uri?: string;
  readonly Credentials?: string;
  /** Content type to mapping template. */
  readonly RequestTemplates?: Record<string, string>;
  readonly RequestParameters?: Record<string, string>;
  readonly PassthroughBehavior?: string;
  readonly IntegrationResponses?: readonly IntegrationResponseProperties[];
  readonly TimeoutInMillis?: number;
}

export interface IntegrationResponseProperties {
  readonly StatusCode: string;
  readonly SelectionPattern?: string;
  /** Content type to mapping template. */
  readonly ResponseTemplates?: Record<string, string>;
  readonly ResponseParameters?: Record<string, string>;
}

interface MethodResponseProperties {
  readonly StatusCode: string;
  readonly ResponseModels?: Record<string, string>;
  readonly ResponseParameters?: Record<string, boolean>;
}

const METHOD_FIELDS = new Set([
  'ApiKeyRequired',
  'AuthorizationType',
  'AuthorizerId',
  'HttpMethod',
  'Integration',
  'MethodResponses',
  'OperationName',
  'RequestModels',
  'RequestParameters',
  'RequestValidatorId',
  'ResourceId',
  'RestApiId',
]);

const INTEGRATION_FIELDS = new Set([
  'Credentials',
  'IntegrationHttpMethod',
  'IntegrationResponses',
  'PassthroughBehavior',
  'RequestParameters',
  'RequestTemplates',
  'TimeoutInMillis',
  'Type',
  'Uri',
]);

const INTEGRATION_RESPONSE_FIELDS = new Set([
  'ResponseParameters',
  'ResponseTemplates',
  'SelectionPattern',
  'StatusCode',
]);

/** Says no to a definition, by the name of the method and the field; `method` is for example `POST /lock`. */
export function refuse(method: string, field: string, why: string): never {
  throw new Error(`${method}: ${field}: ${why}`);
}

/**
 * A field that this module does not read would be a field whose effect is silently missing locally.
 * @throws Error naming the field
 */
export function refuseUnknownFields(method: string, properties: MethodProperties): void {
  for (const field of Object.keys(properties)) {
    if (!METHOD_FIELDS.has(field)) refuse(method, field, 'not supported');
  }
  const integration = properties.Integration;
  for (const field of Object.keys(integration ?? {})) {
    if (!INTEGRATION_FIELDS.has(field)) refuse(method, `Integration.${field}`, 'not supported');
  }
  for (const response of integration?.IntegrationResponses ?? []) {
    for (const field of Object.keys(response)) {
      if (INTEGRATION_RESPONSE_FIELDS.has(field)) continue;
      refuse(method, `Integration.IntegrationResponses.${field}`, 'not supported');
    }
  }
}
