import { availableParallelism } from 'node:os';
import * as z from 'zod';
import type {
  ApiKey,
  ApiKeySource,
  AuthorizerDefinition,
  GatewayResponseDefinition,
  MethodProperties,
  RequestValidatorDefinition,
  ResourceDefinition,
  StageDefinition,
  UsagePlanDefinition,
} from './api-gateway/definition.ts';
import { PrivateDomains } from './api-gateway/private-domains.ts';
import {
  type ApiKeyDefinition,
  apiKeyDefinition,
  apiKeySource,
  authorizerDefinition,
  isPrivate,
  usagePlanDefinition,
  usagePlanKey,
} from './api-gateway/properties.ts';
import { privateDomains } from './api-gateway/resources.ts';
import type { Json, JsonObject } from './aws.ts';
import type { Created, CreateResource, ResourceRequest } from './cloudformation/deploy.ts';
import { withSecrets } from './cloudformation/dynamic-references.ts';
import type { AlarmDefinition } from './cloudwatch/alarm.ts';
import { cloudWatchResources } from './cloudwatch/resources.ts';
import { userPools } from './cognito/resources.ts';
import type { DynamoDbEngine } from './dynamodb/engine.ts';
import { Network } from './ec2/network.ts';
import { networking } from './ec2/resources.ts';
import { LoadBalancers } from './elastic-load-balancing/load-balancers.ts';
import { loadBalancing } from './elastic-load-balancing/resources.ts';
import { eventBridgeResources } from './eventbridge/resources.ts';
import type { EventRule } from './eventbridge/rule.ts';
import type { Policies } from './iam/policies.ts';
import { readTopicRule, type TopicRule } from './iot-core/topic-rule.ts';
import type { LambdaDefinition } from './lambda/function.ts';
import { accountId, type MessagingEngine, region } from './messaging/engine.ts';
import { resourceName } from './resource-name.ts';
import type { Secrets } from './secrets-manager/secrets.ts';
import type { ResourceTags } from './tagging/resource-tags.ts';

/** A REST API, as its resources come up one after the other. */
interface RestApiParts {
  readonly name: string;
  readonly resources: ResourceDefinition[];
  readonly methods: MethodProperties[];
  readonly models: { name: string; schema: JsonObject; contentType: string }[];
  readonly requestValidators: RequestValidatorDefinition[];
  readonly gatewayResponses: GatewayResponseDefinition[];
  readonly authorizers: AuthorizerDefinition[];
  readonly apiKeySource: ApiKeySource;
  readonly usagePlans: UsagePlanDefinition[];
  /** Reached through endpoints only, and who may. */
  readonly private: boolean;
  readonly policy: Json | undefined;
  stage: StageDefinition | undefined;
}

/** What the templates define that runs code: it is started once all of it is known. */
export interface Definitions {
  readonly functions: Map<string, LambdaDefinition>;
  readonly stateMachines: Map<
    string,
    { name: string; definition: string; role: string; type: 'EXPRESS' | 'STANDARD' }
  >;
  readonly restApis: Map<string, RestApiParts>;
  readonly eventSourceMappings: JsonObject[];
  readonly pipes: { name: string; properties: JsonObject }[];
  readonly topicRules: TopicRule[];
  readonly eventRules: EventRule[];
  readonly alarms: AlarmDefinition[];
  /** ARNs of the queues that dead letters go to. */
  readonly deadLetterQueues: Set<string>;
  readonly network: Network;
  readonly privateDomains: PrivateDomains;
  readonly loadBalancers: LoadBalancers;
}

export const noDefinitions = (): Definitions => ({
  functions: new Map(),
  stateMachines: new Map(),
  restApis: new Map(),
  eventSourceMappings: [],
  pipes: [],
  topicRules: [],
  eventRules: [],
  alarms: [],
  deadLetterQueues: new Set(),
  network: new Network(),
  privateDomains: new PrivateDomains(),
  loadBalancers: new LoadBalancers(),
});

/** Types with no behaviour to run on one machine. Policies of roles are kept by `Policies`. */
const INERT: readonly string[] = [
  'AWS::ApiGateway::Account',
  'AWS::ApiGateway::Deployment',
  'AWS::CDK::Metadata',
  'AWS::FIS::ExperimentTemplate',
  'AWS::IAM::ManagedPolicy',
  'AWS::IoT::Policy',
  'AWS::KMS::Key',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
  'AWS::SSM::Document',
  'AWS::WAFv2::WebACL',
  'AWS::WAFv2::WebACLAssociation',
];

