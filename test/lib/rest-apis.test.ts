import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { RETRY_AFTER_SECONDS, TRY_AGAIN } from '../../lib/mapping-templates.ts';
import { Models } from '../../local/api-gateway/validator.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { allStages, type SynthesisedStage, withoutGreen } from './synthesis.ts';

const APP_API = 'blue/EventCreation/Api';
const AUTHORIZER = 'blue/EventCreation/Identity/Authorizer';
const SIMULATOR_API = 'vehicle-simulator/Api/RestApi';
const EVENT_STATUS = 'POST /eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const EVENT_POSITION = 'POST /eadrax-vrccs/v4/presentation/remote-commands/eventPosition';
const HISTORY = 'GET /eadrax-vrccs/v3/presentation/remote-history/{vin}';
const PUBLISH = 'POST /api/v5/publish';
const WAKE_UP = 'POST /api/v5/wake-up';
const NOTIFY = 'POST /notifications';
const NOTIFICATIONS = 'GET /notifications/{eventId}';

/** The triggers, each with its services: one, or several that a query parameter tells apart. */
const triggers = [...Map.groupBy(CATALOGUE, ({ trigger }) => `POST ${trigger.path}`)].map(
  ([name, services]) => ({ name, services }),
);

/** One value for each trigger. */
const forTriggers = <T>(value: T): Record<string, T> =>
  Object.fromEntries(triggers.map(({ name }) => [name, value]));

/** What each method calls, and in which role. */
const CALLS = {
  ...forTriggers('states:action/StartSyncExecution as blue/EventCreation/Triggers/Role'),
  [EVENT_STATUS]: 'dynamodb:action/GetItem as blue/EventCreation/Status/Role',
  [EVENT_POSITION]: 'dynamodb:action/Query as blue/EventCreation/Status/Role',
  [HISTORY]:
    'lambda:path/2015-03-31/functions/blue/EventCreation/Status/History/invocations as API Gateway itself',
};
const SUBSCRIBER_CALLS = {
  [NOTIFY]: 'dynamodb:action/PutItem as vehicle-simulator/Api/SubscriberRole',
  [NOTIFICATIONS]: 'dynamodb:action/Query as vehicle-simulator/Api/SubscriberRole',
};
const BROKER_CALLS = {
  [PUBLISH]: 'states:action/StartSyncExecution as vehicle-simulator/Api/BrokerRole',
  [WAKE_UP]: 'states:action/StartSyncExecution as vehicle-simulator/Api/BrokerRole',
};

/** The parameters that a request of a trigger must have: the vehicle, and which of its path's services it is. */
const TRIGGER_PARAMETERS: Readonly<Record<string, Record<string, boolean>>> = {
  'horn-blow': { 'method.request.header.bmw-vin': true },
  'light-flash': { 'method.request.header.bmw-vin': true },
  'door-lock': { 'method.request.header.bmw-vin': true },
  'door-unlock': { 'method.request.header.bmw-vin': true },
  'window-close': { 'method.request.header.bmw-vin': true },
  'climate-start': {
    'method.request.header.bmw-vin': true,
    'method.request.querystring.action': true,
  },
  'vehicle-finder': { 'method.request.header.bmw-vin': true },
  'charge-start': { 'method.request.path.vin': true },
  'charge-stop': { 'method.request.path.vin': true },
  'charging-settings': { 'method.request.path.vin': true },
  'charging-profile': { 'method.request.path.vin': true },
  // The body names the vehicle, and its schema asks for it.
  'send-to-car': {},
};

/** The parameters that a request must have, and may have. */
const PARAMETERS: Readonly<Record<string, Record<string, boolean>>> = {
  ...Object.fromEntries(
    triggers.map(({ name, services: [first] }) => [name, TRIGGER_PARAMETERS[first?.serviceType ?? ''] ?? {}]),
  ),
  [EVENT_STATUS]: { 'method.request.querystring.eventId': true },
  [EVENT_POSITION]: {
    'method.request.querystring.eventId': true,
    'method.request.header.latitude': true,
    'method.request.header.longitude': true,
  },
  [HISTORY]: { 'method.request.path.vin': true, 'method.request.querystring.before': false },
};

