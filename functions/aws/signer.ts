import { fromEnv } from '@aws-sdk/credential-provider-env';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from './sha256.ts';

/** Of the signatures of its method, the last: that for requests. */
type Sign = SignatureV4['sign'];
type Request = Parameters<Sign>[0];

/** Puts the signature of this function's role into the headers of a request. */
export interface Signer {
  sign(...args: Parameters<Sign>): ReturnType<Sign>;
}

/** Who the caller is: Lambda has the credentials of a function's role in its environment variables, nowhere else. */
export const credentials = fromEnv();

/**
 * The signer of requests to one service, for all of them: the SDK's clients make a new one for each request.
 *
 * `REQUEST_SIGNING=none` leaves the signature out, which takes a quarter to a third of the CPU of a call. It is for
 * engines on this machine, which cannot verify it: the local stage sets it. The caller still says who it is.
 * @param service its name in signatures, for example `sqs`
 */
export function signerOf(service: string, region: string): Signer {
  if (process.env.REQUEST_SIGNING === 'none')
    return { sign: (request) => identify(request, service, region) };
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  return { sign: (request, options) => signer.sign(request, options) };
}

/** @throws Error for a request that would leave this machine */
async function identify(request: Request, service: string, region: string): Promise<Request> {
  const { hostname, headers } = request;
  if (!isThisMachine(hostname)) {
    throw new Error(`REQUEST_SIGNING=none is for endpoints on this machine, not for ${hostname}: remove it`);
  }
  const { accessKeyId } = await credentials();
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/${region}/${service}/aws4_request`;
  headers['x-amz-date'] = date;
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=host, Signature=none`;
  return request;
}

const isThisMachine = (hostname: string): boolean =>
  hostname === '127.0.0.1' || hostname === 'localhost' || hostname.endsWith('.localhost');
