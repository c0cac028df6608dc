import type { RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { HttpRequest } from '@smithy/protocol-http';
import { expect, onTestFinished, test } from 'vitest';
import { RequestHandler } from '../../functions/aws/request-handler.ts';
import { startPeer, startPeerAnswering } from '../peer.ts';

const ENCODER = new TextEncoder();

/** Starts a peer, and what sends to it. */
async function start(answer: RequestListener) {
  const { url } = await startPeer(answer);
  const { hostname, port } = new URL(url);
  const handler = new RequestHandler();
  onTestFinished(() => handler.destroy());
  const request = (own: Partial<ConstructorParameters<typeof HttpRequest>[0]> = {}) =>
    new HttpRequest({ method: 'POST', protocol: 'http:', hostname, port: Number(port), path: '/', ...own });
  return { handler, request };
}

test('a request arrives as it is, and its answer comes as a whole', async () => {
  const came: unknown[] = [];
  const { handler, request } = await start(async ({ method, url, headers }, response) => {
    came.push({ method, url, target: headers['x-amz-target'] });
    response.writeHead(202, { 'x-amzn-requestid': 'one', 'set-cookie': ['a', 'b'] });
    response.write('{"half":');
    setImmediate(() => response.end('"ä🚗"}'));
  });
  const query = { qos: '1', name: 'a b&c' };
  const headers = { 'x-amz-target': 'DynamoDB_20120810.GetItem' };
  const { response } = await handler.handle(request({ path: '/topics/v2', query, headers }));
  expect(came).toEqual([
    { method: 'POST', url: '/topics/v2?qos=1&name=a%20b%26c', target: headers['x-amz-target'] },
  ]);
  expect(response).toMatchObject({
    statusCode: 202,
    headers: { 'x-amzn-requestid': 'one', 'set-cookie': 'a,b' },
  });
  expect(response.body.toString()).toBe('{"half":"ä🚗"}');
});

test.each([
  ['text', 'ä🚗'],
  ['bytes', ENCODER.encode('ä🚗')],
  ['bytes within others', ENCODER.encode('xä🚗').subarray(1)],
])('a body may be %s', async (_, body) => {
  const { handler, request } = await start(async (came, response) => response.end(await text(came)));
  const { response } = await handler.handle(request({ body }));
  expect(response.body.toString()).toBe('ä🚗');
});

test('connections are used again', async () => {
  const ports = new Set<number | undefined>();
  const { handler, request } = await start(({ socket }, response) => {
    ports.add(socket.remotePort);
    response.end('{}');
  });
  await handler.handle(request());
  await handler.handle(request());
  expect(ports.size).toBe(1);
});

test('a signal ends a request, under way or not begun, with the error that is not tried again', async () => {
  const controller = new AbortController();
  const { handler, request } = await start(() => controller.abort());
  const { signal } = controller;
  await expect(handler.handle(request(), { abortSignal: signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await expect(handler.handle(request(), { abortSignal: signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});

test.each<[string, RequestListener]>([
  ['before its answer', ({ socket }) => socket.destroy()],
  [
    'within its answer',
    ({ socket }, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('{', () => socket.destroy());
    },
  ],
])('a connection that breaks %s is the network’s error, by which the SDK tries again', async (_, answer) => {
  const { handler, request } = await start(answer);
  await expect(handler.handle(request())).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('so is one that does not come about', async () => {
  const { url, server } = await startPeerAnswering(200);
  await new Promise((resolve) => server.close(resolve));
  const { hostname, port } = new URL(url);
  const request = new HttpRequest({ protocol: 'http:', hostname, port: Number(port), path: '/' });
  await expect(new RequestHandler().handle(request)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