type Statuses = readonly (readonly [string | undefined, string])[];
const FROM_TABLE: Statuses = [
  [undefined, '200'],
  // DynamoDB answers 400 or 5xx; a key that it refuses is none of ours.
  ['400', '404'],
  // A 5xx would end the command for an app that polls; after a 429 it tries again.
  ['5\\d{2}', '429'],
];
const orUnavailable = (status: string): Statuses => [
  [undefined, status],
  ['[45]\\d{2}', '503'],
];

/** The status of the answer by the status of the service (a pattern); the first is what remains. */
const STATUSES: Readonly<Record<string, Statuses>> = {
  ...forTriggers<Statuses>([
    [undefined, '202'],
    ['4\\d{2}', '500'],
    ['5\\d{2}', '503'],
  ]),
  [EVENT_STATUS]: FROM_TABLE,
  [EVENT_POSITION]: FROM_TABLE,
  [PUBLISH]: orUnavailable('200'),
  [WAKE_UP]: orUnavailable('202'),
  [NOTIFY]: orUnavailable('200'),
  [NOTIFICATIONS]: orUnavailable('200'),
};

/** The errors that API Gateway answers by itself. */
const GATEWAY_STATUSES = {
  ACCESS_DENIED: 403,
  AUTHORIZER_CONFIGURATION_ERROR: 429,
  AUTHORIZER_FAILURE: 429,
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: 400,
  DEFAULT_5XX: 500,
  EXPIRED_TOKEN: 403,
  INTEGRATION_FAILURE: 429,
  INTEGRATION_TIMEOUT: 429,
  INVALID_API_KEY: 403,
  INVALID_SIGNATURE: 403,
  MISSING_AUTHENTICATION_TOKEN: 404,
  QUOTA_EXCEEDED: 429,
  REQUEST_TOO_LARGE: 413,
  RESOURCE_NOT_FOUND: 404,
  THROTTLED: 429,
  UNAUTHORIZED: 401,
  UNSUPPORTED_MEDIA_TYPE: 415,
  WAF_FILTERED: 403,
};

const JsonTemplate = z.strictObject({ 'application/json': z.string() });
/** A service of AWS, called with what a template makes of the request. */
const Mapped = z.looseObject({
  Type: z.literal('AWS'),
  IntegrationHttpMethod: z.literal('POST'),
  Uri: z.string(),
  Credentials: z.string(),
  PassthroughBehavior: z.string().optional(),
  RequestTemplates: JsonTemplate,
  IntegrationResponses: z.array(
    z.strictObject({
      StatusCode: z.string(),
      SelectionPattern: z.string().optional(),
      ResponseTemplates: JsonTemplate,
    }),
  ),
});
/** A function that gets the request as it is, and answers for itself. */
const Proxied = z.strictObject({
  Type: z.literal('AWS_PROXY'),
  IntegrationHttpMethod: z.literal('POST'),
  Uri: z.string(),
  Credentials: z.undefined().optional(),
});
const Method = z.looseObject({
  HttpMethod: z.string(),
  RestApiId: z.string(),
  ResourceId: z.string(),
  AuthorizationType: z.string(),
  AuthorizerId: z.string().optional(),
  ApiKeyRequired: z.boolean().optional(),
  RequestValidatorId: z.string().optional(),
  RequestParameters: z.record(z.string(), z.boolean()).optional(),
  RequestModels: JsonTemplate.optional(),
  MethodResponses: z.array(z.looseObject({ StatusCode: z.string() })).default([]),
  Integration: z.discriminatedUnion('Type', [Mapped, Proxied]),
});
type Method = z.infer<typeof Method>;

/** Methods by what a client calls, `POST /notifications`. */
const methodsOf = (stage: SynthesisedStage) =>
  new Map(
    stage.all('AWS::ApiGateway::Method').map(({ properties }) => {
      const method = Method.parse(properties);
      const [, path] = method.ResourceId.split('/Default');
      return [`${method.HttpMethod} ${path}`, method];
    }),
  );

/** Those that templates stand between. */
const mapped = (methods: ReadonlyMap<string, Method>) =>
  [...methods].flatMap(([name, method]) => {
    const { Integration } = method;
    return Integration.Type === 'AWS' ? [{ name, method, integration: Integration }] : [];
  });

/** An error in the interface's shape, and nothing beside it. */
const ErrorBody = z.strictObject({ statusCode: z.int(), message: z.string().min(1) });

