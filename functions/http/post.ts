import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** The peer cannot be reached, is too slow, or says it is overloaded or broken: a later attempt may succeed. */
export class PeerUnavailable extends Error {
  override readonly name = 'PeerUnavailable';
}

/** The peer understood the request and refuses it: another attempt would end the same way. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused';
}

/**
 * Posts a body as JSON; `timeoutMs` is for the one attempt.
 * @returns the status of the answer, which is 2xx
 * @throws PeerUnavailable on time-out, network errors, 401, 403, 408, 429 and 5xx (credentials may be rotating)
 * @throws PeerRefused on every other answer
 */
export type Post = (body: unknown, timeoutMs: number) => Promise<number>;

/** Connections outlive requests, and invocations as well. */
const AGENTS = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/**
 * One request, which follows no redirect: signatures and credentials are for one URL. With Node's own client, for
 * `fetch` takes three times its CPU.
 * @returns the status of the answer, whatever it is
 * @throws PeerUnavailable if there is no answer before the signal
 */
export async function postOnce(
  target: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  const [request, agent] =
    target.protocol === 'https:' ? [httpsRequest, AGENTS.https] : [httpRequest, AGENTS.http];
  try {
    return await new Promise<number>((resolve, reject) => {
      request(target, { method: 'POST', headers, agent, signal }, (response) => {
        // Read to the end, or the connection is not reused.
        response.resume();
        response.on('error', reject);
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end(body);
    });
  } catch (error) {
    throw new PeerUnavailable(`${target.host} did not answer: ${String(error)}`, { cause: error });
  }
}

/** What a status means: `Post` says how. */
export function accepted(target: URL, status: number): number {
  if (status >= 200 && status < 300) return status;
  throw peerError(target.host, status);
}

/** The error that a status which is not 2xx means. */
export function peerError(peer: string, status: number): PeerUnavailable | PeerRefused {
  const message = `${peer} answered ${status}`;
  return isTemporary(status) ? new PeerUnavailable(message) : new PeerRefused(message);
}

const isTemporary = (status: number): boolean => status >= 500 || [401, 403, 408, 429].includes(status);