interface Engines {
  readonly messaging: MessagingEngine;
  readonly dynamoDb: DynamoDbEngine;
  readonly policies: Policies;
  readonly secrets: Secrets;
  readonly tags: ResourceTags;
}

export type Creator = (request: ResourceRequest & { name: string }) => Created | Promise<Created>;

/** Creates resources on the engines, and collects in `definitions` what is started later. */
export function resourceCreator(
  { messaging, dynamoDb, policies, secrets, tags }: Engines,
  definitions: Definitions,
): CreateResource {
  const restApiOf = (id: string): RestApiParts => {
    const api = definitions.restApis.get(id);
    if (api === undefined) throw new Error(`There is no REST API ${id}`);
    return api;
  };
  const restApi = (properties: JsonObject): RestApiParts => restApiOf(String(properties.RestApiId));
  /** Keys and plans come after the APIs, and are put together last of all. */
  const apiKeys = new Map<string, ApiKeyDefinition>();
  const usagePlans = new Map<string, { readonly keys: ApiKey[] }>();
  const arn = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`;

  const noteDeadLetterQueue = ({ RedrivePolicy }: JsonObject) => {
    const policy = z.object({ deadLetterTargetArn: z.string() }).safeParse(RedrivePolicy);
    if (policy.success) definitions.deadLetterQueues.add(policy.data.deadLetterTargetArn);
  };

  const table: Creator = async ({ name, properties }) => {
    const created = await dynamoDb.createTable(properties, name);
    return { ref: name, attributes: { Arn: created.arn } };
  };

  const creators: Readonly<Record<string, Creator>> = {
    ...userPools(),

    'AWS::DynamoDB::GlobalTable': table,
    'AWS::DynamoDB::Table': table,

    'AWS::SQS::Queue': ({ name, properties }) => {
      noteDeadLetterQueue(properties);
      const { arn, url } = messaging.createQueue(name, asAttributes(properties));
      tags.put(arn, properties.Tags);
      return { ref: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
    },
    'AWS::SNS::Topic': ({ name }) => {
      const { arn } = messaging.createTopic(name);
      return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
    },
    'AWS::SNS::Subscription': ({ name, properties }) => {
      const { Protocol, TopicArn, Endpoint, ...attributes } = properties;
      noteDeadLetterQueue(properties);
      if (Protocol !== 'sqs') throw new Error(`subscriptions by ${String(Protocol)} are not supported`);
      messaging.subscribe(String(TopicArn), String(Endpoint), asAttributes(attributes));
      return { ref: `${String(TopicArn)}:${name}`, attributes: {} };
    },

    'AWS::IAM::Role': ({ name, properties }) => {
      const inline = z
        .array(z.object({ PolicyDocument: z.json() }))
        .default([])
        .parse(properties.Policies);
      for (const { PolicyDocument } of inline) policies.attach(name, PolicyDocument);
      return { ref: name, attributes: { Arn: `arn:aws:iam::${accountId}:role/${name}` } };
    },
    'AWS::IAM::Policy': ({ name, properties }) => {
      const { Roles, PolicyDocument } = z
        .object({ Roles: z.array(z.string()), PolicyDocument: z.json() })
        .parse(properties);
      for (const role of Roles) policies.attach(role, PolicyDocument);
      return { ref: name, attributes: {} };
    },

    'AWS::SecretsManager::Secret': ({ name, properties }) => ({
      ref: secrets.create(name, properties),
      attributes: {},
    }),

    'AWS::Lambda::Function': ({ name, properties, assets }) => {
      const parsed = LambdaProperties.parse(properties);
      const codeDir = assets.get(parsed.Code.S3Key.replace(/\.zip$/, ''));
      if (codeDir === undefined) throw new Error('its code is not among the assets');
      const functionArn = arn('lambda', `function:${name}`);
      definitions.functions.set(functionArn, {
        name,
        codeDir,
        handler: parsed.Handler,
        environment: parsed.Environment.Variables,
        timeoutSeconds: parsed.Timeout,
        memoryMb: parsed.MemorySize,
        role: parsed.Role,
        maxConcurrency: MAX_CONCURRENCY,
      });
      return { ref: name, attributes: { Arn: functionArn } };
    },
    'AWS::Lambda::Permission': ({ name, properties }) => {
      const { Principal, Action, FunctionName } = properties;
      // What the service acts for (SourceArn) is not looked at.
      const statement = { Effect: 'Allow', Action: Action ?? null, Resource: FunctionName ?? null };
      policies.attach(String(Principal), { Statement: [statement] });
      return { ref: name, attributes: {} };
    },
    'AWS::Lambda::EventSourceMapping': ({ name, properties }) => {
      definitions.eventSourceMappings.push(properties);
      return { ref: name, attributes: { Id: name } };
    },

    'AWS::StepFunctions::StateMachine': ({ name, properties }) => {
      const parsed = StateMachineProperties.parse(properties);
      const stateMachineArn = arn('states', `stateMachine:${name}`);
      definitions.stateMachines.set(stateMachineArn, {
        name,
        definition: substituted(parsed.DefinitionString, parsed.DefinitionSubstitutions),
        role: parsed.RoleArn,
        type: parsed.StateMachineType,
      });
      return { ref: stateMachineArn, attributes: { Arn: stateMachineArn, Name: name } };
    },
    'AWS::Pipes::Pipe': ({ name, properties }) => {
      definitions.pipes.push({ name, properties });
      return { ref: name, attributes: { Arn: arn('pipes', `pipe/${name}`) } };
    },

    'AWS::IoT::TopicRule': ({ name, properties }) => {
      definitions.topicRules.push(readTopicRule(properties));
      return { ref: name, attributes: { Arn: arn('iot', `rule/${name}`) } };
    },

    'AWS::ApiGateway::RestApi': ({ name, properties }) => {
      definitions.restApis.set(name, {
        name: String(properties.Name ?? name),
        resources: [],
        methods: [],
        models: [],
        requestValidators: [],
        gatewayResponses: [],
        authorizers: [],
        apiKeySource: apiKeySource(properties),
        usagePlans: [],
        private: isPrivate(properties),
        policy: properties.Policy,
        stage: undefined,
      });
      return { ref: name, attributes: { RestApiId: name, RootResourceId: `${name}-root` } };
    },
    'AWS::ApiGateway::Resource': ({ name, properties }) => {
      restApi(properties).resources.push({
        id: name,
        parentId: String(properties.ParentId),
        pathPart: String(properties.PathPart),
      });
      return { ref: name, attributes: { ResourceId: name } };
    },
    'AWS::ApiGateway::Method': ({ name, properties }) => {
      const { RestApiId: _, ...method } = properties;
      // Checked field by field by the API's constructor.
      restApi(properties).methods.push(method as unknown as MethodProperties);
      return { ref: name, attributes: {} };
    },
    'AWS::ApiGateway::Model': ({ name, properties }) => {
      restApi(properties).models.push({
        name,
        schema: properties.Schema as JsonObject,
        contentType: String(properties.ContentType ?? 'application/json'),
      });
      return { ref: name, attributes: {} };
    },
    'AWS::ApiGateway::RequestValidator': ({ name, properties }) => {
      restApi(properties).requestValidators.push({
        id: name,
        validateRequestBody: properties.ValidateRequestBody === true,
        validateRequestParameters: properties.ValidateRequestParameters === true,
      });
      return { ref: name, attributes: { RequestValidatorId: name } };
    },
    'AWS::ApiGateway::GatewayResponse': ({ name, properties }) => {
      const parsed = GatewayResponseProperties.parse(properties);
      restApi(properties).gatewayResponses.push({
        responseType: parsed.ResponseType,
        ...(parsed.StatusCode === undefined ? {} : { statusCode: parsed.StatusCode }),
        responseTemplates: parsed.ResponseTemplates,
        responseParameters: parsed.ResponseParameters,
      });
      return { ref: name, attributes: { Id: name } };
    },
    'AWS::ApiGateway::Stage': ({ properties }) => {
      const parsed = StageProperties.parse(properties);
      const all = parsed.MethodSettings.find(
        ({ ResourcePath, HttpMethod }) => ResourcePath === '/*' && HttpMethod === '*',
      );
      restApi(properties).stage = {
        name: parsed.StageName,
        variables: parsed.Variables,
        ...(all?.ThrottlingRateLimit === undefined ? {} : { throttlingRateLimit: all.ThrottlingRateLimit }),
        ...(all?.ThrottlingBurstLimit === undefined
          ? {}
          : { throttlingBurstLimit: all.ThrottlingBurstLimit }),
      };
      return { ref: parsed.StageName, attributes: {} };
    },
    'AWS::ApiGateway::Authorizer': ({ name, properties }) => {
      restApi(properties).authorizers.push(authorizerDefinition(name, properties));
      return { ref: name, attributes: { AuthorizerId: name } };
    },
    'AWS::ApiGateway::ApiKey': ({ name, properties }) => {
      apiKeys.set(name, apiKeyDefinition(name, properties));
      return { ref: name, attributes: { APIKeyId: name } };
    },
    'AWS::ApiGateway::UsagePlan': ({ name, properties }) => {
      const keys: ApiKey[] = [];
      const plan = { ...usagePlanDefinition(name, properties), keys };
      usagePlans.set(name, plan);
      const apis = new Set(plan.stages.map(({ apiId }) => restApiOf(apiId)));
      for (const api of apis) api.usagePlans.push(plan);
      return { ref: name, attributes: { Id: name } };
    },
    'AWS::ApiGateway::UsagePlanKey': ({ name, properties }) => {
      const { keyId, usagePlanId } = usagePlanKey(properties);
      const [key, plan] = [apiKeys.get(keyId), usagePlans.get(usagePlanId)];
      if (key === undefined) throw new Error(`There is no API key ${keyId}`);
      if (plan === undefined) throw new Error(`There is no usage plan ${usagePlanId}`);
      if (key.enabled) plan.keys.push({ id: key.id, value: key.value });
      return { ref: name, attributes: { Id: name } };
    },

    ...privateDomains(definitions),
    ...networking(definitions),
    ...loadBalancing(definitions),
    ...eventBridgeResources(definitions),
    ...cloudWatchResources(definitions),
  };

  return async (request) => {
    const { stackName, logicalId, type } = request;
    const name = resourceName(stackName, logicalId);
    if (INERT.includes(type)) return { ref: name, attributes: { Arn: arn('inert', name) } };
    const create = creators[type];
    if (create === undefined) {
      throw new Error(`${logicalId} is of type ${type}, which the local stage does not know`);
    }
    try {
      const properties = withSecrets(request.properties, (id) => secrets.valueOf(id)) as JsonObject;
      return await create({ ...request, properties, name });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${logicalId} (${type}): ${reason}`, { cause: error });
    }
  };
}

