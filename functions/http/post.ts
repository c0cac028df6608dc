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

/**
 * One request.
 * @returns the status of the answer, whatever it is
 * @throws PeerUnavailable if there is no answer before the signal
 */
export async function postOnce(
  target: URL,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<number> {
  try {
    const response = await fetch(target, {
      method: 'POST',
      headers,
      body,
      // Signatures and credentials are for one URL.
      redirect: 'manual',
      signal,
    });
    // Read to the end, or the connection is not reused.
    await response.arrayBuffer();
    return response.status;
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
