import { expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { api, method, send, start } from './support.ts';

const RESOURCES = [
  { id: 'vehicle', parentId: 'vehicles', pathPart: '{vin}' },
  { id: 'vehicles', parentId: 'root', pathPart: 'vehicles' },
  { id: 'lock', parentId: 'vehicle', pathPart: 'lock' },
  { id: 'mine', parentId: 'vehicles', pathPart: 'mine' },
  { id: 'empty', parentId: 'root', pathPart: 'empty' },
  { id: 'rest', parentId: 'root', pathPart: '{proxy+}' },
  { id: 'files', parentId: 'root', pathPart: 'files' },
  { id: 'file', parentId: 'files', pathPart: '{name+}' },
];

const TEMPLATE = JSON.stringify({
  resource: '$context.resourcePath',
  vin: "$input.params('vin')",
  proxy: "$input.params('proxy')",
  name: "$input.params('name')",
});

function at(resourceId: string, httpMethod = 'GET') {
  const integration = { RequestTemplates: { 'application/json': TEMPLATE } };
  return method(integration, { ResourceId: resourceId, HttpMethod: httpMethod });
}

const methods = [at('vehicle'), at('lock', 'POST'), at('mine'), at('rest', 'ANY'), at('file'), at('root')];
const definition = api({ resources: RESOURCES, methods });

test.each([
  ['GET', '/', { resource: '/' }],
  ['GET', '/vehicles/WBA1', { resource: '/vehicles/{vin}', vin: 'WBA1' }],
  ['GET', '/vehicles/WBA1/', { resource: '/vehicles/{vin}', vin: 'WBA1' }],
  ['GET', '/vehicles/WBA1?vin=other', { resource: '/vehicles/{vin}', vin: 'WBA1' }],
  ['GET', '/vehicles/a%2Fb%20c', { resource: '/vehicles/{vin}', vin: 'a/b c' }],
  ['GET', '/vehicles/a+b', { resource: '/vehicles/{vin}', vin: 'a+b' }],
  ['GET', '/vehicles/mine', { resource: '/vehicles/mine' }],
  ['GET', '/vehicles/%6Dine', { resource: '/vehicles/mine' }],
  ['POST', '/vehicles/mine/lock', { resource: '/vehicles/{vin}/lock', vin: 'mine' }],
  ['POST', '/vehicles/WBA1/lock', { resource: '/vehicles/{vin}/lock', vin: 'WBA1' }],
  ['GET', '/vehicles/WBA1/unknown/x', { resource: '/{proxy+}', proxy: 'vehicles/WBA1/unknown/x' }],
  ['DELETE', '/vehicles', { resource: '/{proxy+}', proxy: 'vehicles' }],
  ['PUT', '/empty', { resource: '/{proxy+}', proxy: 'empty' }],
  ['GET', '/files/a/b%20c', { resource: '/files/{name+}', name: 'a/b c' }],
  ['GET', 'http://example.com/vehicles/WBA1?x', { resource: '/vehicles/{vin}', vin: 'WBA1' }],
])('%s %s', async (httpMethod, path, expected) => {
  const server = await start(definition);
  const { status } = await send(server, { method: httpMethod, path });
  expect(status).toBe(200);
  expect(server.calls[0]?.input).toEqual({ vin: '', proxy: '', name: '', ...expected });
});

test.each([
  ['a path that nothing is at', 'GET', '/nothing'],
  ['a resource without methods', 'GET', '/vehicles'],
  ['another method of a resource', 'DELETE', '/vehicles/WBA1'],
  ['an empty path parameter', 'POST', '/vehicles//lock'],
  ['a path beyond a leaf', 'GET', '/vehicles/mine/x/y'],
  ['an asterisk', 'OPTIONS', '*'],
])('%s is a missing authentication token', async (_what, httpMethod, path) => {
  const withoutProxy = { ...definition, methods: methods.filter(({ ResourceId }) => ResourceId !== 'rest') };
  const server = await start(withoutProxy);
  const { status, headers, body } = await send(server, { method: httpMethod, path });
  expect(status).toBe(403);
  expect(headers['x-amzn-errortype']).toBe('MissingAuthenticationTokenException');
  expect(body).toBe('{"message":"Missing Authentication Token"}');
});

test.each([
  [
    'two methods of one name',
    { methods: [at('vehicle'), at('vehicle')] },
    'GET /vehicles/{vin}: defined twice',
  ],
  ['an unknown resource', { methods: [at('nowhere')] }, 'GET nowhere: ResourceId: there is no such resource'],
  [
    'an unknown parent',
    { resources: [{ id: 'a', parentId: 'nowhere', pathPart: 'a' }] },
    'resource a: its parent nowhere does not exist',
  ],
  [
    'two path parameters side by side',
    { resources: [...RESOURCES, { id: 'b', parentId: 'vehicles', pathPart: '{id}' }] },
    ': a sibling has a path parameter already',
  ],
  [
    'one path twice',
    { resources: [...RESOURCES, { id: 'b', parentId: 'root', pathPart: 'vehicles' }] },
    'resource /vehicles: defined twice',
  ],
  [
    'a strange path part',
    { resources: [{ id: 'a', parentId: 'root', pathPart: 'x{y}' }] },
    'resource /x{y}: not a path part',
  ],
])('refuses %s', (_what, parts, message) => {
  expect(() =>
    createRestApi(
      { ...definition, ...parts },
      async () => ({}),
      () => {},
    ),
  ).toThrow(message);
});
