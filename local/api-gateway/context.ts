import type { AuthorizerAnswer } from './authorizer-answer.ts';
import type { ApiKey, RestApiDefinition } from './definition.ts';
import type { ValueMap } from './java-values.ts';
import type { GatewayRequest } from './request.ts';

/** One request on its way through one method. */
export interface Call {
  readonly api: RestApiDefinition;
  readonly request: GatewayRequest;
  readonly resourceId: string;
  /** For example `/vehicles/{vin}`; empty when no resource was found. */
  readonly resourcePath: string;
  /** Once the method's authorizer has answered. */
  readonly authorizer?: AuthorizerAnswer;
  /** Once the key that the method requires is known. */
  readonly apiKey?: ApiKey;
  /** `$context.responseOverride`: request and response templates write to the same one. */
  readonly responseOverride: ValueMap;
}

type Variable = (call: Call) => string | number;

const none: Variable = () => '';

/**
 * `$context` variables by their full name. A caller's identity is empty: signatures are not verified here. What
 * authorizers answer is not known before they do: whatever is not among it is empty.
 * Source: «$context variables for data transformations» in the API Gateway developer guide.
 */
const VARIABLES: Readonly<Record<string, Variable>> = {
  accountId: ({ api }) => api.accountId,
  apiId: ({ api }) => api.id,
  domainName: ({ request }) => hostName(request),
  domainPrefix: ({ request }) => hostName(request).split('.')[0] ?? '',
  extendedRequestId: ({ request }) => extendedRequestId(request),
  httpMethod: ({ request }) => request.httpMethod,
  'identity.accessKey': none,
  'identity.accountId': none,
  'identity.apiKey': ({ apiKey }) => apiKey?.value ?? '',
  'identity.apiKeyId': ({ apiKey }) => apiKey?.id ?? '',
  'identity.caller': none,
  'identity.principalOrgId': none,
  'identity.sourceIp': ({ request }) => request.sourceIp,
  'identity.user': none,
  'identity.userAgent': ({ request }) => request.header('user-agent') ?? '',
  'identity.userArn': none,
  path: ({ request }) => request.path,
  protocol: ({ request }) => request.protocol,
  requestId: ({ request }) => request.id,
  requestTime: ({ request }) => commonLogTime(request.receivedAt),
  requestTimeEpoch: ({ request }) => request.receivedAt,
  resourceId: ({ resourceId }) => resourceId,
  resourcePath: ({ resourcePath }) => resourcePath,
  stage: ({ api }) => api.stage.name,
};

/** The variable, for example for `identity.sourceIp`; `undefined` if there is none of that name. */
export function contextVariable(name: string): Variable | undefined {
  const key = /^authorizer\.([\w-]+)$/.exec(name)?.[1];
  if (key !== undefined) return ({ authorizer }) => authorizer?.variables.get(key) ?? '';
  return Object.hasOwn(VARIABLES, name) ? VARIABLES[name] : undefined;
}

/** API Gateway's second id, which a client cannot choose; it also stands in the header `x-amz-apigw-id`. */
export function extendedRequestId(request: GatewayRequest): string {
  return `${request.id.replaceAll('-', '').slice(0, 15)}=`;
}

function hostName(request: GatewayRequest): string {
  return (request.header('host') ?? '').replace(/:\d+$/, '');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Common log format, for example `09/Apr/2015:12:34:56 +0000`. */
function commonLogTime(epoch: number): string {
  const iso = new Date(epoch).toISOString();
  const month = MONTHS[Number(iso.slice(5, 7)) - 1];
  return `${iso.slice(8, 10)}/${month}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}