/** The errors that a response template may answer, whatever its conditions. */
const errorsIn = (template: string) =>
  (template.match(/\{"statusCode":[^}]*\}/g) ?? []).map((text) => ErrorBody.parse(JSON.parse(text)));

describe.each(allStages().map(withoutGreen))('in $config.name', (stage) => {
  const methods = methodsOf(stage);
  const apis = stage.all('AWS::ApiGateway::RestApi');

  test('the app’s API has the triggers of the catalogue, status, position and history; the simulator its two ends', () => {
    const calls = [...methods].map(([name, { Integration }]) => [
      name,
      `${Integration.Uri.split(':apigateway:region:')[1]} as ${Integration.Credentials ?? 'API Gateway itself'}`,
    ]);
    expect(Object.fromEntries(calls)).toEqual({
      ...CALLS,
      ...(stage.config.vehicleSimulator && SUBSCRIBER_CALLS),
      ...(stage.config.broker === 'mock' && BROKER_CALLS),
    });
  });

  test('a resource has one method: the access log names resources only', () => {
    const resources = [...methods.values()].map(({ RestApiId, ResourceId }) => `${RestApiId} ${ResourceId}`);
    expect(new Set(resources).size).toBe(resources.length);
  });

  test('there are no other APIs', () => {
    expect(apis.map(({ path }) => path).sort()).toEqual(
      stage.config.vehicleSimulator ? [APP_API, SIMULATOR_API] : [APP_API],
    );
  });

  test('every route of the app asks for a user’s token, and for a client’s key', () => {
    const open = [...methods].filter(
      ([, { RestApiId, AuthorizationType, AuthorizerId, ApiKeyRequired }]) =>
        RestApiId !== SIMULATOR_API &&
        !(AuthorizationType === 'CUSTOM' && AuthorizerId === AUTHORIZER && ApiKeyRequired === true),
    );
    expect(open.map(([name]) => name)).toEqual([]);
  });

  test('callers of the simulator sign with IAM', () => {
    const open = [...methods].filter(
      ([, { RestApiId, AuthorizationType }]) =>
        RestApiId === SIMULATOR_API && AuthorizationType !== 'AWS_IAM',
    );
    expect(open.map(([name]) => name)).toEqual([]);
  });

  test('tokens are verified by a function; what is no bearer token does not reach it', () => {
    expect(stage.all('AWS::ApiGateway::Authorizer').map(({ path }) => path)).toEqual([AUTHORIZER]);
    // Nothing else: credentials would make API Gateway call the function in a role.
    expect(stage.at(AUTHORIZER).properties).toEqual({
      RestApiId: APP_API,
      Name: expect.any(String),
      Type: 'TOKEN',
      AuthorizerUri:
        'arn:aws:apigateway:region:lambda:path/2015-03-31/functions/blue/EventCreation/Identity/Authorize/invocations',
      IdentitySource: 'method.request.header.Authorization',
      IdentityValidationExpression: '^[Bb]earer [-0-9A-Za-z._~+/]+=*$',
      // So long may a token that has expired be used.
      AuthorizerResultTtlInSeconds: 300,
    });
  });

  test('every client has a key and limits of its own, for this stage of the API only', () => {
    const { clients, name } = stage.config;
    expect(clients.length).toBeGreaterThan(0);
    const plans = stage.all('AWS::ApiGateway::UsagePlan');
    expect(plans.map(({ properties: { Tags: _, ...plan } }) => plan)).toEqual(
      clients.map(({ id, requestsPerSecond, burst }) => ({
        Description: `Limits of the app ${id} in ${name}`,
        ApiStages: [{ ApiId: APP_API, Stage: `${APP_API}/DeploymentStage.api`, Throttle: {} }],
        Throttle: { RateLimit: requestsPerSecond, BurstLimit: burst },
      })),
    );
    const keys = stage.all('AWS::ApiGateway::UsagePlanKey').map(({ properties }) => {
      const { Value, Enabled } = stage.at(String(properties.KeyId)).properties;
      expect(properties.KeyType).toBe('API_KEY');
      return { plan: properties.UsagePlanId, value: Value, enabled: Enabled };
    });
    expect(keys).toEqual(
      clients.map(({ id }, index) => ({
        plan: plans[index]?.path,
        // What the authorizer says of the client's tokens.
        value: `remote-services-${name}-blue-${stage.config.identity === 'demo-users' ? 'shared/DemoUsers/App' : id}`,
        enabled: true,
      })),
    );
    expect(stage.all('AWS::ApiGateway::ApiKey')).toHaveLength(keys.length);
    // API Gateway takes no shorter ones.
    for (const { value } of keys) expect(String(value).length).toBeGreaterThanOrEqual(20);
  });

  test('a client’s limits leave room for others', () => {
    const { clients, throttling } = stage.config;
    for (const { id, requestsPerSecond, burst } of clients) {
      expect(requestsPerSecond, id).toBeLessThan(throttling.requestsPerSecond);
      expect(burst, id).toBeLessThan(throttling.burst);
    }
  });

  test('which client calls, the authorizer says, and not a header', () => {
    expect(stage.at(APP_API).properties.ApiKeySourceType).toBe('AUTHORIZER');
    const variables = stage.at('blue/EventCreation/Identity/Authorize').properties.Environment;
    expect(variables).toMatchObject({
      Variables: {
        API_KEY_PREFIX: `remote-services-${stage.config.name}-blue-`,
        ...(stage.config.identity === 'demo-users'
          ? {
              TOKEN_ISSUER: 'shared/DemoUsers/Pool.ProviderURL',
              // Cognito takes no other audience than the app itself.
              TOKEN_AUDIENCE: 'shared/DemoUsers/App',
            }
          : { TOKEN_ISSUER: '<TokenIssuer>', TOKEN_AUDIENCE: '<TokenAudience>' }),
      },
    });
  });

  test('a request lacks nothing: parameters and bodies are checked before anything is called', () => {
    for (const { path } of apis) {
      expect(stage.at(`${path}/Validator`).properties).toMatchObject({
        ValidateRequestBody: true,
        ValidateRequestParameters: true,
      });
    }
    for (const [name, { RestApiId, RequestParameters, RequestModels, RequestValidatorId }] of methods) {
      expect(RequestParameters ?? {}, name).toEqual(PARAMETERS[name] ?? {});
      const needed = RequestParameters !== undefined || RequestModels !== undefined;
      expect(RequestValidatorId, name).toBe(needed ? `${RestApiId}/Validator` : undefined);
    }
  });

  test('a body of another type than JSON, which the validator would pass, reaches no service', () => {
    for (const { name, method, integration } of mapped(methods)) {
      // Without a body there is no type to differ.
      if (method.HttpMethod !== 'GET') expect(integration.PassthroughBehavior, name).toBe('NEVER');
    }
  });

  test('what a function answers for itself is a GET', () => {
    const proxied = [...methods].filter(([, { Integration }]) => Integration.Type === 'AWS_PROXY');
    expect(proxied.map(([name]) => name)).toEqual([HISTORY]);
  });

  test('the status of each answer follows from the status of the service', () => {
    for (const { name, integration } of mapped(methods)) {
      const statuses = integration.IntegrationResponses.map(({ SelectionPattern, StatusCode }) => [
        SelectionPattern,
        StatusCode,
      ]);
      expect(statuses, name).toEqual(STATUSES[name]);
    }
  });

  test('every failed call is answered in the interface’s shape, with a status that the method knows', () => {
    for (const { name, method, integration } of mapped(methods)) {
      const known = method.MethodResponses.map(({ StatusCode }) => StatusCode);
      for (const { SelectionPattern, StatusCode, ResponseTemplates } of integration.IntegrationResponses) {
        const errors = errorsIn(ResponseTemplates['application/json']).map(({ statusCode }) =>
          String(statusCode),
        );
        if (SelectionPattern !== undefined) expect(errors, name).toContain(StatusCode);
        expect(known, name).toEqual(expect.arrayContaining([StatusCode, ...errors]));
      }
    }
  });

  test('every answer of 429 says when to try again', () => {
    const limited = mapped(methods).flatMap(({ name, integration }) =>
      integration.IntegrationResponses.map(({ ResponseTemplates }) => ResponseTemplates['application/json'])
        .filter((template) => template.includes('429'))
        .map((template) => ({ name, template })),
    );
    expect(new Set(limited.map(({ name }) => name))).toEqual(
      new Set([...triggers.map(({ name }) => name), EVENT_STATUS, EVENT_POSITION]),
    );
    for (const { name, template } of limited) {
      expect(template, name).toContain(
        `#set($context.responseOverride.header.Retry-After = "${RETRY_AFTER_SECONDS}")`,
      );
      const errors = errorsIn(template).filter(({ statusCode }) => statusCode === 429);
      expect(errors, name).not.toEqual([]);
      for (const { message } of errors) expect(message.endsWith(` ${TRY_AGAIN}`), message).toBe(true);
    }
  });

  test('a poll is answered by no 5xx, which would end the command for the app', () => {
    for (const name of [EVENT_STATUS, EVENT_POSITION]) {
      const { MethodResponses = [] } = methods.get(name) ?? {};
      expect(
        MethodResponses.map(({ StatusCode }) => StatusCode),
        name,
      ).toEqual(['200', '400', '401', '403', '404', '429']);
    }
  });

  test('every method of the app may answer with the correlation id, and when to try again, whatever its status', () => {
    for (const { name, method } of mapped(methods)) {
      if (method.RestApiId !== APP_API) continue;
      expect(method.MethodResponses, name).not.toEqual([]);
      for (const response of method.MethodResponses) {
        expect(response, `${name}: ${response.StatusCode}`).toMatchObject({
          ResponseParameters: {
            'method.response.header.x-correlation-id': true,
            'method.response.header.Retry-After': true,
          },
        });
      }
    }
  });

  test.each(apis)('$path answers API Gateway’s own errors in the interface’s shape', ({ path: api }) => {
    const statuses = stage
      .all('AWS::ApiGateway::GatewayResponse')
      .filter(({ properties }) => properties.RestApiId === api)
      .map(({ properties }) => {
        const template = JsonTemplate.parse(properties.ResponseTemplates)['application/json'];
        const body = template
          // A JSON text with its quotes, and one without.
          .replaceAll('$context.error.messageString', '"why"')
          .replaceAll('$context.error.validationErrorString', 'why');
        const { statusCode, message } = ErrorBody.parse(JSON.parse(body));
        expect(properties.StatusCode, String(properties.ResponseType)).toBe(String(statusCode));
        expect(properties.ResponseParameters, String(properties.ResponseType)).toEqual({
          'gatewayresponse.header.x-correlation-id': 'method.request.header.x-correlation-id',
          ...(statusCode === 429 && { 'gatewayresponse.header.Retry-After': `'${RETRY_AFTER_SECONDS}'` }),
        });
        if (statusCode === 429) expect(message.endsWith(` ${TRY_AGAIN}`), message).toBe(true);
        return [properties.ResponseType, statusCode];
      });
    expect(Object.fromEntries(statuses)).toEqual(GATEWAY_STATUSES);
  });

  test.each(apis)(
    '$path is throttled as the stage says, and neither traces nor logs personal data',
    ({ path }) => {
      const { properties } = stage.at(`${path}/DeploymentStage.api`);
      expect(properties).toMatchObject({
        StageName: 'api',
        // Traces hold paths and queries.
        TracingEnabled: false,
        MethodSettings: [
          {
            ResourcePath: '/*',
            HttpMethod: '*',
            LoggingLevel: 'ERROR',
            ThrottlingRateLimit: stage.config.throttling.requestsPerSecond,
            ThrottlingBurstLimit: stage.config.throttling.burst,
          },
        ],
      });
      expect(properties.MethodSettings).not.toMatchObject([{ DataTraceEnabled: true }]);
      const { Format } = z.object({ Format: z.string() }).parse(properties.AccessLogSetting);
      // $context.path and the request's parameters may hold a VIN.
      expect(Format).not.toMatch(
        /\$context\.(path|customDomain|identity|requestOverride|authorizer|xray)|\$input/,
      );
      expect(JSON.parse(Format)).toEqual({
        requestId: '$context.requestId',
        resource: '$context.resourcePath',
        status: '$context.status',
        latencyMs: '$context.responseLatency',
        error: '$context.error.message',
      });
    },
  );

  describe.each(triggers)('$name', ({ name, services }) => {
    const method = methods.get(name) ?? Method.parse({});
    const model = stage.at(String(method.RequestModels?.['application/json'])).properties;

    test('has the model of its services’ schema', () => {
      expect(model).toMatchObject({ RestApiId: APP_API, ContentType: 'application/json' });
      const schema = model.Schema as JsonObject;
      expect(schema.$schema).toBe('http://json-schema.org/draft-04/schema#');
      const accepts = acceptorOf(schema);
      for (const { request, example } of services) {
        fc.assert(
          fc.property(fc.oneof(fc.jsonValue(), nearly(example)), (body) => {
            expect(accepts(body)).toBe(request.safeParse(body).success);
          }),
          { examples: [[{}], [[]], [null], ['{}'], [{ action: 'START' }], [example]] },
        );
      }
    });

    test('tells its services apart by a parameter that each of them has a value of', () => {
      const queries = services.map(({ trigger }) => trigger.query);
      const values = queries.flatMap((query) => (query === undefined ? [] : [query.value]));
      expect(values).toHaveLength(services.length > 1 ? services.length : values.length);
      expect(new Set(values).size).toBe(values.length);
      expect(new Set(queries.map((query) => query?.name)).size).toBe(1);
      expect(new Set(services.map(({ trigger }) => trigger.vin)).size).toBe(1);
    });

    test('answers by these statuses', () => {
      expect(method.MethodResponses.map(({ StatusCode }) => StatusCode)).toEqual([
        '202',
        '400',
        '401',
        '403',
        '404',
        '409',
        '413',
        '422',
        '429',
        '500',
        '503',
        '504',
      ]);
    });
  });
});

