import type { IncomingMessage, RequestListener } from 'node:http';
import { text } from 'node:stream/consumers';
import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { PeerRefused, PeerUnavailable } from '../../functions/http/post.ts';
import { signedPost } from '../../functions/http/signed-post.ts';
import { startPeer, startPeerAnswering } from '../peer.ts';

const REGION = 'eu-central-1';
const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret', sessionToken: 'session' };
/** Long enough for any answer that comes. */
const PATIENCE_MS = 60_000;

beforeEach(() => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', credentials.sessionToken);
});

/** The authorization header that the request should have, from what came over the wire. */
async function expectedAuthorization(request: IncomingMessage, body: string): Promise<string | undefined> {
  const signed = /SignedHeaders=([^,]+)/.exec(request.headers.authorization ?? '')?.[1]?.split(';') ?? [];
  const amzDate = String(request.headers['x-amz-date']);
  const { headers } = await new SignatureV4({
    service: 'execute-api',
    region: REGION,
    credentials,
    sha256: Sha256,
  }).sign(
    new HttpRequest({
      method: request.method ?? '',
      hostname: '127.0.0.1',
      path: request.url ?? '',
      headers: Object.fromEntries(signed.map((name) => [name, String(request.headers[name])])),
      body,
    }),
    { signingDate: new Date(amzDate.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z')) },
  );
  return headers.authorization;
}

test('the body arrives as JSON, and the signature fits what arrives', async () => {
  const arrived = Promise.withResolvers<{ request: IncomingMessage; body: string }>();
  const { url } = await startPeer(async (request, response) => {
    arrived.resolve({ request, body: await text(request) });
    response.end();
  });
  await signedPost(url, REGION)({ text: 'ä🚗' }, PATIENCE_MS);

  const { request, body } = await arrived.promise;
  expect(request).toMatchObject({ method: 'POST', url: '/prod/publish' });
  expect(request.headers).toMatchObject({
    'content-type': 'application/json',
    'x-amz-security-token': 'session',
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=AKIDTEST\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=[\w;-]*host[\w;-]*, Signature=[0-9a-f]{64}$/,
    ),
  });
  expect(body).toBe('{"text":"ä🚗"}');
  expect(request.headers.authorization).toBe(await expectedAuthorization(request, body));
});

test.each([200, 202, 204])('%i is success, and told', async (status) => {
  const { url } = await startPeerAnswering(status);
  await expect(signedPost(url, REGION)({}, PATIENCE_MS)).resolves.toBe(status);
});

test.each([
  [401, PeerUnavailable],
  [403, PeerUnavailable],
  [408, PeerUnavailable],
  [429, PeerUnavailable],
  [500, PeerUnavailable],
  [502, PeerUnavailable],
  [503, PeerUnavailable],
  [504, PeerUnavailable],
  [304, PeerRefused],
  [400, PeerRefused],
  [404, PeerRefused],
  [409, PeerRefused],
  [413, PeerRefused],
  [422, PeerRefused],
])('%i is %o', async (status, kind) => {
  const { url } = await startPeerAnswering(status);
  const error = await signedPost(url, REGION)({}, PATIENCE_MS).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(kind);
  expect(error).toMatchObject({ message: `${new URL(url).host} answered ${status}` });
});

test.each([301, 302, 303, 307, 308])('%i is PeerRefused: a redirect is not followed', async (status) => {
  const paths: (string | undefined)[] = [];
  const { url } = await startPeer((request, response) => {
    paths.push(request.url);
    request.resume();
    if (paths.length === 1) response.writeHead(status, { location: '/elsewhere' });
    response.end();
  });
  await expect(signedPost(url, REGION)({}, PATIENCE_MS)).rejects.toBeInstanceOf(PeerRefused);
  expect(paths).toEqual(['/prod/publish']);
});

describe('a peer that is unavailable', () => {
  test.each([
    ['says nothing', () => undefined],
    ['stops in the middle', (_: unknown, response) => response.writeHead(200).write('{"half":')],
    ['hangs up', (request) => request.socket.destroy()],
  ] satisfies [string, RequestListener][])('%s', async (_how, handle) => {
    const { url } = await startPeer(handle);
    await expect(signedPost(url, REGION)({}, 100)).rejects.toThrow(PeerUnavailable);
  });

  test('is not there', async () => {
    const { url, server } = await startPeerAnswering(200);
    await new Promise((resolve) => server.close(resolve));
    await expect(signedPost(url, REGION)({}, PATIENCE_MS)).rejects.toMatchObject({
      name: 'PeerUnavailable',
      message: expect.stringContaining(new URL(url).host),
      cause: expect.any(Error),
    });
  });
});
