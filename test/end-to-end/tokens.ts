import { generateKeyPair, importJWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { CLIENT_ID } from '../../local/identity/contract.ts';
import type { IdentityProvider } from '../../local/identity/provider.ts';

/** Tokens that the identity provider would never issue. Without changes they are like its own. */

/** Claims that differ; those that are `undefined` are left out. */
export type Claims = { readonly [name: string]: unknown };

function payload({ issuer }: IdentityProvider, changes: Claims): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  return {
    iss: issuer,
    aud: CLIENT_ID,
    sub: 'demo',
    client_id: CLIENT_ID,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 3600,
    ...changes,
  };
}

/** With the provider's own key. */
export async function forgedToken(identity: IdentityProvider, changes: Claims): Promise<string> {
  const { alg, kid } = identity.signingKey;
  return new SignJWT(payload(identity, changes))
    .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
    .sign(await importJWK(identity.signingKey));
}

/** Valid an hour ago. */
export const expiredToken = (identity: IdentityProvider): Promise<string> => {
  const hourAgo = Math.floor(Date.now() / 1000) - 3600;
  return forgedToken(identity, { iat: hourAgo - 3600, exp: hourAgo });
};

/** With a key that only claims to be the provider's. */
export async function tokenOfAnotherKey(identity: IdentityProvider, changes: Claims = {}): Promise<string> {
  const { alg, kid } = identity.signingKey;
  const { privateKey } = await generateKeyPair(alg);
  return new SignJWT(payload(identity, changes))
    .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
    .sign(privateKey);
}

/** `alg: none`. */
export const unsignedToken = (identity: IdentityProvider, changes: Claims = {}): string =>
  new UnsecuredJWT(payload(identity, changes)).encode();