/** What a bearer token looks like (RFC 6750). */
describe('the expression that tokens must match', () => {
  const [stage] = allStages().map(withoutGreen);
  const { IdentityValidationExpression } = stage?.at(AUTHORIZER).properties ?? {};
  const isToken = (text: string) => new RegExp(String(IdentityValidationExpression)).test(text);

  test.each(['Bearer a', 'bearer a', 'Bearer eyJ.eyJ.s-_', 'Bearer a~+/9=='])('%j passes', (text) => {
    expect(isToken(text)).toBe(true);
  });

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'Bearer  a',
    ' Bearer a',
    'Bearer a ',
    'Bearer a b',
    'Bearer a=b',
    'Bearer a\n',
    'BEARER a',
    'Basic a',
    'a',
    'Bearer ü',
    'Bearer a, Bearer b',
  ])('%j does not', (text) => {
    expect(isToken(text)).toBe(false);
  });
});

/** The local API Gateway's reading of draft 4 stands in for AWS's. */
function acceptorOf(schema: JsonObject): (body: unknown) => boolean {
  const models = new Models({
    id: 'api',
    name: 'api',
    models: [{ name: 'body', schema, contentType: 'application/json' }],
    resources: [],
    rootResourceId: 'root',
    methods: [],
    requestValidators: [],
    gatewayResponses: [],
    authorizers: [],
    apiKeySource: 'HEADER',
    usagePlans: [],
    stage: { name: 'api', variables: {} },
    region: 'region',
    accountId: 'account',
  });
  const accepts = models.compile('body');
  return (body) => Boolean(accepts(body));
}

/** Bodies that differ from the example in one place, at any depth. */
function nearly(example: Json): fc.Arbitrary<Json> {
  const places = placesIn(example);
  return fc
    .tuple(fc.constantFrom(...places), fc.oneof(fc.jsonValue(), fc.constant(undefined)))
    .map(([place, value]) => withChange(example, place, value as Json | undefined));
}

type Place = readonly string[];

/** Every key of the value, and one more in each object. */
function placesIn(value: Json): Place[] {
  if (value === null || typeof value !== 'object') return [];
  const entries = Object.entries(value);
  const below = entries.flatMap(([key, item]) => placesIn(item).map((place) => [key, ...place]));
  return [...entries.map(([key]) => [key]), ['more'], ...below];
}

/** @param changed undefined takes the key away */
function withChange(value: Json, [key = '', ...rest]: Place, changed: Json | undefined): Json {
  const copy: Json = structuredClone(value);
  if (copy === null || typeof copy !== 'object') return copy;
  const holder = copy as JsonObject;
  const item = holder[key];
  if (rest.length > 0 && item !== undefined) holder[key] = withChange(item, rest, changed);
  else if (changed !== undefined) holder[key] = changed;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete holder[key];
  return copy;
}
