import type { Answer } from './answer.ts';
import type { Call } from './context.ts';
import type { GatewayResponseDefinition, RestApiDefinition } from './definition.ts';
import { compileGatewayTemplate, type GatewayTemplate } from './gateway-template.ts';
import { headerSafe } from './headers.ts';
import { type ParameterSource, parameterSource } from './parameter-mapping.ts';
import { mediaType } from './request.ts';

/**
 * Default status, `x-amzn-errortype` and message of each type that this module can answer with. Where an
 * authorizer fails, AWS's message is null: that is not documented, but many have asked about it.
 */
const TYPES = {
  ACCESS_DENIED: [403, 'AccessDeniedException', 'User is not authorized to access this resource'],
  API_CONFIGURATION_ERROR: [500, 'InternalServerErrorException', 'Internal server error'],
  AUTHORIZER_CONFIGURATION_ERROR: [500, 'AuthorizerConfigurationException', null],
  AUTHORIZER_FAILURE: [500, 'AuthorizerFailureException', null],
  BAD_REQUEST_BODY: [400, 'BadRequestException', 'Invalid request body'],
  BAD_REQUEST_PARAMETERS: [400, 'BadRequestException', 'Missing required request parameters'],
  DEFAULT_4XX: [400, 'BadRequestException', 'Bad Request'],
  DEFAULT_5XX: [500, 'InternalServerErrorException', 'Internal server error'],
  INTEGRATION_FAILURE: [504, 'InternalServerErrorException', 'Internal server error'],
  INTEGRATION_TIMEOUT: [504, 'InternalServerErrorException', 'Endpoint request timed out'],
  INVALID_API_KEY: [403, 'ForbiddenException', 'Forbidden'],
  MISSING_AUTHENTICATION_TOKEN: [403, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
  QUOTA_EXCEEDED: [429, 'LimitExceededException', 'Limit Exceeded'],
  REQUEST_TOO_LARGE: [413, 'RequestTooLargeException', 'Request Too Long'],
  THROTTLED: [429, 'TooManyRequestsException', 'Too Many Requests'],
  UNAUTHORIZED: [401, 'UnauthorizedException', 'Unauthorized'],
  UNSUPPORTED_MEDIA_TYPE: [415, 'BadRequestException', 'Unsupported Media Type'],
} as const satisfies Record<string, readonly [number, string, string | null]>;

/** Types of «Gateway response types for API Gateway» that nothing here leads to. */
const UNREACHED_TYPES = new Set(['EXPIRED_TOKEN', 'INVALID_SIGNATURE', 'RESOURCE_NOT_FOUND', 'WAF_FILTERED']);

export type GatewayResponseType = keyof typeof TYPES;

/** A request that API Gateway answers itself. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly type: GatewayResponseType;
  /** `$context.error.messageString`: the message as JSON. */
  readonly messageString: string;
  /** `$context.error.validationErrorString`. */
  readonly validationError: string;
  /** Stands above every configured status: for answers that API Gateway's front end gives. */
  readonly fixedStatus: number | undefined;

  constructor(
    type: GatewayResponseType,
    details: { message?: string; validationError?: string; status?: number; cause?: unknown } = {},
  ) {
    const message = details.message ?? TYPES[type][2];
    super(message ?? '', { cause: details.cause });
    this.type = type;
    this.messageString = JSON.stringify(message);
    this.validationError = details.validationError ?? '';
    this.fixedStatus = details.status;
  }
}

export type GatewayResponses = (error: GatewayError, call: Call) => Answer;

interface Template {
  readonly contentType: string;
  readonly render: GatewayTemplate;
}
interface Response {
  readonly status: number | undefined;
  readonly headers: readonly (readonly [string, ParameterSource])[];
  readonly templates: readonly [Template, ...Template[]];
}

/** What AWS answers where nothing is configured. */
const DEFAULT_TEMPLATES = { 'application/json': '{"message":$context.error.messageString}' };

/**
 * An error is answered with the response of its own type, else with `DEFAULT_4XX` or `DEFAULT_5XX`, else with
 * AWS's default. Their templates are no VTL: variables are substituted and nothing else.
 * Source: «Gateway responses for REST APIs» in the API Gateway developer guide.
 * @throws Error naming the response type and what is not supported
 */
export function compileGatewayResponses({ gatewayResponses }: RestApiDefinition): GatewayResponses {
  const responses = new Map<string, Response>();
  const unconfigured: Response = { status: undefined, headers: [], templates: compileTemplates({}) };
  for (const definition of gatewayResponses) {
    const { responseType } = definition;
    try {
      if (!Object.hasOwn(TYPES, responseType) && !UNREACHED_TYPES.has(responseType)) {
        throw new Error('unknown type');
      }
      responses.set(responseType, compileResponse(definition));
    } catch (error) {
      throw new Error(`gateway response ${responseType}: ${(error as Error).message}`);
    }
  }
  return (error, call) => {
    const [defaultStatus, errorType] = TYPES[error.type];
    const fallback = (error.fixedStatus ?? defaultStatus) >= 500 ? 'DEFAULT_5XX' : 'DEFAULT_4XX';
    const response = responses.get(error.type) ?? responses.get(fallback) ?? unconfigured;
    const headers = ['x-amzn-errortype', errorType];
    for (const [name, source] of response.headers) {
      const value = source(call);
      if (value !== undefined) headers.push(name, headerSafe(value));
    }
    const accepted = mediaType(call.request.header('accept'));
    const { contentType, render } =
      response.templates.find((template) => template.contentType === accepted) ?? response.templates[0];
    return {
      status: response.status ?? error.fixedStatus ?? defaultStatus,
      contentType,
      headers,
      body: render(error, call),
    };
  };
}

function compileResponse(definition: GatewayResponseDefinition): Response {
  const { statusCode, responseParameters, responseTemplates } = definition;
  if (statusCode !== undefined && !/^[2-5]\d\d$/.test(statusCode)) throw new Error(`status ${statusCode}`);
  const headers = Object.entries(responseParameters).map(([target, expression]) => {
    const name = /^gatewayresponse\.header\.([\w-]+)$/.exec(target)?.[1];
    if (name === undefined) throw new Error(`response parameter ${target} is not supported`);
    return [name, parameterSource(expression, undefined)] as const;
  });
  return {
    status: statusCode === undefined ? undefined : Number(statusCode),
    headers,
    templates: compileTemplates(responseTemplates),
  };
}

/** The template for `application/json` comes first: it is taken where the client accepts none of them. */
function compileTemplates(templates: Record<string, string>): readonly [Template, ...Template[]] {
  const given = Object.keys(templates).length > 0 ? templates : DEFAULT_TEMPLATES;
  const compiled = Object.entries(given).map(([contentType, source]) => ({
    contentType,
    render: compileGatewayTemplate(source, contentType),
  }));
  compiled.sort(
    (a, b) => Number(b.contentType === 'application/json') - Number(a.contentType === 'application/json'),
  );
  return compiled as [Template, ...Template[]];
}
