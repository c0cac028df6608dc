import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { Models } from '../../local/api-gateway/validator.ts';
import type { JsonObject } from '../../local/aws.ts';
import { allStages, type SynthesisedStage } from './synthesis.ts';

const APP_API = 'blue/EventCreation/Api';
const SIMULATOR_API = 'vehicle-simulator/Api/RestApi';
const EVENT_STATUS = 'POST /eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const HISTORY = 'GET /eadrax-vrccs/v3/presentation/remote-history/{vin}';
const triggers = CATALOGUE.map((service) => ({ ...service, name: `POST ${service.path}` }));

/** One value for each trigger. */
const forTriggers = <T>(value: T): Record<string, T> =>
  Object.fromEntries(triggers.map(({ name }) => [name, value]));

/** What each method calls, and in which role. */
const CALLS = {
  ...forTriggers('states:action/StartSyncExecution as blue/EventCreation/Triggers/Role'),
  [EVENT_STATUS]: 'dynamodb:action/GetItem as blue/EventCreation/Status/Role',
  [HISTORY]: 'dynamodb:action/Query as blue/EventCreation/Status/Role',
};
const SIMULATOR_CALLS = {
  'POST /api/v5/publish': 'sqs:action/SendMessage as vehicle-simulator/Api/BrokerRole',
  'POST /notifications': 'dynamodb:action/PutItem as vehicle-simulator/Api/SubscriberRole',
  'GET /notifications/{eventId}': 'dynamodb:action/Query as vehicle-simulator/Api/SubscriberRole',
};

/** The parameters that a request must have, and may have. */
const PARAMETERS: Readonly<Record<string, Record<string, boolean>>> = {
  ...forTriggers({ 'method.request.header.bmw-vin': true }),
  [EVENT_STATUS]: { 'method.request.querystring.eventId': true },
  [HISTORY]: { 'method.request.path.vin': true, 'method.request.querystring.before': false },
};

/** The status of the answer by the status of the service (a pattern); the first is what remains. */
const STATUSES: Readonly<Record<string, readonly (readonly [string | undefined, string])[]>> = {
  ...forTriggers([
    [undefined, '202'],
    ['4\\d{2}', '500'],
    ['5\\d{2}', '503'],
  ] as const),
  // DynamoDB answers 400 or 5xx; a key that it refuses is none of ours.
  [EVENT_STATUS]: [
    [undefined, '200'],
    ['400', '404'],
    ['5\\d{2}', '503'],
  ],
  [HISTORY]: [
    [undefined, '200'],
    ['400', '404'],
    ['5\\d{2}', '503'],
  ],
  'POST /api/v5/publish': [
    [undefined, '200'],
    ['[45]\\d{2}', '503'],
  ],
  'POST /notifications': [
    [undefined, '200'],
    ['[45]\\d{2}', '503'],
  ],
  'GET /notifications/{eventId}': [
    [undefined, '200'],
    ['[45]\\d{2}', '503'],
  ],
};

/** The errors that API Gateway answers by itself. */
const GATEWAY_STATUSES = {
  ACCESS_DENIED: 403,
  BAD_REQUEST_BODY: 400,
  BAD_REQUEST_PARAMETERS: 400,
  DEFAULT_4XX: 400,
  DEFAULT_5XX: 500,
  EXPIRED_TOKEN: 403,
  INTEGRATION_TIMEOUT: 504,
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
const Method = z.looseObject({
  HttpMethod: z.string(),
  RestApiId: z.string(),
  ResourceId: z.string(),
  AuthorizationType: z.string(),
  RequestValidatorId: z.string().optional(),
  RequestParameters: z.record(z.string(), z.boolean()).optional(),
  RequestModels: JsonTemplate.optional(),
  MethodResponses: z.array(z.looseObject({ StatusCode: z.string() })),
  Integration: z.looseObject({
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
  }),
});

/** Methods by what a client calls, `POST /notifications`. */
const methodsOf = (stage: SynthesisedStage) =>
  new Map(
    stage.all('AWS::ApiGateway::Method').map(({ properties }) => {
      const method = Method.parse(properties);
      const [, path] = method.ResourceId.split('/Default');
      return [`${method.HttpMethod} ${path}`, method];
    }),
  );

/** An error in the interface's shape, and nothing beside it. */
const ErrorBody = z.strictObject({ statusCode: z.int(), message: z.string().min(1) });

/** The errors that a response template may answer, whatever its conditions. */
const errorsIn = (template: string) =>
  (template.match(/\{"statusCode":[^}]*\}/g) ?? []).map((text) => ErrorBody.parse(JSON.parse(text)));

