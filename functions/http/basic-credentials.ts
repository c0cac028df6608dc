import { SecretsProvider } from '@aws-lambda-powertools/parameters/secrets';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { awsClient } from '../aws/client.ts';
import { PeerUnavailable } from './post.ts';

/** How long credentials are used without a look at the secret. A peer that rejects them has them read at once. */
const MAX_AGE_SECONDS = 300;

/** What a peer's operator puts into the secret. HTTP basic authentication parts the two at the first colon. */
const Secret = z.object({ username: z.string().regex(/^[^:]+$/), password: z.string().min(1) });

/** The `authorization` header that a peer admits us by. */
export interface BasicCredentials {
  /** @throws PeerUnavailable if the secret cannot be read: it may be there later */
  current(): Promise<string>;
  /** Others, if there are any by now: the peer rejected these. */
  insteadOf(rejected: string): Promise<string>;
}

/** Credentials that stand in a secret, which may be rotated at any time. */
export function basicCredentials(secretArn: string): BasicCredentials {
  const provider = new SecretsProvider({
    awsSdkV3Client: awsClient(SecretsManagerClient, 'secretsmanager'),
  });
  const read = async (forceFetch: boolean) => {
    const options = { maxAge: MAX_AGE_SECONDS, forceFetch };
    // Of an error only its name: what failed to be read may be quoted in the rest.
    const text = await provider.get(secretArn, options).catch((error: unknown) => {
      throw new PeerUnavailable(`The secret ${secretArn} cannot be read: ${nameOf(error)}`);
    });
    return authorization(secretArn, text);
  };
  let reading: Promise<string> | undefined;
  /** The records of a batch are rejected at the same time: one of them reads for all. */
  const readAnew = () => {
    reading ??= read(true).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  return {
    current: () => read(false),
    insteadOf: async (rejected) => {
      const known = await read(false);
      return known === rejected ? readAnew() : known;
    },
  };
}

function authorization(secretArn: string, text: unknown): string {
  const secret = Secret.safeParse(jsonOf(text));
  if (!secret.success) {
    throw new PeerUnavailable(`The secret ${secretArn} is not of the form {"username","password"}`);
  }
  const { username, password } = secret.data;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Not the library's own transformation: its error quotes the text. */
function jsonOf(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** Of the SDK's error, if there is one behind the library's. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? error.cause.name : error.name;
}
