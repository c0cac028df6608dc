import { type AwsCall, AwsError, type Json, type JsonObject } from '../aws.ts';
import type { Answer, IntegrationAnswer } from './answer.ts';
import { type Call, contextVariable } from './context.ts';
import { refuse } from './definition.ts';
import { type CallFunction, functionCaller } from './function-call.ts';
import { GatewayError } from './gateway-responses.ts';
import { headerSafe, isHeaderName, publicHeaderName } from './headers.ts';

/**
 * A Lambda integration that is no proxy: the rendered template is the event; what the function returns is the
 * integration's answer, and an error's message is what selection patterns see.
 */
export function lambdaFunction(
  label: string,
  path: string,
  headers: ReadonlyMap<string, string>,
  credentials: string | undefined,
  awsCall: AwsCall,
): (body: string, call: Call) => Promise<IntegrationAnswer> {
  const invocationType = headers.get('x-amz-invocation-type');
  const invoke = integratedFunction(label, path, credentials, awsCall, invocationType);
  return async (body) => {
    let payload: Json;
    try {
      payload = JSON.parse(body) as Json;
    } catch {
      throw new GatewayError('API_CONFIGURATION_ERROR', { cause: 'the rendered event is no JSON' });
    }
    const { Payload: returned = null } = await invoke(payload);
    const error = isObject(returned) ? returned.errorMessage : undefined;
    return {
      status: 200,
      body: JSON.stringify(returned),
      headers: { 'content-type': 'application/json' },
      selection: typeof error === 'string' ? error : undefined,
    };
  };
}

/**
 * A Lambda proxy integration: the request in payload format 1.0; the function answers
 * `{statusCode, headers?, multiValueHeaders?, body?, isBase64Encoded?}`, and anything else is a 502.
 * Source: «Lambda proxy integrations in API Gateway» in the developer guide.
 */
export function lambdaProxy(
  label: string,
  path: string,
  credentials: string | undefined,
  awsCall: AwsCall,
): (call: Call) => Promise<Answer> {
  const invoke = integratedFunction(label, path, credentials, awsCall);
  return async (call) => {
    const { Payload: returned = null, FunctionError } = await invoke(proxyEvent(call));
    const answer = FunctionError === undefined ? toAnswer(returned) : undefined;
    if (answer !== undefined) return answer;
    const cause = `the function did not answer as a proxy has to: ${JSON.stringify(returned)}`;
    throw new GatewayError('DEFAULT_5XX', { status: 502, cause });
  };
}

function integratedFunction(
  label: string,
  path: string,
  credentials: string | undefined,
  awsCall: AwsCall,
  invocationType?: string,
): CallFunction {
  const call = functionCaller(path, credentials, awsCall, invocationType);
  if (call === undefined) return refuse(label, 'Integration.Uri', `lambda:path/${path} is not supported`);
  return async (payload) => {
    try {
      return await call(payload);
    } catch (error) {
      // Lambda's own errors (no permission, throttled) never reach the integration responses.
      if (!(error instanceof AwsError)) throw error;
      throw new GatewayError('API_CONFIGURATION_ERROR', { cause: error });
    }
  };
}

function proxyEvent(call: Call): JsonObject {
  const { api, request } = call;
  const headers = request.allHeaders();
  const query = request.allQueryParameters();
  const variables = Object.entries(api.stage.variables);
  const { authorizer, apiKey } = call;
  const identity = apiKey === undefined ? IDENTITY : [...IDENTITY, 'apiKey', 'apiKeyId'];
  return {
    resource: call.resourcePath,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(headers),
    multiValueHeaders: Object.fromEntries(headers),
    queryStringParameters: orNull(lastValues(query)),
    multiValueQueryStringParameters: orNull(Object.fromEntries(query)),
    pathParameters: orNull(Object.fromEntries(request.pathParameters)),
    stageVariables: orNull(Object.fromEntries(variables)),
    requestContext: {
      ...contextVariables(call, CONTEXT),
      ...(authorizer === undefined ? {} : { authorizer: Object.fromEntries(authorizer.variables) }),
      identity: contextVariables(call, identity, 'identity.'),
    },
    body: request.body === '' ? null : request.body,
    isBase64Encoded: false,
  };
}

const CONTEXT = [
  'accountId',
  'apiId',
  'domainName',
  'domainPrefix',
  'extendedRequestId',
  'httpMethod',
  'path',
  'protocol',
  'requestId',
  'requestTime',
  'requestTimeEpoch',
  'resourceId',
  'resourcePath',
  'stage',
];
const IDENTITY = ['sourceIp', 'userAgent'];

function contextVariables(call: Call, names: readonly string[], prefix = ''): JsonObject {
  return Object.fromEntries(names.map((name) => [name, contextVariable(prefix + name)?.(call) ?? null]));
}

function toAnswer(returned: Json): Answer | undefined {
  if (!isObject(returned)) return undefined;
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = returned;
  const status = Number(statusCode);
  if (statusCode === null || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  const fields = headerFields(headers ?? null, multiValueHeaders ?? null);
  if (fields === undefined || (typeof body === 'object' && body !== null)) return undefined;
  const contentType = fields.findLast(([name]) => name.toLowerCase() === 'content-type')?.[1];
  const text = body === undefined || body === null ? '' : String(body);
  return {
    status,
    contentType: contentType ?? 'application/json',
    headers: fields.filter(([name]) => name.toLowerCase() !== 'content-type').flat(),
    body: isBase64Encoded === true ? Buffer.from(text, 'base64').toString() : text,
  };
}

function headerFields(single: Json, multiple: Json): [string, string][] | undefined {
  if ((single !== null && !isObject(single)) || (multiple !== null && !isObject(multiple))) return undefined;
  const fields: [string, string][] = [];
  const add = (name: string, value: Json) => fields.push([publicHeaderName(name), headerSafe(String(value))]);
  for (const [name, value] of Object.entries(single ?? {})) add(name, value);
  for (const [name, values] of Object.entries(multiple ?? {})) {
    if (!Array.isArray(values)) return undefined;
    for (const value of values) add(name, value);
  }
  return fields.every(([name]) => isHeaderName(name)) ? fields : undefined;
}

function lastValues(all: ReadonlyMap<string, string[]>): Record<string, string> {
  return Object.fromEntries(Array.from(all, ([name, values]) => [name, values.at(-1) ?? '']));
}

function orNull(object: JsonObject): JsonObject | null {
  return Object.keys(object).length === 0 ? null : object;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
