import { describe, expect, test } from 'vitest';
import type { IntegrationResponseProperties } from '../../../local/api-gateway/definition.ts';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { AwsError } from '../../../local/aws.ts';
import { api, type FakeAws, method, send, start } from './support.ts';

const HEADERS = ['x-a', 'x-b', 'x-c', 'x-d', 'x-e', 'x-f', 'Date', 'Content-Type'];

function definition(...IntegrationResponses: IntegrationResponseProperties[]) {
  const ResponseParameters = Object.fromEntries(
    HEADERS.map((name) => [`method.response.header.${name}`, true]),
  );
  const MethodResponses = ['100', '200', '204', '404', '409', '500'].map((StatusCode) => ({
    StatusCode,
    ResponseParameters,
  }));
  return api({ methods: [method({ IntegrationResponses }, { MethodResponses })] });
}

function failing(statusCode: number): FakeAws {
  return () => {
    throw new AwsError('SomeException', 'some message', statusCode);
  };
}

describe('the response is selected', () => {
  const responses = [
    { StatusCode: '409', SelectionPattern: '40' },
    { StatusCode: '404', SelectionPattern: '4\\d\\d' },
    { StatusCode: '500', SelectionPattern: '4\\d\\d|5\\d\\d' },
    { StatusCode: '200' },
  ];

  test.each([
    [400, 404],
    [503, 500],
  ])('by a pattern that matches the whole status: %d', async (statusCode, expected) => {
    const server = await start(definition(...responses), failing(statusCode));
    expect((await send(server)).status).toBe(expected);
  });

  test('as the default where none matches', async () => {
    const server = await start(definition(...responses), failing(302));
    expect((await send(server)).status).toBe(200);
  });

  test('by a pattern for success too', async () => {
    const server = await start(
      definition({ StatusCode: '204', SelectionPattern: '200' }, { StatusCode: '500' }),
    );
    const { status, headers, body } = await send(server);
    expect({ status, body }).toEqual({ status: 204, body: '' });
    expect(headers).not.toHaveProperty('content-length');
  });

  test.each([[definition()], [definition({ StatusCode: '200', SelectionPattern: '200' })]])(
    'not at all where none matches and there is no default: 500',
    async (given) => {
      const server = await start(given, failing(400));
      expect(await send(server)).toMatchObject({ status: 500, body: '{"message":"Internal server error"}' });
      expect(server.lines).toEqual(['api-id: POST /things: no integration response for 400, and no default']);
    },
  );
});

describe('headers', () => {
  test('are mapped', async () => {
    const ResponseParameters = {
      'method.response.header.x-a': "'literal'",
      'method.response.header.x-b': 'integration.response.header.Content-Type',
      'method.response.header.x-c': 'integration.response.body.a[0].b',
      'method.response.header.x-d': 'context.requestId',
      'method.response.header.x-e': 'stageVariables.table',
      'method.response.header.x-f': 'integration.response.header.nothing',
      'method.response.header.Date': "'remapped'",
    };
    const server = await start(definition({ StatusCode: '200', ResponseParameters }), () => ({
      a: [{ b: 'deep' }],
    }));
    const { headers } = await send(server);
    expect(headers).toMatchObject({
      'x-a': 'literal',
      'x-b': 'application/x-amz-json-1.0',
      'x-c': 'deep',
      'x-d': headers['x-amzn-requestid'],
      'x-e': 'Things',
      'x-amzn-remapped-date': 'remapped',
    });
    expect(headers).not.toHaveProperty('x-f');
  });

  test('map the whole body, and values that are no text', async () => {
    const ResponseParameters = {
      'method.response.header.x-a': 'integration.response.body',
      'method.response.header.x-b': 'integration.response.body.n',
    };
    const server = await start(definition({ StatusCode: '200', ResponseParameters }), () => ({
      n: [1],
      t: 'é\n😀',
    }));
    const { headers } = await send(server);
    expect(headers['x-a']).toBe('{"n":[1],"t":"\\n"}');
    expect(headers['x-b']).toBe('[1]');
  });

  test('can set the content type', async () => {
    const ResponseParameters = { 'method.response.header.Content-Type': "'text/html'" };
    const server = await start(definition({ StatusCode: '200', ResponseParameters }));
    expect((await send(server)).headers['content-type']).toBe('text/html');
  });

  test('are overridden by the template, whatever their case', async () => {
    const ResponseParameters = { 'method.response.header.x-a': "'mapped'" };
    const template =
      '#set($context.responseOverride.header.X-A = "a")#set($context.responseOverride.header.n = 5)';
    const ResponseTemplates = { 'application/json': template };
    const server = await start(definition({ StatusCode: '200', ResponseParameters, ResponseTemplates }));
    expect((await send(server)).headers).toMatchObject({ 'x-a': 'a', n: '5' });
  });
});

