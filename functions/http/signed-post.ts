import { Sha256 } from '@aws-crypto/sha256-js';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

/** The peer cannot be reached, is too slow, or says it is overloaded or broken: a later attempt may succeed. */
export class PeerUnavailable extends Error {
  override readonly name = 'PeerUnavailable';
}

/** The peer understood the request and refuses it: another attempt would end the same way. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused';
}

export type Post = (body: unknown, timeoutMs: number) => Promise<void>;

/**
 * Posts JSON to a URL behind API Gateway with IAM authorisation, signed as this function's role.
 * `Post` takes the time-out of the one attempt, in milliseconds.
 * @throws PeerUnavailable on time-out, network errors, 401, 403, 408, 429 and 5xx (credentials may be rotating)
 * @throws PeerRefused on every other answer that is not 2xx
 */
export function signedPost(url: string, region: string): Post {
  const target = new URL(url);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: fromEnv(),
    sha256: Sha256,
  });

  return async (body, timeoutMs) => {
    const request = new HttpRequest({
      method: 'POST',
      protocol: target.protocol,
      hostname: target.hostname,
      path: target.pathname,
      headers: { host: target.host, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { headers } = await signer.sign(request);

    let response: Response;
    try {
      response = await fetch(target, {
        method: 'POST',
        headers,
        body: request.body,
        // A signature is for one URL.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      // Read to the end, or the connection is not reused.
      await response.arrayBuffer();
    } catch (error) {
      throw new PeerUnavailable(`${target.host} did not answer: ${String(error)}`, { cause: error });
    }
    if (response.ok) return;
    const message = `${target.host} answered ${response.status}`;
    throw isTemporary(response.status) ? new PeerUnavailable(message) : new PeerRefused(message);
  };
}

const isTemporary = (status: number): boolean => status >= 500 || [401, 403, 408, 429].includes(status);
