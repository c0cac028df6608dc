import { HttpRequest } from '@smithy/protocol-http';
import { signerOf } from '../aws/signer.ts';
import { accepted, type Post, postOnce } from './post.ts';

/** Posts to a URL behind API Gateway with IAM authorisation, signed as this function's role. */
export function signedPost(url: string, region: string): Post {
  const target = new URL(url);
  const signer = signerOf('execute-api', region);

  return async (body, timeoutMs) => {
    const text = JSON.stringify(body);
    const request = new HttpRequest({
      method: 'POST',
      protocol: target.protocol,
      hostname: target.hostname,
      path: target.pathname,
      headers: { host: target.host, 'content-type': 'application/json' },
      body: text,
    });
    const { headers } = await signer.sign(request);
    return accepted(target, await postOnce(target, headers, text, AbortSignal.timeout(timeoutMs)));
  };
}
