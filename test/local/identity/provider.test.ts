import { createRemoteJWKSet, jwtVerify } from 'jose';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { CLIENT_ID, LOGIN_GRANT } from '../../../local/identity/contract.ts';
import { demoFleet } from '../../../vehicle-simulator/fleet.ts';
import { DEFAULT_USER, DEMO_USERS } from '../../../vehicle-simulator/users.ts';
import { request } from '../../end-to-end/app.ts';
import { API_ANSWER } from '../beside.ts';
import { startIdentity } from './start.ts';

const LOGIN = { grant_type: LOGIN_GRANT, client_id: 'my-app', username: 'demo' };

const login = (origin: string, changes: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  request(`${origin}/oidc/token`, {
    method: 'POST',
    body: new URLSearchParams({ ...LOGIN, ...changes }),
    headers,
  });

/** As a service verifies a token that knows no more than the issuer. */
async function verified(origin: string, token: string) {
  const keys = createRemoteJWKSet(new URL(`${origin}/oidc/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(token, keys, {
    issuer: `${origin}/oidc`,
    audience: CLIENT_ID,
    typ: 'at+jwt',
    algorithms: ['RS256'],
  });
  expect(protectedHeader.kid).toEqual(expect.any(String));
  return payload;
}

test('describes itself below the issuer', async () => {
  const { origin, identity } = await startIdentity();
  expect(identity.issuer).toBe(`${origin}/oidc`);
  const { status, body } = await request(`${origin}/oidc/.well-known/openid-configuration`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    issuer: `${origin}/oidc`,
    token_endpoint: `${origin}/oidc/token`,
    jwks_uri: `${origin}/oidc/.well-known/jwks.json`,
    grant_types_supported: [LOGIN_GRANT],
    token_endpoint_auth_methods_supported: ['none'],
  });
});

test('publishes only the public half of its key, which no other one has', async () => {
  const [first, second] = [await startIdentity(), await startIdentity()];
  const { body } = await request(`${first.origin}/oidc/.well-known/jwks.json`);
  const { kid, n, e } = first.identity.signingKey;
  expect(body.keys).toEqual([{ kty: 'RSA', use: 'sig', alg: 'RS256', kid, n, e }]);
  expect(second.identity.signingKey.n).not.toBe(n);
});

describe('an access token', () => {
  test.each(DEMO_USERS)('for %s is given for the name alone', async (username) => {
    const { origin } = await startIdentity();
    const { status, body } = await login(origin, { username });
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires_in: 3600 });
    const { iat = 0, ...payload } = await verified(origin, body.access_token);
    expect(payload).toEqual({
      iss: `${origin}/oidc`,
      aud: CLIENT_ID,
      sub: username,
      client_id: 'my-app',
      jti: expect.any(String),
      exp: iat + 3600,
    });
    expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(60);
  });

  test('is the same kind without HTTP', async () => {
    const { origin, identity } = await startIdentity();
    const payload = await verified(origin, await identity.token('stranger'));
    const { body } = await login(origin, { username: 'stranger' });
    expect(Object.keys(payload)).toEqual(Object.keys(await verified(origin, body.access_token)));
    expect(payload).toMatchObject({ sub: 'stranger', client_id: 'my-app' });
  });

  test('may be asked for by the name of the resource', async () => {
    const { origin } = await startIdentity();
    expect((await login(origin, { resource: `urn:${CLIENT_ID}` })).status).toBe(200);
  });
});

describe('no token is given', () => {
  test.each([
    ['an unknown user', { username: 'bob' }, "there is no user 'bob'; the demo users are demo, stranger"],
    ['no user', { username: '' }, 'username is missing; the demo users are demo, stranger'],
  ])('for %s', async (_whom, changes, description) => {
    const { origin } = await startIdentity();
    expect(await login(origin, changes)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: description },
    });
  });

  test.each([
    ['to another client', { client_id: 'other' }, 401, 'invalid_client'],
    ['for another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type'],
    ['for another resource', { resource: 'urn:other' }, 400, 'invalid_target'],
  ])('%s', async (_what, changes, status, error) => {
    const { origin } = await startIdentity();
    expect(await login(origin, changes)).toMatchObject({ status, body: { error } });
  });

  test('to a page of another origin', async () => {
    const { origin } = await startIdentity();
    expect((await login(origin, {}, { origin: 'http://elsewhere.example' })).status).toBe(400);
    expect((await login(origin, {}, { origin })).status).toBe(200);
  });
});

test('answers only what is below its path', async () => {
  const { origin } = await startIdentity();
  for (const path of ['/', '/oidc', '/oidcs/token', '/x/oidc/token']) {
    expect(await (await fetch(origin + path)).text()).toBe(API_ANSWER);
  }
  expect((await fetch(`${origin}/oidc/nothing`)).status).toBe(404);
});

test('is quiet on the terminal', async () => {
  const spies = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  const { origin, identity } = await startIdentity();
  await identity.token('demo');
  await login(origin);
  await login(origin, { username: 'bob' }, { accept: 'text/html', origin });
  await fetch(`${origin}/oidc/.well-known/openid-configuration`, { headers: { origin } });
  await fetch(`${origin}/oidc/auth?client_id=my-app&response_type=code`, {
    headers: { accept: 'text/html' },
  });
  await fetch(`${origin}/oidc/token`, { method: 'POST', body: '{}' });
  for (const spy of spies) expect(spy).not.toHaveBeenCalled();
});

test('the default user is the one who owns the demo fleet', () => {
  expect(DEMO_USERS).toContain(DEFAULT_USER);
  expect(new Set(demoFleet().map(({ owner }) => owner))).toEqual(new Set([DEFAULT_USER]));
});
