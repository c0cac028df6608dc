import { type AwsCall, AwsError, type AwsService, type Json, type JsonObject } from '../aws.ts';
import { StatesError } from './errors.ts';
import type { CallResource } from './interpreter.ts';

/** How a Task's Resource becomes one AWS call. */
interface Integration {
  readonly service: AwsService;
  readonly action: string;
  /** The name by which Retry and Catch know an error of the service. */
  readonly errorName: (code: string) => string;
  readonly request: (args: Json) => JsonObject;
  /** @throws StatesError for an answer that reports an error */
  readonly result: (answer: JsonObject) => Json;
}

/** `arn:aws:states:::dynamodb:putItem` or `arn:aws:states:::aws-sdk:dynamodb:query` */
const STATES_RESOURCE = /^arn:aws[\w-]*:states:::(?<sdk>aws-sdk:)?(?<service>\w+):(?<action>\w+)$/;
/** `arn:aws:lambda:eu-central-1:123456789012:function:Validate`, also with a version or alias */
const LAMBDA_FUNCTION = /^arn:aws[\w-]*:lambda:[\w-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/;

/** Source: AWS Developer Guide, «Integrating services with Step Functions». */
const OPTIMISED: ReadonlyMap<string, Integration> = new Map([
  ['dynamodb:getItem', integration('dynamodb', 'GetItem', 'DynamoDB')],
  ['dynamodb:putItem', integration('dynamodb', 'PutItem', 'DynamoDB')],
  ['dynamodb:updateItem', integration('dynamodb', 'UpdateItem', 'DynamoDB')],
  ['dynamodb:deleteItem', integration('dynamodb', 'DeleteItem', 'DynamoDB')],
  ['sns:publish', { ...integration('sns', 'Publish', 'SNS'), request: withTextIn('Message') }],
  ['sqs:sendMessage', { ...integration('sqs', 'SendMessage', 'SQS'), request: withTextIn('MessageBody') }],
  ['lambda:invoke', { ...integration('lambda', 'Invoke', 'Lambda'), result: invocation }],
]);

interface SdkService {
  readonly service: AwsService;
  /** How Step Functions spells the service in error names: as the AWS SDK for Java names its client. */
  readonly prefix: string;
  /** Error codes with an exception of their own in that SDK; without, all have one. */
  readonly modelled?: readonly string[];
  /** Whether its API writes names in camelCase: Resources write them in PascalCase all the same. */
  readonly camelCase?: boolean;
}

/** The services of `aws-sdk` Resources, any action. */
const SDK_SERVICES: ReadonlyMap<string, SdkService> = new Map([
  ['cloudwatch', { service: 'cloudwatch', prefix: 'CloudWatch', modelled: ['InvalidNextToken'] }],
  ['dynamodb', { service: 'dynamodb', prefix: 'DynamoDb' }],
  [
    'elasticloadbalancingv2',
    {
      service: 'elasticloadbalancing',
      prefix: 'ElasticLoadBalancingV2',
      modelled: [
        'InvalidConfigurationRequest',
        'InvalidLoadBalancerAction',
        'RuleNotFound',
        'TargetGroupAssociationLimit',
        'TargetGroupNotFound',
        'TooManyActions',
      ],
    },
  ],
  ['sfn', { service: 'states', prefix: 'Sfn', camelCase: true }],
  ['sns', { service: 'sns', prefix: 'Sns' }],
  ['sqs', { service: 'sqs', prefix: 'Sqs' }],
]);

/** @returns undefined for a Resource that is not supported, `.sync` and `.waitForTaskToken` among them */
export function findIntegration(resource: string): Integration | undefined {
  if (LAMBDA_FUNCTION.test(resource)) return lambdaFunction(resource);
  const { sdk, service = '', action = '' } = STATES_RESOURCE.exec(resource)?.groups ?? {};
  return sdk === undefined ? OPTIMISED.get(`${service}:${action}`) : sdkAction(service, action);
}

/**
 * Maps Task Resources to in-process AWS calls, made in the machine's role.
 * @example `arn:aws:states:::sqs:sendMessage` → service `sqs`, action `SendMessage`, errors `SQS.…`
 */
export function callResourceWith(awsCall: AwsCall, role: string): CallResource {
  return async (resource, args) => {
    const found = findIntegration(resource);
    if (found === undefined) throw new StatesError('States.Runtime', `${resource} is not supported.`);
    const { service, action, errorName, request, result } = found;
    try {
      return result(await awsCall({ service, action, input: request(args), role }));
    } catch (error) {
      throw error instanceof AwsError ? new StatesError(errorName(error.name), error.message) : error;
    }
  };
}

function integration(service: AwsService, action: string, prefix: string): Integration {
  return {
    service,
    action,
    errorName: (code) => `${prefix}.${code}`,
    request: parameters,
    result: (answer) => answer,
  };
}

/** A function as Resource: its event is the Task's input, its answer the Task's result. */
function lambdaFunction(arn: string): Integration {
  return {
    ...integration('lambda', 'Invoke', 'Lambda'),
    request: (args) => ({ FunctionName: arn, Payload: args }),
    result: payloadOf,
  };
}

/**
 * Error names of the SDK end in «Exception» even where the API's do not; what has no exception of its own there,
 * such as throttling, has the client's common one.
 * Source: AWS Developer Guide, «Learning to use AWS service SDK integrations».
 */
function sdkAction(name: string, action: string): Integration | undefined {
  const sdk = SDK_SERVICES.get(name);
  if (sdk === undefined) return undefined;
  const { service, prefix, modelled, camelCase } = sdk;
  const exception = (code: string) => (modelled?.includes(code) === false ? prefix : code);
  return {
    ...integration(service, `${action.charAt(0).toUpperCase()}${action.slice(1)}`, prefix),
    errorName: (code) => `${prefix}.${exception(code).replace(/(Exception)?$/, 'Exception')}`,
    ...(camelCase && {
      request: (args: Json) => renamed(parameters(args), (name) => name.charAt(0).toLowerCase()),
      result: (answer: JsonObject) => renamed(answer, (name) => name.charAt(0).toUpperCase()),
    }),
  };
}

/** With another first letter of each member's name. */
const renamed = (object: JsonObject, first: (name: string) => string): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [`${first(name)}${name.slice(1)}`, value]),
  );

function parameters(args: Json): JsonObject {
  if (isObject(args)) return args;
  throw new StatesError('States.Runtime', 'The Arguments of this integration must be an object.');
}

/** A message may be given as an object, which Step Functions sends as JSON text. */
function withTextIn(parameter: string): (args: Json) => JsonObject {
  return (args) => {
    const input = parameters(args);
    const message = input[parameter];
    return typeof message === 'object' ? { ...input, [parameter]: JSON.stringify(message) } : input;
  };
}

function invocation(answer: JsonObject): Json {
  return { ExecutedVersion: '$LATEST', Payload: payloadOf(answer), StatusCode: 200 };
}

/** What a function answered. @throws StatesError named after the error that it threw */
function payloadOf({ FunctionError, Payload = null }: JsonObject): Json {
  if (FunctionError === undefined) return Payload;
  const errorType = isObject(Payload) ? Payload.errorType : undefined;
  throw new StatesError(
    typeof errorType === 'string' ? errorType : 'Lambda.Unknown',
    JSON.stringify(Payload),
  );
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
