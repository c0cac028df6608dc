import type { AuthorizerDefinition } from '../../../local/api-gateway/definition.ts';
import type { MethodProperties, RestApiDefinition } from '../../../local/api-gateway/rest-api.ts';
import type { AwsRequest, Json, JsonObject } from '../../../local/aws.ts';
import { api, type FakeAws, method } from './support.ts';

const ACCOUNT = 'eu-central-1:111122223333';
export const AUTHORIZER_FUNCTION = `arn:aws:lambda:${ACCOUNT}:function:authorizer`;
export const AUTHORIZER_ROLE = 'arn:aws:iam::111122223333:role/authorizer';
/** Of `POST /things`. */
export const METHOD_ARN = `arn:aws:execute-api:${ACCOUNT}:api-id/prod/POST/things`;

export function authorizer(parts: Partial<AuthorizerDefinition> = {}): AuthorizerDefinition {
  return {
    id: 'tokens',
    name: 'Tokens',
    uri: `arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/${AUTHORIZER_FUNCTION}/invocations`,
    credentials: AUTHORIZER_ROLE,
    resultTtlSeconds: 300,
    ...parts,
  };
}

/** `POST /things` with the authorizer. */
export function authorized(
  integration: Partial<NonNullable<MethodProperties['Integration']>> = {},
  parts: Partial<MethodProperties> = {},
): MethodProperties {
  return method(integration, { AuthorizationType: 'CUSTOM', AuthorizerId: 'tokens', ...parts });
}

/** An API with the authorizer on `POST /things`. */
export function guardedApi(parts: Partial<RestApiDefinition> = {}): RestApiDefinition {
  return api({ methods: [authorized()], authorizers: [authorizer()], ...parts });
}

export function statement(
  Effect: string,
  Resource: Json = '*',
  Action: Json = 'execute-api:Invoke',
): JsonObject {
  return { Effect, Action, Resource };
}

/** What the function returns; without statements it allows everything. */
export function answer(parts: JsonObject = {}, statements: Json = [statement('Allow')]): JsonObject {
  return { principalId: 'user', policyDocument: { Version: '2012-10-17', Statement: statements }, ...parts };
}

/** Answers the authorizer's calls; integrations get an empty object. */
export function answering(ask: (event: JsonObject) => Json | Promise<Json>): FakeAws {
  return async (request): Promise<JsonObject> => {
    if (!isAuthorizerCall(request)) return {};
    return { StatusCode: 200, Payload: await ask(eventOf(request)) };
  };
}

/** The function fails with the message. */
export function failing(errorMessage: string): FakeAws {
  const Payload = { errorType: 'Error', errorMessage, trace: [] };
  return () => ({ StatusCode: 200, FunctionError: 'Unhandled', Payload });
}

/** The events that the function got. */
export function events(calls: readonly AwsRequest[]): JsonObject[] {
  return calls.filter(isAuthorizerCall).map(eventOf);
}

function isAuthorizerCall({ service, input }: AwsRequest): boolean {
  return service === 'lambda' && input.FunctionName === AUTHORIZER_FUNCTION;
}

function eventOf({ input }: AwsRequest): JsonObject {
  return input.Payload as JsonObject;
}
