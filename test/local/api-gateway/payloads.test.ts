import { expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { api, method, send, start } from './support.ts';

const JSON_TEMPLATE = { 'application/json': '{"by":"json"}' };
const XML_TEMPLATE = { 'application/xml': '{"by":"xml"}' };

/** What reaches the service; 415 where nothing does. */
async function reached(behavior: string, RequestTemplates: object, contentType?: string) {
  const integration = { PassthroughBehavior: behavior, RequestTemplates: { ...RequestTemplates } };
  const server = await start(api({ methods: [method(integration)] }));
  const headers = contentType === undefined ? {} : { 'content-type': contentType };
  const { status, body } = await send(server, { headers, body: '{"by":"client"}' });
  if (status === 415) expect(body).toBe('{"message":"Unsupported Media Type"}');
  return status === 415 ? 415 : server.calls[0]?.input.by;
}

// The tables of «Method request behavior for payloads without mapping templates» in the developer guide.
test.each([
  ['WHEN_NO_MATCH', JSON_TEMPLATE, undefined, 'json'],
  ['WHEN_NO_TEMPLATES', JSON_TEMPLATE, undefined, 'json'],
  ['NEVER', JSON_TEMPLATE, undefined, 'json'],
  ['NEVER', JSON_TEMPLATE, 'application/json; charset=utf-8', 'json'],
  ['NEVER', JSON_TEMPLATE, 'APPLICATION/JSON', 'json'],
  ['NEVER', JSON_TEMPLATE, '', 'json'],
  ['WHEN_NO_MATCH', JSON_TEMPLATE, 'application/xml', 'client'],
  ['WHEN_NO_TEMPLATES', JSON_TEMPLATE, 'application/xml', 415],
  ['NEVER', JSON_TEMPLATE, 'application/xml', 415],
  ['WHEN_NO_MATCH', XML_TEMPLATE, undefined, 'client'],
  ['WHEN_NO_TEMPLATES', XML_TEMPLATE, undefined, 415],
  ['NEVER', XML_TEMPLATE, undefined, 415],
  ['NEVER', XML_TEMPLATE, 'application/xml', 'xml'],
  ['WHEN_NO_MATCH', {}, undefined, 'client'],
  ['WHEN_NO_TEMPLATES', {}, undefined, 'client'],
  ['NEVER', {}, undefined, 415],
  ['NEVER', { 'application/json': '' }, undefined, 'client'],
])('%s with %j and content type %j: %s', async (behavior, templates, contentType, expected) => {
  expect(await reached(behavior, templates, contentType)).toBe(expected);
});

test('without a word about it, what has no template passes', async () => {
  const server = await start(api({ methods: [method({ RequestTemplates: XML_TEMPLATE })] }));
  await send(server, { body: '{"by":"client"}' });
  expect(server.calls[0]?.input).toEqual({ by: 'client' });
});

test('UTF-8 arrives as it was sent, in chunks that cut characters too', async () => {
  const templates = { 'application/json': `{"all":$input.json('$')}` };
  const server = await start(api({ methods: [method({ RequestTemplates: templates })] }));
  await send(server, { body: '{"a":"é😀"}' });
  expect(server.calls[0]?.input).toEqual({ all: { a: 'é😀' } });
});

test('a template that cannot be rendered is a 500, and a line in the log', async () => {
  const templates = { 'application/json': `$input.path('$.a').length()` };
  const server = await start(api({ methods: [method({ RequestTemplates: templates })] }));
  const { status, body } = await send(server, { body: '{"a":[]}' });
  expect({ status, body }).toEqual({ status: 500, body: '{"message":"Internal server error"}' });
  expect(server.lines).toEqual([
    'api-id: POST /things: TemplateError: Integration.RequestTemplates.application/json: ' +
      '.length() on a list is not supported',
  ]);
});

test.each([
  [
    'a template',
    { RequestTemplates: { 'application/json': '#stop' } },
    'POST /things: Integration.RequestTemplates.application/json: #stop is not supported',
  ],
  ['a behaviour', { PassthroughBehavior: 'SOMETIMES' }, 'Integration.PassthroughBehavior: SOMETIMES'],
])('refuses %s', (_what, parts, message) => {
  const definition = api({ methods: [method(parts)] });
  expect(() =>
    createRestApi(
      definition,
      async () => ({}),
      () => {},
    ),
  ).toThrow(message);
});
