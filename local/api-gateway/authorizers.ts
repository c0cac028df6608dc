import * as z from 'zod';
import type { AwsCall, Json, JsonObject, Log } from '../aws.ts';
import { type AuthorizerAnswer, parseAuthorizerAnswer } from './authorizer-answer.ts';
import { AuthorizerCache } from './authorizer-cache.ts';
import {
  type AuthorizerDefinition,
  type MethodProperties,
  type RestApiDefinition,
  refuse,
} from './definition.ts';
import { type CallFunction, functionCaller } from './function-call.ts';
import { GatewayError } from './gateway-responses.ts';
import { javaMatches } from './java-regex.ts';
import type { GatewayRequest } from './request.ts';

/**
 * Asks who the caller is, at once if that is known; whether the method may be called is not looked at yet.
 * @throws GatewayError for a token that is missing, or that the function does not answer for
 */
export type Authorize = (request: GatewayRequest) => AuthorizerAnswer | Promise<AuthorizerAnswer>;

const FunctionFailure = z.object({ errorMessage: z.string() });
const LONGEST_TTL_SECONDS = 3600;
/** A quota of API Gateway, in bytes: «Output from an API Gateway Lambda authorizer». */
const LONGEST_METHOD_ARN = 1600;

/**
 * Lambda authorizers of type TOKEN, by their id.
 * Source: «Use API Gateway Lambda authorizers» in the developer guide.
 * @throws Error naming the authorizer and the field
 */
export function compileAuthorizers(
  api: RestApiDefinition,
  awsCall: AwsCall,
  log: Log,
): ReadonlyMap<string, Authorize> {
  return new Map(
    api.authorizers.map((authorizer) => [authorizer.id, compile(authorizer, api, awsCall, log)]),
  );
}

/** The authorizer of a method, if it has one. @throws Error naming the method and the field */
export function authorizerOf(
  label: string,
  { AuthorizationType, AuthorizerId }: MethodProperties,
  authorizers: ReadonlyMap<string, Authorize>,
): Authorize | undefined {
  if (AuthorizationType !== 'CUSTOM') {
    if (AuthorizerId !== undefined) refuse(label, 'AuthorizerId', 'the AuthorizationType has to be CUSTOM');
    return undefined;
  }
  if (AuthorizerId === undefined) return refuse(label, 'AuthorizerId', 'missing');
  const authorizer = authorizers.get(AuthorizerId);
  return authorizer ?? refuse(label, 'AuthorizerId', `there is no authorizer ${AuthorizerId}`);
}

/** @throws GatewayError for a method that the authorizer's policy does not let the caller use */
export function checkAccess(
  { decide }: AuthorizerAnswer,
  api: RestApiDefinition,
  request: GatewayRequest,
): void {
  const decision = decide(methodArn(api, request));
  if (decision === 'denied') throw new GatewayError('ACCESS_DENIED');
  if (decision === 'denied explicitly') {
    const message = 'User is not authorized to access this resource with an explicit deny';
    throw new GatewayError('ACCESS_DENIED', { message });
  }
}

function compile(
  authorizer: AuthorizerDefinition,
  api: RestApiDefinition,
  awsCall: AwsCall,
  log: Log,
): Authorize {
  const label = `authorizer ${authorizer.name}`;
  const isToken = tokenCheck(label, authorizer);
  const call = compileCall(label, authorizer, api, awsCall);
  const { resultTtlSeconds: ttl } = authorizer;
  if (!(ttl >= 0 && ttl <= LONGEST_TTL_SECONDS)) {
    refuse(label, 'AuthorizerResultTtlInSeconds', `${ttl} is not between 0 and ${LONGEST_TTL_SECONDS}`);
  }
  const cache = new AuthorizerCache<AuthorizerAnswer>(ttl * 1000);
  const askFor = async (request: GatewayRequest, authorizationToken: string): Promise<AuthorizerAnswer> => {
    if (!isToken(authorizationToken)) throw new GatewayError('UNAUTHORIZED');
    const event = { type: 'TOKEN', methodArn: methodArn(api, request), authorizationToken };
    try {
      return await cache.get(authorizationToken, () => ask(call, event));
    } catch (error) {
      if (error instanceof GatewayError && error.cause !== undefined) {
        log(api.id, `${label}: ${describe(error.cause)}`);
      }
      throw error;
    }
  };
  return (request) => {
    const token = request.header('authorization') ?? '';
    return cache.known(token) ?? askFor(request, token);
  };
}

function tokenCheck(
  label: string,
  { validationExpression = '' }: AuthorizerDefinition,
): (token: string) => boolean {
  if (validationExpression === '') return (token) => token !== '';
  const isToken = (token: string) => token !== '' && javaMatches(validationExpression, token);
  try {
    isToken('any');
  } catch (error) {
    refuse(label, 'IdentityValidationExpression', (error as Error).message);
  }
  return isToken;
}

function compileCall(
  label: string,
  { uri, credentials }: AuthorizerDefinition,
  { region }: RestApiDefinition,
  awsCall: AwsCall,
): CallFunction {
  const [, regionOfUri, path] = /^arn:[\w-]+:apigateway:([a-z0-9-]+):lambda:path\/(.*)$/.exec(uri) ?? [];
  const call = path === undefined ? undefined : functionCaller(path, credentials, awsCall);
  if (call === undefined) return refuse(label, 'AuthorizerUri', `${uri} is not supported`);
  if (regionOfUri !== region) {
    return refuse(label, 'AuthorizerUri', `there is no region ${regionOfUri} here`);
  }
  return call;
}

/** @throws GatewayError */
async function ask(call: CallFunction, event: JsonObject): Promise<AuthorizerAnswer> {
  const { Payload: returned = null, FunctionError } = await called(call, event);
  if (FunctionError !== undefined) throw functionError(returned);
  try {
    return parseAuthorizerAnswer(returned);
  } catch (cause) {
    throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', { cause });
  }
}

/** A function that cannot be called at all is a mistake in the configuration, whatever Lambda says of it. */
async function called(call: CallFunction, event: JsonObject): Promise<JsonObject> {
  try {
    return await call(event);
  } catch (cause) {
    throw new GatewayError('AUTHORIZER_CONFIGURATION_ERROR', { cause });
  }
}

/** By failing with this message, and no other, the function says that the token is none. */
function functionError(returned: Json): GatewayError {
  const isUnauthorized = FunctionFailure.safeParse(returned).data?.errorMessage === 'Unauthorized';
  if (isUnauthorized) return new GatewayError('UNAUTHORIZED');
  return new GatewayError('AUTHORIZER_FAILURE', {
    cause: `the function failed: ${JSON.stringify(returned)}`,
  });
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** @throws GatewayError for a path that is too long */
function methodArn({ id, region, accountId, stage }: RestApiDefinition, request: GatewayRequest): string {
  const { httpMethod, path } = request;
  const arn = `arn:aws:execute-api:${region}:${accountId}:${id}/${stage.name}/${httpMethod}/${path.slice(1)}`;
  if (Buffer.byteLength(arn) <= LONGEST_METHOD_ARN) return arn;
  throw new GatewayError('DEFAULT_4XX', { message: 'Request URI too long', status: 414 });
}
