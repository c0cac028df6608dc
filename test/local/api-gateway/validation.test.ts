import { describe, expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import type { JsonObject } from '../../../local/aws.ts';
import { api, method, send, start } from './support.ts';

const DRAFT_4 = 'http://json-schema.org/draft-04/schema#';
const SETTINGS: JsonObject = {
  $schema: DRAFT_4,
  type: 'object',
  additionalProperties: false,
  required: ['target'],
  properties: {
    target: { type: 'integer', minimum: 20, maximum: 100, exclusiveMaximum: true, multipleOf: 5 },
    mode: { enum: ['A', 'B'] },
    at: { type: 'string', format: 'date-time' },
    vin: { $ref: 'https://apigateway.amazonaws.com/restapis/api-id/models/Vin' },
  },
};
const VIN: JsonObject = { $schema: DRAFT_4, type: 'string', pattern: '^[A-Z0-9]{17}$' };
const DETAILS = {
  responseType: 'BAD_REQUEST_BODY',
  responseTemplates: { 'application/json': '{"why":"$context.error.validationErrorString"}' },
  responseParameters: {},
};

function withModel(
  schema: JsonObject,
  RequestModels: Record<string, string> = { 'application/json': 'Settings' },
) {
  return api({
    models: [
      { name: 'Settings', schema, contentType: 'application/json' },
      { name: 'Vin', schema: VIN, contentType: 'application/json' },
    ],
    methods: [method({}, { RequestModels, RequestValidatorId: 'everything' })],
  });
}

describe('the body', () => {
  test.each([
    ['{"target":20}', 200],
    ['{"target":95,"mode":"A","at":"2026-01-02T03:04:05Z","vin":"WBA00000000000001"}', 200],
    ['{"target":15}', 400],
    ['{"target":100}', 400],
    ['{"target":21}', 400],
    ['{"target":"20"}', 400],
    ['{"target":20,"mode":"C"}', 400],
    ['{"target":20,"at":"yesterday"}', 400],
    ['{"target":20,"vin":"short"}', 400],
    ['{"target":20,"unknown":1}', 400],
    ['{"target":20,"__proto__":1}', 400],
    ['{}', 400],
    ['[]', 400],
    ['null', 400],
    ['', 400],
    ['{"target":20', 400],
  ])('%s is a %d', async (body, expected) => {
    const server = await start(withModel(SETTINGS));
    const { status, body: answer } = await send(server, { body });
    expect(status).toBe(expected);
    expect(server.calls).toHaveLength(expected === 200 ? 1 : 0);
    if (expected === 400) expect(answer).toBe('{"message":"Invalid request body"}');
  });

  test('is described where the gateway response asks for it', async () => {
    const server = await start({ ...withModel(SETTINGS), gatewayResponses: [DETAILS] });
    const invalid = await send(server, { body: '{"x\\"y":1}' });
    expect(JSON.parse(invalid.body).why).toBe(
      "[must have required property 'target', must NOT have additional properties]",
    );
    const broken = await send(server, { body: '{' });
    expect(JSON.parse(broken.body).why).toBe('[the body is no valid JSON]');
  });

  test('is looked at only if its content type has a model', async () => {
    const server = await start(withModel(SETTINGS));
    expect((await send(server, { headers: { 'content-type': 'text/plain' }, body: 'x' })).status).toBe(200);
    const json = { 'content-type': 'Application/JSON; charset=utf-8' };
    expect((await send(server, { headers: json, body: 'x' })).status).toBe(400);
  });

  test('of any content type is looked at with $default', async () => {
    const server = await start(withModel(SETTINGS, { $default: 'Settings' }));
    expect((await send(server, { headers: { 'content-type': 'text/plain' }, body: 'x' })).status).toBe(400);
  });

  test('can be checked against the built-in model Empty', async () => {
    const server = await start(withModel(SETTINGS, { 'application/json': 'Empty' }));
    expect((await send(server, { body: '{"any":1}' })).status).toBe(200);
    expect((await send(server, { body: '1' })).status).toBe(400);
  });

  test('is not looked at without a validator, or with one that does not ask for it', async () => {
    const RequestModels = { 'application/json': 'Settings' };
    for (const RequestValidatorId of [undefined, 'nothing']) {
      const parts = RequestValidatorId === undefined ? {} : { RequestValidatorId };
      const methods = [method({}, { RequestModels, ...parts })];
      const server = await start({ ...withModel(SETTINGS), methods });
      expect((await send(server, { body: 'x' })).status).toBe(200);
    }
  });
});

describe('parameters', () => {
  const RequestParameters = {
    'method.request.querystring.eventId': true,
    'method.request.path.vin': true,
    'method.request.header.bmw-vin': true,
    'method.request.header.optional': false,
  };
  const definition = api({
    resources: [{ id: 'things', parentId: 'root', pathPart: '{vin}' }],
    methods: [method({}, { RequestParameters, RequestValidatorId: 'everything' })],
  });

  test.each([
    ['/x?eventId=1', { 'BMW-Vin': 'y' }, undefined],
    ['/x', {}, 'bmw-vin, eventId'],
    ['/x?eventId=', { 'bmw-vin': ' ' }, 'bmw-vin, eventId'],
    ['/%20?eventId=1', { 'bmw-vin': 'y' }, 'vin'],
  ])('of %s with %j', async (path, headers, missing) => {
    const server = await start(definition);
    const { status, headers: received, body } = await send(server, { path, headers });
    expect(status).toBe(missing === undefined ? 200 : 400);
    if (missing === undefined) return;
    expect(received['x-amzn-errortype']).toBe('BadRequestException');
    expect(body).toBe(`{"message":"Missing required request parameters: [${missing}]"}`);
  });
});

describe('refuses', () => {
  test.each<[string, JsonObject, string]>([
    ['a keyword of a later draft', { type: 'object', properties: { a: { const: 1 } } }, '"const"'],
    ['conditions', { if: { type: 'object' } }, '"if"'],
    ['an unknown keyword', { typo: 1 }, '"typo"'],
    ['an unknown format', { type: 'string', format: 'uuid' }, '"uuid"'],
    ['a numeric exclusiveMinimum', { type: 'number', exclusiveMinimum: 1 }, 'exclusiveMinimum'],
    ['a reference to nothing', { $ref: '#/definitions/nothing' }, '#/definitions/nothing'],
    ['a pattern that is none', { type: 'string', pattern: '(' }, '/(/'],
  ])('%s', (_what, schema, message) => {
    const create = () =>
      createRestApi(
        withModel(schema),
        async () => ({}),
        () => {},
      );
    expect(create).toThrow('POST /things: RequestModels.application/json: model Settings: ');
    expect(create).toThrow(message);
  });

  test.each([
    ['an unknown model', { RequestModels: { 'application/json': 'Nothing' } }, 'there is no model Nothing'],
    ['an unknown validator', { RequestValidatorId: 'x' }, 'RequestValidatorId: there is no validator x'],
    [
      'a parameter elsewhere',
      { RequestParameters: { 'method.request.cookie.x': true } },
      'RequestParameters.method.request.cookie.x: not supported',
    ],
  ])('%s', (_what, parts, message) => {
    const definition = api({ methods: [method({}, parts)] });
    expect(() =>
      createRestApi(
        definition,
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });
});