describe.each(allStages())('in $config.name', (stage) => {
  const methods = methodsOf(stage);
  const apis = stage.all('AWS::ApiGateway::RestApi');

  test('the app’s API has the triggers of the catalogue, status and history; the simulator its two ends', () => {
    const calls = [...methods].map(([name, { Integration }]) => [
      name,
      `${Integration.Uri.split(':apigateway:region:')[1]} as ${Integration.Credentials}`,
    ]);
    expect(Object.fromEntries(calls)).toEqual(
      stage.config.vehicleSimulator ? { ...CALLS, ...SIMULATOR_CALLS } : CALLS,
    );
  });

  test('there are no other APIs', () => {
    expect(apis.map(({ path }) => path).sort()).toEqual(
      stage.config.vehicleSimulator ? [APP_API, SIMULATOR_API] : [APP_API],
    );
  });

  test('clients of the app’s API need no AWS credentials, those of the simulator sign their calls', () => {
    for (const [name, { RestApiId, AuthorizationType }] of methods) {
      expect(AuthorizationType, name).toBe(RestApiId === APP_API ? 'NONE' : 'AWS_IAM');
    }
  });

  test('a request lacks nothing: parameters and bodies are checked before anything is called', () => {
    for (const { path } of apis) {
      expect(stage.at(`${path}/Validator`).properties).toMatchObject({
        ValidateRequestBody: true,
        ValidateRequestParameters: true,
      });
    }
    for (const [name, { RestApiId, RequestParameters, RequestModels, RequestValidatorId }] of methods) {
      expect(RequestParameters, name).toEqual(PARAMETERS[name]);
      const needed = RequestParameters !== undefined || RequestModels !== undefined;
      expect(RequestValidatorId, name).toBe(needed ? `${RestApiId}/Validator` : undefined);
    }
  });

  test('a body of another type than JSON, which the validator would pass, reaches no service', () => {
    for (const [name, { HttpMethod, Integration }] of methods) {
      // A GET of tests only; without a body there is no type to differ.
      if (HttpMethod === 'GET' && name !== HISTORY) continue;
      expect(Integration.PassthroughBehavior, name).toBe('NEVER');
    }
  });

  test('the status of each answer follows from the status of the service', () => {
    for (const [name, { Integration }] of methods) {
      const statuses = Integration.IntegrationResponses.map(({ SelectionPattern, StatusCode }) => [
        SelectionPattern,
        StatusCode,
      ]);
      expect(statuses, name).toEqual(STATUSES[name]);
    }
  });

  test('every failed call is answered in the interface’s shape, with a status that the method knows', () => {
    for (const [name, { Integration, MethodResponses }] of methods) {
      const known = MethodResponses.map(({ StatusCode }) => StatusCode);
      for (const { SelectionPattern, StatusCode, ResponseTemplates } of Integration.IntegrationResponses) {
        const errors = errorsIn(ResponseTemplates['application/json']).map(({ statusCode }) =>
          String(statusCode),
        );
        if (SelectionPattern !== undefined) expect(errors, name).toContain(StatusCode);
        expect(known, name).toEqual(expect.arrayContaining([StatusCode, ...errors]));
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
        const { statusCode } = ErrorBody.parse(JSON.parse(body));
        expect(properties.StatusCode, String(properties.ResponseType)).toBe(String(statusCode));
        return [properties.ResponseType, statusCode];
      });
    expect(Object.fromEntries(statuses)).toEqual(GATEWAY_STATUSES);
  });

  test.each(apis)('$path is throttled as the stage says, traced, and logs no personal data', ({ path }) => {
    const { properties } = stage.at(`${path}/DeploymentStage.api`);
    expect(properties).toMatchObject({
      StageName: 'api',
      TracingEnabled: true,
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
    expect(Format).not.toMatch(/\$context\.(path|customDomain|identity|requestOverride|authorizer)|\$input/);
    expect(Format).toContain('$context.resourcePath');
  });

  describe.each(triggers)('$name', ({ name, serviceType, deliverySeconds, request }) => {
    const method = methods.get(name) ?? Method.parse({});
    const template = method.Integration.RequestTemplates['application/json'];

    test('has the model of its service’s schema', () => {
      const model = stage.at(String(method.RequestModels?.['application/json'])).properties;
      expect(model).toMatchObject({ RestApiId: APP_API, ContentType: 'application/json' });
      const schema = model.Schema as JsonObject;
      expect(schema.$schema).toBe('http://json-schema.org/draft-04/schema#');
      // The local API Gateway's reading of draft 4 stands in for AWS's.
      const models = new Models({
        id: 'api',
        name: 'api',
        models: [{ name: 'body', schema, contentType: 'application/json' }],
        resources: [],
        rootResourceId: 'root',
        methods: [],
        requestValidators: [],
        gatewayResponses: [],
        stage: { name: 'api', variables: {} },
        region: 'region',
        accountId: 'account',
      });
      const accepts = models.compile('body');
      fc.assert(
        fc.property(fc.jsonValue(), (body) => {
          expect(accepts(body)).toBe(request.safeParse(body).success);
        }),
        { examples: [[{}], [[]], [null], ['{}'], [{ action: 'START' }]] },
      );
    });

    test('gives the workflow exactly the fields that it reads', () => {
      const file = new URL('../../statemachines/event-creation.asl.json', import.meta.url);
      const read = readFileSync(file, 'utf8').match(/(?<=\$request\.|\$states\.input\.)\w+/g);
      const given = ['serviceType', 'deliverySeconds', 'requestedAt', 'vin', 'correlationId', 'body'];
      expect(new Set(read)).toEqual(new Set(given));
      expect(template.match(/(?<=\$\{q\})\w+(?=\$\{q\}:)/g)).toEqual(given);
    });

    test('puts what the client sends into fields, as escaped text or as one JSON value', () => {
      const lines = template.replaceAll(/\$\{q\}/g, '"').split('\n');
      const escaped = (expression: string) => `$util.escapeJavaScript(${expression}).replaceAll("\\\\'","'")`;
      expect(lines.filter((line) => line.includes('$input'))).toEqual([
        `#set($vin = ${escaped("$input.params('bmw-vin')")})`,
        `#set($correlationId = ${escaped("$input.params('x-correlation-id')")})`,
        "#set($body = $input.json('$'))",
      ]);
      // Which service it is, and when it was asked for, the client cannot say.
      expect(lines).toContain(
        `#set($request = "{"serviceType":"${serviceType}","deliverySeconds":${deliverySeconds},` +
          '"requestedAt":$context.requestTimeEpoch,"vin":"$vin","correlationId":"$correlationId","body":$body}")',
      );
      expect(lines.at(-1)).toBe(
        `{"stateMachineArn":"blue/EventCreation/Workflow","input":"${escaped('$request')}"}`,
      );
    });

    test('answers with the correlation id whatever its status', () => {
      for (const response of method.MethodResponses) {
        expect(response, response.StatusCode).toMatchObject({
          ResponseParameters: { 'method.response.header.x-correlation-id': true },
        });
      }
    });
  });
});
