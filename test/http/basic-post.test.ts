import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import type { BasicCredentials } from '../../functions/http/basic-credentials.ts';
import { basicPost } from '../../functions/http/basic-post.ts';
import { PeerRefused, PeerUnavailable } from '../../functions/http/post.ts';
import { startPeer } from '../peer.ts';

/** Long enough for any answer that comes. */
const PATIENCE_MS = 60_000;

/** Credentials that are rotated once somebody asks for others. */
function rotating(before: string, after: string): BasicCredentials & { readonly rejected: string[] } {
  const rejected: string[] = [];
  return {
    rejected,
    current: async () => before,
    insteadOf: async (known) => {
      rejected.push(known);
      return after;
    },
  };
}

/** A peer that admits by one `authorization` header, and answers all others with this status. */
async function admitting(authorization: string, otherwise = 401, admitted = 200) {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const { url } = await startPeer(async (request, response) => {
    seen.push({ request, body: await text(request) });
    response.writeHead(request.headers.authorization === authorization ? admitted : otherwise).end();
  });
  return { url, seen, headers: () => seen.map(({ request }) => request.headers.authorization) };
}

test('the body arrives as JSON, with the credentials; the status is told', async () => {
  const { url, seen } = await admitting('Basic a', 401, 202);
  const credentials = rotating('Basic a', 'Basic b');
  expect(await basicPost(url, credentials)({ text: 'ä🚗' }, PATIENCE_MS)).toBe(202);
  expect(seen).toMatchObject([
    {
      request: {
        method: 'POST',
        url: '/prod/publish',
        headers: { authorization: 'Basic a', 'content-type': 'application/json' },
      },
      body: '{"text":"ä🚗"}',
    },
  ]);
  expect(credentials.rejected).toEqual([]);
});

describe('credentials that the peer rejects', () => {
  test.each([401, 403])('with %i are read anew, and tried at once', async (status) => {
    const { url, headers } = await admitting('Basic b', status);
    const credentials = rotating('Basic a', 'Basic b');
    expect(await basicPost(url, credentials)({}, PATIENCE_MS)).toBe(200);
    expect(headers()).toEqual(['Basic a', 'Basic b']);
    expect(credentials.rejected).toEqual(['Basic a']);
  });

  test('again are not read a second time in this attempt', async () => {
    const { url, headers } = await admitting('Basic c');
    const credentials = rotating('Basic a', 'Basic b');
    await expect(basicPost(url, credentials)({}, PATIENCE_MS)).rejects.toThrow(PeerUnavailable);
    expect(headers()).toEqual(['Basic a', 'Basic b']);
    expect(credentials.rejected).toEqual(['Basic a']);
  });

  test('and that are still the same are not tried again', async () => {
    const { url, headers } = await admitting('Basic c');
    await expect(basicPost(url, rotating('Basic a', 'Basic a'))({}, PATIENCE_MS)).rejects.toThrow(
      PeerUnavailable,
    );
    expect(headers()).toEqual(['Basic a']);
  });
});

test.each([400, 404, 302])('%i is no matter of credentials', async (status) => {
  const { url, headers } = await admitting('Basic b', status);
  const credentials = rotating('Basic a', 'Basic b');
  await expect(basicPost(url, credentials)({}, PATIENCE_MS)).rejects.toThrow(PeerRefused);
  expect(headers()).toEqual(['Basic a']);
  expect(credentials.rejected).toEqual([]);
});

describe('the time-out', () => {
  const never = new Promise<never>(() => undefined);

  test('is for the credentials, too', async () => {
    const { url, seen } = await admitting('Basic a');
    const credentials = { ...rotating('Basic a', 'Basic b'), current: () => never };
    await expect(basicPost(url, credentials)({}, 20)).rejects.toThrow(PeerUnavailable);
    expect(seen).toEqual([]);
  });

  test('is for new credentials, too', async () => {
    const { url } = await admitting('Basic b');
    const credentials = { ...rotating('Basic a', 'Basic b'), insteadOf: () => never };
    await expect(basicPost(url, credentials)({}, 500)).rejects.toThrow(PeerUnavailable);
  });

  test('is for both requests together', async () => {
    const { url } = await startPeer((request, response) => {
      // The second request alone would be in time.
      setTimeout(() => response.writeHead(401).end(), 200);
      request.resume();
    });
    await expect(basicPost(url, rotating('Basic a', 'Basic b'))({}, 300)).rejects.toThrow(/did not answer/);
  });
});

test('no error says the credentials', async () => {
  const { url } = await admitting('Basic c');
  const authorization = `Basic ${Buffer.from('me:hunter2').toString('base64')}`;
  const error = await basicPost(url, rotating(authorization, authorization))({}, PATIENCE_MS).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ message: `${new URL(url).host} answered 401` });
});
