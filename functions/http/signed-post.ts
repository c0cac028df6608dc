import { Sha256 } from '@aws-crypto/sha256-js';
import { fromEnv } from '@aws-sdk/credential-provider-env';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { accepted, type Post, postOnce } from './post.ts';

/** Posts to a URL behind API Gateway with IAM authorisation, signed as this function's role. */
export function signedPost(url: string, region: string): Post {
  const target = new URL(url);
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: fromEnv(),
    sha256: Sha256,
  });

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
