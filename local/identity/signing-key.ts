import { generateKeyPair, type JsonWebKey, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import * as z from 'zod';
import type { KeyValues } from '../storage/key-values.ts';

export const SIGNING_ALGORITHM = 'RS256';

const KEY = 'identity/signing-key';

const SigningKey = z.looseObject({
  kty: z.literal('RSA'),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal(SIGNING_ALGORITHM),
});

/** A private key as JWK, with the name by which verifiers find its public half. */
export type SigningKey = Readonly<z.infer<typeof SigningKey>> & JsonWebKey;

/** The key that was kept, or a fresh one, which is kept from now on: tokens stay valid if the stage starts again. */
export async function keptSigningKey(kept: KeyValues | undefined): Promise<SigningKey> {
  const known = kept?.get(KEY);
  if (known !== undefined) return SigningKey.parse(JSON.parse(known));
  const key = await drawSigningKey();
  kept?.put(KEY, JSON.stringify(key));
  return key;
}

async function drawSigningKey(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' });
  return { ...jwk, kty: 'RSA', kid: randomUUID(), use: 'sig', alg: SIGNING_ALGORITHM };
}
