import { generateKeyPair, type JsonWebKey, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';

export const SIGNING_ALGORITHM = 'RS256';

/** A private key as JWK, with the name by which verifiers find its public half. */
export interface SigningKey extends JsonWebKey {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: typeof SIGNING_ALGORITHM;
}

/** Draws a fresh key. */
export async function drawSigningKey(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kty: 'RSA', kid: randomUUID(), use: 'sig', alg: SIGNING_ALGORITHM };
}
