import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import type { JsonObject } from '../../../local/aws.ts';
import { api, method, send, start } from './support.ts';

test('every answer has ids of its own', async () => {
  const server = await start(api({ methods: [method()] }));
  const [first, second] = [await send(server), await send(server, { path: '/nothing' })];
  for (const { headers } of [first, second]) {
    expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-amz-apigw-id']).toMatch(/^[0-9a-f]{15}=$/);
  }
  expect(first.headers['x-amzn-requestid']).not.toBe(second.headers['x-amzn-requestid']);
});

test('HEAD has no body', async () => {
  const server = await start(api({ methods: [method({}, { HttpMethod: 'ANY' })] }), () => ({ a: 1 }));
  const { status, headers, body } = await send(server, { method: 'HEAD' });
  expect({ status, body, length: headers['content-length'] }).toEqual({ status: 200, body: '', length: '7' });
});

test('closing waits for the answers under way', async () => {
  const answer = Promise.withResolvers<JsonObject>();
  const called = Promise.withResolvers<void>();
  const restApi = createRestApi(
    api({ methods: [method()] }),
    () => {
      called.resolve();
      return answer.promise;
    },
    () => {},
  );
  const port = await restApi.listen(0, '127.0.0.1');
  const idle = connect(port, '127.0.0.1');
  const request = send({ port, calls: [], lines: [] });
  await called.promise;
  const closed = restApi.close();
  answer.resolve({ late: true });
  expect((await request).body).toBe('{"late":true}');
  idle.destroy();
  await closed;
});

test('a port in use is an error', async () => {
  const { port } = await start(api());
  const second = createRestApi(
    api(),
    async () => ({}),
    () => {},
  );
  await expect(second.listen(port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
});

test.each([{ expect: 'the unexpected' }, { connection: 'upgrade', upgrade: 'websocket' }])(
  'what it does not know it passes over: %j',
  async (headers) => {
    const server = await start(api({ methods: [method()] }));
    expect((await send(server, { headers, body: '{}' })).status).toBe(200);
  },
);

test('a client that does not wait for its answer ends nothing else', async () => {
  const answer = Promise.withResolvers<JsonObject>();
  const called = Promise.withResolvers<void>();
  const server = await start(api({ methods: [method()] }), () => {
    called.resolve();
    return answer.promise;
  });
  const socket = connect(server.port, '127.0.0.1');
  socket.write('POST /things HTTP/1.1\r\nhost: x\r\n\r\n');
  await called.promise;
  socket.resetAndDestroy();
  const next = send(server);
  answer.resolve({});
  expect((await next).status).toBe(200);
});
