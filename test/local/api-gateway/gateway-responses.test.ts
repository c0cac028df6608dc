import { describe, expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { api, method, send, start } from './support.ts';

function response(responseType: string, template?: string, more: object = {}) {
  const responseTemplates: Record<string, string> =
    template === undefined ? {} : { 'application/json': template };
  return { responseType, responseTemplates, responseParameters: {}, ...more };
}

/** Answers `GET /nothing`, which is a MISSING_AUTHENTICATION_TOKEN. */
async function answer(...gatewayResponses: ReturnType<typeof response>[]) {
  const server = await start(api({ methods: [method()], gatewayResponses }));
  return send(server, { method: 'GET', path: '/nothing', headers: { 'x-name': 'a "quoted" name' } });
}

test('AWS’s own is the last resort', async () => {
  const { status, headers, body } = await answer();
  expect(status).toBe(403);
  expect(headers['content-type']).toBe('application/json');
  expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
  expect(body).toBe('{"message":"Missing Authentication Token"}');
});

test('the type’s own goes before the default of its class, that before AWS’s', async () => {
  const own = response('MISSING_AUTHENTICATION_TOKEN', 'own', { statusCode: '404' });
  const fallback = response('DEFAULT_4XX', 'default', { statusCode: '418' });
  const other = response('DEFAULT_5XX', 'other');
  expect(await answer(fallback, own)).toMatchObject({ status: 404, body: 'own' });
  expect(await answer(fallback, other)).toMatchObject({ status: 418, body: 'default' });
  expect(await answer(other)).toMatchObject({ status: 403 });
});

test('its status is the type’s where none is given, its template AWS’s', async () => {
  expect(await answer(response('DEFAULT_4XX'))).toMatchObject({
    status: 403,
    body: '{"message":"Missing Authentication Token"}',
  });
});

test('variables are replaced, inside quotes too', async () => {
  const template =
    '{"statusCode":403,"message":$context.error.messageString,"m":"$context.error.message",' +
    '"type":"$context.error.responseType","v":"$context.error.validationErrorString","id":"$context.requestId",' +
    '"stage":"$context.stage.","ip":"$context.identity.sourceIp","t":"$stageVariables.table",' +
    '"h":"$method.request.header.x-name","cost":"$5",' +
    `"q":"\${method.request.querystring.q}"}`;
  const { headers, body } = await answer(response('DEFAULT_4XX', template));
  expect(JSON.parse(body)).toEqual({
    statusCode: 403,
    message: 'Missing Authentication Token',
    m: 'Missing Authentication Token',
    type: 'MISSING_AUTHENTICATION_TOKEN',
    v: '',
    id: headers['x-amzn-requestid'],
    stage: 'prod.',
    ip: '127.0.0.1',
    t: 'Things',
    h: 'a "quoted" name',
    q: '',
    cost: '$5',
  });
});

test('headers are literals, or what the request or the context holds', async () => {
  const responseParameters = {
    'gatewayresponse.header.Access-Control-Allow-Origin': "'*'",
    'gatewayresponse.header.x-echo': 'method.request.header.X-Name',
    'gatewayresponse.header.x-none': 'method.request.header.none',
    'gatewayresponse.header.x-stage': 'context.stage',
    'gatewayresponse.header.x-table': 'stageVariables.table',
  };
  const { headers } = await answer(response('DEFAULT_4XX', 'x', { responseParameters }));
  expect(headers).toMatchObject({
    'access-control-allow-origin': '*',
    'x-echo': 'a "quoted" name',
    'x-stage': 'prod',
    'x-table': 'Things',
  });
  expect(headers).not.toHaveProperty('x-none');
});

test('the template is chosen by what the client accepts', async () => {
  const responseTemplates = { 'text/plain': '$context.error.message', 'application/json': '{}' };
  const gatewayResponses = [{ responseType: 'DEFAULT_4XX', responseTemplates, responseParameters: {} }];
  const server = await start(api({ gatewayResponses }));
  for (const [accept, type] of [
    ['text/plain, */*', 'text/plain'],
    ['image/png', 'application/json'],
  ] as const) {
    const { headers } = await send(server, { headers: { accept } });
    expect(headers['content-type']).toBe(type);
  }
});

describe('refuses', () => {
  test.each([
    ['an unknown type', response('NOTHING'), 'gateway response NOTHING: unknown type'],
    [
      'VTL',
      response('DEFAULT_4XX', '#set($x = 1)'),
      'gateway response DEFAULT_4XX: #set: these templates are no VTL',
    ],
    ['another variable', response('DEFAULT_4XX', '$input.body'), '$input.body is not supported'],
    [
      'an unknown context variable',
      response('DEFAULT_4XX', '$context.nothing'),
      '$context.nothing is not supported',
    ],
    ['a status that is none', response('DEFAULT_4XX', 'x', { statusCode: '99' }), 'status 99'],
    [
      'a parameter that is no header',
      response('DEFAULT_4XX', 'x', { responseParameters: { 'gatewayresponse.path.x': "'y'" } }),
      'response parameter gatewayresponse.path.x is not supported',
    ],
    [
      'an expression',
      response('DEFAULT_4XX', 'x', { responseParameters: { 'gatewayresponse.header.x': 'y' } }),
      'the mapping expression y is not supported',
    ],
  ])('%s', (_what, given, message) => {
    const definition = api({ gatewayResponses: [given] });
    expect(() =>
      createRestApi(
        definition,
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });

  test('nothing of the types that this engine never answers with', async () => {
    expect(await answer(response('WAF_FILTERED', 'x'))).toMatchObject({ status: 403 });
  });
});
