import type { BasicCredentials } from './basic-credentials.ts';
import { accepted, PeerUnavailable, type Post, postOnce } from './post.ts';

/**
 * Posts with HTTP basic authentication. Credentials that the peer rejects are read anew, once in an attempt: they
 * may have been rotated.
 */
export function basicPost(url: string, credentials: BasicCredentials): Post {
  const target = new URL(url);

  return async (body, timeoutMs) => {
    // For all of the attempt: credentials and one or two requests.
    const signal = AbortSignal.timeout(timeoutMs);
    const text = JSON.stringify(body);
    const post = (authorization: string) =>
      postOnce(target, { authorization, 'content-type': 'application/json' }, text, signal);

    const known = await inTime(credentials.current(), signal);
    const status = await post(known);
    if (status !== 401 && status !== 403) return accepted(target, status);
    const others = await inTime(credentials.insteadOf(known), signal);
    return accepted(target, others === known ? status : await post(others));
  };
}

/** The library that reads secrets cannot be interrupted, but need not be waited for. */
function inTime<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  const timeOut = Promise.withResolvers<never>();
  signal.addEventListener(
    'abort',
    () => timeOut.reject(new PeerUnavailable('The credentials took too long')),
    {
      once: true,
    },
  );
  return Promise.race([reading, timeOut.promise]);
}