/**
 * Execution environments of a function at most. AWS would start up to 1,000; here many more of them than cores only
 * wait for each other, but for those whose function waits for something else.
 */
const MAX_CONCURRENCY = 2 * availableParallelism();

const LambdaProperties = z.object({
  Code: z.object({ S3Key: z.string() }),
  Handler: z.string(),
  Environment: z
    .object({ Variables: z.record(z.string(), z.string()).default({}) })
    .default({ Variables: {} }),
  // CloudFormation's defaults.
  Timeout: z.number().default(3),
  MemorySize: z.number().default(128),
  Role: z.string(),
});

const StateMachineProperties = z.object({
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  RoleArn: z.string(),
  // CloudFormation's default.
  StateMachineType: z.enum(['EXPRESS', 'STANDARD']).default('STANDARD'),
});

const GatewayResponseProperties = z.object({
  ResponseType: z.string(),
  StatusCode: z.string().optional(),
  ResponseTemplates: z.record(z.string(), z.string()).default({}),
  ResponseParameters: z.record(z.string(), z.string()).default({}),
});

const StageProperties = z.object({
  StageName: z.string(),
  Variables: z.record(z.string(), z.string()).default({}),
  MethodSettings: z
    .array(
      z.object({
        ResourcePath: z.string(),
        HttpMethod: z.string(),
        ThrottlingRateLimit: z.number().optional(),
        ThrottlingBurstLimit: z.number().optional(),
      }),
    )
    .default([]),
});

const substituted = (definition: string, values: Readonly<Record<string, unknown>>): string =>
  definition.replaceAll(/\$\{(\w+)\}/g, (placeholder, name: string) =>
    name in values ? String(values[name]) : placeholder,
  );

/** Properties of queues and subscriptions as attributes of the API: text, and JSON as text. */
function asAttributes(properties: JsonObject): Record<string, string> {
  const text = (value: Json) =>
    value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value);
  const { Tags: _, QueueName: __, ...attributes } = properties;
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, text(value)]));
}
