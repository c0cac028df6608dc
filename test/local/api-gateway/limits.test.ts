import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { api, method, send, sendRaw, start } from './support.ts';

const ERROR_SHAPE = {
  responseType: 'DEFAULT_4XX',
  responseTemplates: { 'application/json': '{"statusCode":400,"message":$context.error.messageString}' },
  responseParameters: { 'gatewayresponse.header.x-from': "'the gateway'" },
};
const definition = api({ methods: [method()], gatewayResponses: [ERROR_SHAPE] });
const MEGABYTE = 1024 * 1024;

describe('the body', () => {
  test('of 10 MB passes', async () => {
    const server = await start(definition);
    const { status } = await send(server, { body: Buffer.alloc(10 * MEGABYTE, 'a') });
    expect(status).toBe(200);
  });

  test('of one byte more is refused, with its length declared', async () => {
    const server = await start(definition);
    const { status, body } = await send(server, { body: Buffer.alloc(10 * MEGABYTE + 1, 'a') });
    expect(status).toBe(413);
    expect(JSON.parse(body)).toEqual({ statusCode: 400, message: 'Request Too Long' });
    expect(server.calls).toEqual([]);
  });

  test('of one byte more is refused, in chunks', async () => {
    const server = await start(definition);
    const { status } = await send(server, {
      headers: { 'transfer-encoding': 'chunked' },
      body: Buffer.alloc(10 * MEGABYTE + 1, 'a'),
    });
    expect(status).toBe(413);
    expect(server.calls).toEqual([]);
  });

  test('is refused before the client has sent it', async () => {
    const server = await start(definition);
    const socket = connect(server.port, '127.0.0.1');
    socket.write(`POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: ${20 * MEGABYTE}\r\n\r\n{`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 413 /);
    socket.destroy();
  });

  test('is not asked for when the client waits for leave to send too much', async () => {
    const server = await start(definition);
    const answer = await sendRaw(
      server,
      `POST /things HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${20 * MEGABYTE}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
  });

  test('is asked for when the client waits for leave', async () => {
    const server = await start(definition);
    const { status } = await send(server, { headers: { expect: '100-continue' }, body: '{}' });
    expect(status).toBe(200);
  });

  test('that ends too early is a 400', async () => {
    const server = await start(definition);
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.end('POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    socket.end();
  });

  test('of a client that goes away ends nothing else', async () => {
    const server = await start(definition);
    const socket = connect(server.port, '127.0.0.1');
    const head = 'POST /things HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n';
    socket.write(head);
    await once(socket, 'data');
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect((await send(server, { body: '{}' })).status).toBe(200);
    expect(server.calls).toHaveLength(1);
  });
});

describe('the head', () => {
  test('of 10,240 bytes passes, a longer one is a 431', async () => {
    const server = await start(definition);
    const rest = 'POST /things HTTP/1.1'.length + 'hostx'.length + 'content-length2'.length + 'a'.length;
    const head = (length: number) =>
      `POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\na: ${'a'.repeat(length - rest)}\r\n`;
    const fits = await sendRaw(
      server,
      `${head(10_240 - 'connectionclose'.length)}connection: close\r\n\r\n{}`,
    );
    expect(fits).toMatch(/^HTTP\/1.1 200 /);
    const tooLong = await sendRaw(server, `${head(10_241)}\r\n{}`);
    expect(tooLong).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    expect(tooLong).toContain('{"statusCode":400,"message":"Request Header Fields Too Large"}');
    expect(server.calls).toHaveLength(1);
  });

  test('too long even to be read is a 431 all the same', async () => {
    const server = await start(definition);
    const head = `GET / HTTP/1.1\r\nhost: x\r\na: ${'a'.repeat(MEGABYTE)}\r\n\r\n`;
    const answer = await sendRaw(server, head);
    expect(answer).toMatch(/^HTTP\/1.1 431 Request Header Fields Too Large\r\n/);
    expect(answer).toMatch(/\r\nx-amzn-requestid: [0-9a-f-]{36}\r\n/);
    expect(answer).toMatch(/\r\nx-from: the gateway\r\n/);
    expect(answer).toContain('\r\n\r\n{"statusCode":400,"message":"Request Header Fields Too Large"}');
  });

  test('without a Host is a 400', async () => {
    const server = await start(definition);
    const answer = await sendRaw(server, 'GET /things HTTP/1.1\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('{"statusCode":400,"message":"Bad Request"}');
  });

  test('of many headers is read whole', async () => {
    const templates = { 'application/json': `{"x":"$input.params('last')"}` };
    const server = await start(api({ methods: [method({ RequestTemplates: templates })] }));
    const many = 'a:\r\n'.repeat(3000);
    await sendRaw(
      server,
      `POST /things HTTP/1.1\r\nhost: x\r\n${many}last: here\r\nconnection: close\r\n\r\n`,
    );
    expect(server.calls[0]?.input).toEqual({ x: 'here' });
  });
});

describe('malformed HTTP', () => {
  test.each([
    ['no HTTP', 'hello\r\n\r\n'],
    ['a bad version', 'GET / HTTP/9.9\r\n\r\n'],
    ['a bad header', 'GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n'],
    ['a control character', 'GET / HTTP/1.1\r\nhost: x\r\na: \u0001\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n'],
    [
      'length and chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
    ['a tunnel', 'CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a bad chunk', 'POST /things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ])('%s is a 400', async (_what, bytes) => {
    const server = await start(definition);
    const answer = await sendRaw(server, bytes);
    expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
    expect(answer).toContain('\r\n\r\n{"statusCode":400,"message":"Bad Request"}');
    expect(server.calls).toEqual([]);
  });

  test('after a good request is answered after that request', async () => {
    const server = await start(definition);
    const good = 'POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}';
    const answer = await sendRaw(server, `${good}${good}nonsense\r\n\r\n`);
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  test('a path that is not percent-encoded is a 400', async () => {
    const server = await start(definition);
    const { status, body } = await send(server, { path: '/things/%zz' });
    expect({ status, body }).toEqual({ status: 400, body: '{"statusCode":400,"message":"Bad Request"}' });
  });
});

describe('connections', () => {
  test('are kept for the next request', async () => {
    const server = await start(definition);
    const request = 'POST /things HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}';
    const last = 'POST /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const answer = await sendRaw(server, request, request, last);
    expect(answer.match(/HTTP\/1.1 200/g)).toHaveLength(3);
  });

  test('HTTP/1.0 is served', async () => {
    const server = await start(definition);
    expect(await sendRaw(server, 'POST /things HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 /);
  });
});

function once(socket: ReturnType<typeof connect>, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
}