describe('the template', () => {
  const ResponseTemplates = { 'text/plain': 'plain', 'application/json': '{}', 'application/xml': '' };

  test.each([
    ['application/json', 'application/json', '{}'],
    ['text/plain;q=1, */*', 'text/plain', 'plain'],
    ['image/png', 'application/json', '{}'],
    ['application/xml', 'application/xml', '{"from":"service"}'],
  ])('is chosen by Accept: %s', async (accept, type, body) => {
    const server = await start(definition({ StatusCode: '200', ResponseTemplates }), () => ({
      from: 'service',
    }));
    const answer = await send(server, { headers: { accept } });
    expect({ type: answer.headers['content-type'], body: answer.body }).toEqual({ type, body });
  });

  test('is the first where none is for JSON', async () => {
    const server = await start(
      definition({ StatusCode: '200', ResponseTemplates: { 'text/plain': 'plain' } }),
    );
    expect(await send(server)).toMatchObject({ body: 'plain' });
  });

  test('sees the parameters of the request', async () => {
    const templates = { 'application/json': '$input.params("q")$context.httpMethod' };
    const server = await start(definition({ StatusCode: '200', ResponseTemplates: templates }));
    expect((await send(server, { path: '/things?q=1' })).body).toBe('1POST');
  });

  test.each([
    ['#set($context.responseOverride.status = 404)', 404],
    ['#set($context.responseOverride.status = "404")', 500],
    ['#set($context.responseOverride.status = 99)', 500],
    ['#set($context.responseOverride.header = "x")', 500],
    ['#set($context.responseOverride.header.x = [])', 500],
    ['#set($n = "a b")#set($context.responseOverride.header[$n] = "x")', 500],
    ['#if("")x#end', 500],
  ])('%s is a %d', async (template, expected) => {
    const templates = { 'application/json': template };
    const server = await start(definition({ StatusCode: '200', ResponseTemplates: templates }));
    expect((await send(server)).status).toBe(expected);
    expect(server.lines).toHaveLength(expected === 500 ? 1 : 0);
  });
});

describe('refuses', () => {
  test.each<[string, IntegrationResponseProperties, string]>([
    [
      'a status that the method does not declare',
      { StatusCode: '418' },
      'POST /things: Integration.IntegrationResponses[418]: the status is not in MethodResponses',
    ],
    ['a status that is no answer', { StatusCode: '100' }, 'a status from 200 to 599 is needed'],
    [
      'a header that the method does not declare',
      { StatusCode: '200', ResponseParameters: { 'method.response.header.y': "'z'" } },
      'Integration.IntegrationResponses[200].ResponseParameters.method.response.header.y: not a header',
    ],
    [
      'an expression',
      { StatusCode: '200', ResponseParameters: { 'method.response.header.x-a': 'something' } },
      'the mapping expression something is not supported',
    ],
    [
      'a JSONPath',
      {
        StatusCode: '200',
        ResponseParameters: { 'method.response.header.x-a': 'integration.response.body.a[*]' },
      },
      'the JSONPath "$.a[*]" is not supported',
    ],
    [
      'a request parameter',
      { StatusCode: '200', ResponseParameters: { 'method.response.header.x-a': 'method.request.header.y' } },
      'method.request.header.y is not declared',
    ],
    [
      'a pattern that is none',
      { StatusCode: '200', SelectionPattern: '(' },
      'Integration.IntegrationResponses[200].SelectionPattern: ( is no regular expression',
    ],
    [
      'a template',
      { StatusCode: '200', ResponseTemplates: { 'application/json': '#stop' } },
      'Integration.IntegrationResponses[200].ResponseTemplates.application/json: #stop is not supported',
    ],
    [
      'a field it does not read',
      { StatusCode: '200', ContentHandling: 'x' } as IntegrationResponseProperties,
      'Integration.IntegrationResponses.ContentHandling: not supported',
    ],
  ])('%s', (_what, response, message) => {
    expect(() =>
      createRestApi(
        definition(response),
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });
});
