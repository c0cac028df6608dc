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

/** The services of `aws-sdk` Resources, any action, and how Step Functions spells them in error names. */
const SDK_SERVICES: ReadonlyMap<string, readonly [AwsService, string]> = new Map([
  ['dynamodb', ['dynamodb', 'DynamoDb']],
  ['sns', ['sns', 'Sns']],
  ['sqs', ['sqs', 'Sqs']],
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
 * Error names of the SDK end in «Exception» even where the API's do not.
 * Source: AWS Developer Guide, «Learning to use AWS service SDK integrations».
 */
function sdkAction(name: string, action: string): Integration | undefined {
  const [service, prefix] = SDK_SERVICES.get(name) ?? [];
  if (service === undefined) return undefined;
  return {
    ...integration(service, `${action.charAt(0).toUpperCase()}${action.slice(1)}`, `${prefix}`),
    errorName: (code) => `${prefix}.${code.endsWith('Exception') ? code : `${code}Exception`}`,
  };
}

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
