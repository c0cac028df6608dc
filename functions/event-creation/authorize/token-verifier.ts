import { JwtVerifier } from 'aws-jwt-verify';
import {
  FetchError,
  JwksValidationError,
  JwkValidationError,
  JwtBaseError,
  WaitPeriodNotYetEndedJwkError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import * as z from 'zod';
import { type Identity, TokenRefused } from './authorize.ts';

/** A request to the identity provider; the authorizer itself has ten seconds. */
const REQUEST_TIMEOUT_MS = 3000;

/** OpenID Connect Discovery 1.0. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** RFC 9068 names the app `client_id`; older issuers `azp`. */
const Claims = z.object({
  sub: z.string().min(1).max(200),
  /** The library lets tokens live for ever that do not say when they expire. */
  exp: z.number(),
  client_id: z.string().optional(),
  azp: z.string().optional(),
});

interface Options {
  readonly issuer: string;
  readonly audience: string;
}

/**
 * Verifies access tokens of an OpenID Connect issuer: signature, issuer, audience, expiry. Its keys are fetched once,
 * and again when a token names one that is not known.
 */
export function tokenVerifier({ issuer, audience }: Options): (token: string) => Promise<Identity> {
  const create = async () => {
    const { jwks_uri } = await discover(issuer);
    return JwtVerifier.create(
      { issuer, audience, jwksUri: jwks_uri },
      // The library's own fetcher speaks HTTPS only, and the local stage's provider does not.
      { jwksCache: new SimpleJwksCache({ fetcher: { fetch: (uri) => get(uri) } }) },
    );
  };
  let verifier: ReturnType<typeof create> | undefined;

  return async (token) => {
    // A failed discovery is tried again with the next token.
    verifier ??= create().catch((error: unknown) => {
      verifier = undefined;
      throw error;
    });
    const ready = await verifier;
    try {
      const { sub, client_id, azp } = Claims.parse(await ready.verify(token));
      return { user: sub, client: client_id ?? azp };
    } catch (error) {
      if (isProvidersFault(error)) throw error;
      throw new TokenRefused('The token is not valid', { cause: error });
    }
  };
}

/** Its keys could not be read: nothing is known about the token. */
const isProvidersFault = (error: unknown): boolean =>
  error instanceof FetchError ||
  error instanceof WaitPeriodNotYetEndedJwkError ||
  error instanceof JwksValidationError ||
  error instanceof JwkValidationError ||
  !(error instanceof JwtBaseError || error instanceof z.ZodError);

async function discover(issuer: string): Promise<z.infer<typeof Discovery>> {
  const text = new TextDecoder().decode(
    await get(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`),
  );
  const discovery = Discovery.parse(JSON.parse(text));
  if (discovery.issuer !== issuer) throw new Error(`${issuer} says that it is ${discovery.issuer}`);
  return discovery;
}

async function get(uri: string): Promise<ArrayBuffer> {
  const response = await fetch(uri, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
  if (!response.ok) throw new FetchError(uri, `HTTP status ${response.status}`);
  return response.arrayBuffer();
}
