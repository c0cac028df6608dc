import { json } from 'node:stream/consumers';
import { beforeEach, expect, test, vi } from 'vitest';
import { PeerRefused, PeerUnavailable } from '../../../functions/http/post.ts';
import { httpBroker } from '../../../functions/outgoing-vehicle-communication/broker/http-broker.ts';
import { startPeer } from '../../peer.ts';
import { call, message } from './calls.ts';

/** Long enough for any answer that comes. */
const PATIENCE_MS = 60_000;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDTEST');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});

/** A broker API that answers with this status; without, not at all. */
async function start(status?: number) {
  const requests: { url: string | undefined; body: unknown }[] = [];
  const { url } = await startPeer(async (request, response) => {
    requests.push({ url: request.url, body: await json(request) });
    if (status !== undefined) response.writeHead(status).end('{}');
  });
  const base = new URL('/api/v5', url).href;
  return { requests, broker: httpBroker(base, { secretArn: undefined, region: 'eu-central-1' }) };
}

test.each([
  [200, 'TAKEN'],
  [202, 'NOBODY_LISTENS'],
] as const)('a publication that is answered with %i is %s', async (status, publication) => {
  const { requests, broker } = await start(status);
  expect(await broker.publish(message, PATIENCE_MS)).toBe(publication);
  expect(requests).toEqual([{ url: '/api/v5/publish', body: message }]);
});

test('a wake-up has a path of its own', async () => {
  const { requests, broker } = await start(202);
  await broker.wakeUp(call, PATIENCE_MS);
  expect(requests).toEqual([{ url: '/api/v5/wake-up', body: call }]);
});

test.each([
  [400, PeerRefused],
  [401, PeerUnavailable],
  [403, PeerUnavailable],
  [404, PeerRefused],
  [429, PeerUnavailable],
  [503, PeerUnavailable],
])('%i is an error of either call, after a single request', async (status, error) => {
  const { requests, broker } = await start(status);
  await expect(broker.publish(message, PATIENCE_MS)).rejects.toThrow(error);
  await expect(broker.wakeUp(call, PATIENCE_MS)).rejects.toThrow(error);
  expect(requests).toHaveLength(2);
});

test('a request without an answer is dropped', async () => {
  const { broker } = await start();
  await expect(broker.publish(message, 20)).rejects.toThrow(PeerUnavailable);
});
