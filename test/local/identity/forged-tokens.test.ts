import { createRemoteJWKSet, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { CLIENT_ID } from '../../../local/identity/contract.ts';
import { expiredToken, forgedToken, tokenOfAnotherKey, unsignedToken } from '../../end-to-end/tokens.ts';
import { startIdentity } from './start.ts';

/** The forgeries that tests use must each be wrong in one way only. */
async function start() {
  const { origin, identity } = await startIdentity();
  const keys = createRemoteJWKSet(new URL(`${origin}/oidc/.well-known/jwks.json`));
  const expected = { issuer: identity.issuer, audience: CLIENT_ID, typ: 'at+jwt' };
  return { identity, verify: async (token: string) => (await jwtVerify(token, keys, expected)).payload };
}

test('a forgery without changes is like the provider’s own token', async () => {
  const { identity, verify } = await start();
  const forged = await verify(await forgedToken(identity, {}));
  const own = await verify(await identity.token('demo'));
  const volatile = { jti: '', iat: 0, exp: 0 };
  expect({ ...forged, ...volatile }).toEqual({ ...own, ...volatile });
});

test('claims may be others, or missing', async () => {
  const { identity, verify } = await start();
  expect(await verify(await forgedToken(identity, { sub: undefined, client_id: 'other' }))).toEqual({
    iss: identity.issuer,
    aud: CLIENT_ID,
    client_id: 'other',
    jti: expect.any(String),
    iat: expect.any(Number),
    exp: expect.any(Number),
  });
});

test('each forgery is refused for its own reason', async () => {
  const { identity, verify } = await start();
  await expect(verify(await expiredToken(identity))).rejects.toThrow(/"exp" claim/);
  await expect(verify(await forgedToken(identity, { iss: 'http://other' }))).rejects.toThrow(/"iss" claim/);
  await expect(verify(await forgedToken(identity, { aud: 'other' }))).rejects.toThrow(/"aud" claim/);
  await expect(verify(await tokenOfAnotherKey(identity))).rejects.toThrow('signature verification failed');
  await expect(verify(unsignedToken(identity))).rejects.toThrow(/"alg"/);
});
