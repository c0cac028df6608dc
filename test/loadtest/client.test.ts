import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { Client } from '../../loadtest/client.ts';

async function serve(handle: (message: IncomingMessage, response: ServerResponse) => void) {
  let connections = 0;
  const server = createServer(handle).on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  return { client, connections: () => connections, stop: () => server.closeAllConnections() };
}

it('posts what it is given, and reads the answer', async () => {
  const { client } = await serve((message, response) => {
    let body = '';
    message.on('data', (chunk) => {
      body += String(chunk);
    });
    message.on('end', () => {
      response.writeHead(202).end(`${message.method} ${message.url} ${message.headers['bmw-vin']} ${body} ✓`);
    });
  });
  const answer = await client.post('/a?b=c', { 'bmw-vin': 'V', 'content-length': 4 }, '{"d"');
  expect(answer).toMatchObject({ status: 202, body: 'POST /a?b=c V {"d" ✓', failure: undefined });
  expect(answer.milliseconds).toBeGreaterThan(0);
});

it('connections are used again, whether an answer is read or not', async () => {
  const { client, connections } = await serve((message, response) => {
    message.resume().on('end', () => response.end('{"long": true}'));
  });
  for (const unread of [200, undefined, 200]) {
    const { body } = await client.post('/', { 'content-length': 0 }, '', unread);
    expect(body).toBe(unread === undefined ? '{"long": true}' : '');
  }
  expect(connections()).toBe(1);
});

it('what comes in the place of an answer is said', async () => {
  const { client } = await serve((message) => message.socket.destroy());
  expect(await client.post('/', { 'content-length': 0 }, '')).toMatchObject({
    status: 0,
    failure: 'ECONNRESET',
  });
});

it('an answer that breaks off is none', async () => {
  const { client } = await serve((message, response) => {
    response.writeHead(202, { 'content-length': 100 }).write('half', () => message.socket.destroy());
  });
  expect(await client.post('/', { 'content-length': 0 }, '')).toMatchObject({
    status: 0,
    failure: 'ECONNRESET',
  });
});
