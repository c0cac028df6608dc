import type { AwsCall, Log } from '../aws.ts';
import type { Answer } from './answer.ts';
import { type Authorize, authorizerOf, checkAccess, compileAuthorizers } from './authorizers.ts';
import type { Call } from './context.ts';
import { type MethodProperties, type RestApiDefinition, refuse, refuseUnknownFields } from './definition.ts';
import { compileGatewayResponses, GatewayError } from './gateway-responses.ts';
import { createHttpServer, type HttpServer, type ProtocolError } from './http-server.ts';
import { compileIntegration, type Integration } from './integrations.ts';
import type { GatewayRequest } from './request.ts';
import { Routes } from './routes.ts';
import { ACCOUNT_BURST, TokenBucket } from './throttle.ts';
import { compileUsagePlans } from './usage-plans.ts';
import { compileValidator, Models, type Validate } from './validator.ts';

export type { MethodProperties, RestApiDefinition } from './definition.ts';

/** Serves at `/{path}`, without the stage's name, as behind a custom domain. */
export type RestApi = HttpServer;

interface Method {
  readonly resourceId: string;
  readonly resourcePath: string;
  readonly signed: boolean;
  readonly authorize: Authorize | undefined;
  readonly needsKey: boolean;
  readonly validate: Validate;
  readonly integrate: Integration;
}

/**
 * An Amazon API Gateway REST API, run as its template defines it; without caching, access logs, binary media types,
 * compression and the account's own throttle. Everything is compiled here, so that what is not supported, or what API
 * Gateway would refuse to deploy, fails before the first request.
 * @param observe is told the status of each answer
 * @throws Error naming the method and the field for anything not supported
 */
export function createRestApi(
  api: RestApiDefinition,
  awsCall: AwsCall,
  log: Log,
  observe: (status: number) => void = () => undefined,
): RestApi {
  const routes = compileRoutes(api, awsCall, log);
  const respond = compileGatewayResponses(api);
  const findClient = compileUsagePlans(api);
  const { throttlingRateLimit: rate, throttlingBurstLimit: burst = ACCOUNT_BURST } = api.stage;
  const bucket = rate === undefined ? undefined : new TokenBucket(rate, burst);

  const observed = (answered: Answer): Answer => {
    observe(answered.status);
    return answered;
  };
  const answer = async (request: GatewayRequest): Promise<Answer> => {
    const call = newCall(api, request);
    try {
      const match = findMethod(routes, request);
      const { resourceId, resourcePath, signed, authorize, needsKey, validate, integrate } = match.method;
      request.pathParameters = match.pathParameters;
      call.resourceId = resourceId;
      call.resourcePath = resourcePath;
      if (signed) checkSignature(request);
      if (authorize !== undefined) {
        const asked = authorize(request);
        // Most tokens are known: nobody has to wait a turn for them.
        const authorizer = asked instanceof Promise ? await asked : asked;
        call.authorizer = authorizer;
        checkAccess(authorizer, api, request);
      }
      if (needsKey) {
        const { key, spend } = findClient(call);
        call.apiKey = key;
        spend();
      }
      if (bucket?.take() === false) throw new GatewayError('THROTTLED');
      validate(request);
      return observed(await integrate(call));
    } catch (error) {
      if (error instanceof GatewayError) return observed(respond(error, call));
      log(api.id, `${request.httpMethod} ${request.path}: ${(error as Error).stack}`);
      return observed(respond(new GatewayError('DEFAULT_5XX'), call));
    }
  };
  const answerError = (error: ProtocolError, request: GatewayRequest): Answer =>
    observed(respond(protocolErrors[error](), newCall(api, request)));
  return createHttpServer({ answer, answerError });
}

/** Answers of API Gateway's front end, in the API's own shape of a 4xx. */
const protocolErrors: Readonly<Record<ProtocolError, () => GatewayError>> = {
  BAD_REQUEST: () => new GatewayError('DEFAULT_4XX', { message: 'Bad Request', status: 400 }),
  BODY_TOO_LARGE: () => new GatewayError('REQUEST_TOO_LARGE'),
  HEAD_TOO_LARGE: () =>
    new GatewayError('DEFAULT_4XX', { message: 'Request Header Fields Too Large', status: 431 }),
  TIMEOUT: () => new GatewayError('DEFAULT_4XX', { message: 'Request Timeout', status: 408 }),
};

function compileRoutes(api: RestApiDefinition, awsCall: AwsCall, log: Log): Routes<Method> {
  const routes = new Routes<Method>(api.rootResourceId, api.resources);
  const models = new Models(api);
  const authorizers = compileAuthorizers(api, awsCall, log);
  for (const properties of api.methods) {
    const { HttpMethod, ResourceId } = properties;
    const resourcePath = routes.pathOf(ResourceId);
    const label = `${HttpMethod} ${resourcePath ?? ResourceId}`;
    if (resourcePath === undefined) refuse(label, 'ResourceId', 'there is no such resource');
    refuseUnknownFields(label, properties);
    routes.add(ResourceId, HttpMethod, {
      resourceId: ResourceId,
      resourcePath,
      signed: isSigned(label, properties),
      authorize: authorizerOf(label, properties, authorizers),
      needsKey: properties.ApiKeyRequired === true,
      validate: compileValidator(label, properties, api, models),
      integrate: compileIntegration(label, properties, api, awsCall, log),
    });
  }
  return routes;
}

function isSigned(label: string, { AuthorizationType = 'NONE' }: MethodProperties): boolean {
  if (!['AWS_IAM', 'CUSTOM', 'NONE'].includes(AuthorizationType)) {
    refuse(label, 'AuthorizationType', `${AuthorizationType} is not supported`);
  }
  return AuthorizationType === 'AWS_IAM';
}

function findMethod(routes: Routes<Method>, request: GatewayRequest) {
  try {
    const match = routes.find(request.httpMethod, request.path);
    if (match !== undefined) return match;
  } catch (error) {
    if (error instanceof URIError) throw protocolErrors.BAD_REQUEST();
    throw error;
  }
  // API Gateway says this of an unknown path or method too.
  throw new GatewayError('MISSING_AUTHENTICATION_TOKEN');
}

/** Only the form is looked at: there are no keys here that a signature could be verified with. */
function checkSignature(request: GatewayRequest): void {
  if (/^AWS4-HMAC-SHA256 Credential=\S/.test(request.header('authorization') ?? '')) return;
  throw new GatewayError('MISSING_AUTHENTICATION_TOKEN');
}

/** It is filled in on its way. */
type NewCall = { -readonly [Field in keyof Call]: Call[Field] };

function newCall(api: RestApiDefinition, request: GatewayRequest): NewCall {
  return { api, request, resourceId: '', resourcePath: '', responseOverride: { header: {} } };
}
