import { credentials, type Signer, signerOf } from './signer.ts';

/** What the SDK does by default, said here: it would look for it in variables and files at its first request. */
const DEFAULTS = {
  maxAttempts: 3,
  retryMode: 'standard',
  useDualstackEndpoint: false,
  useFipsEndpoint: false,
};

interface Settings {
  readonly region: string;
  readonly credentials: typeof credentials;
  readonly signer: Signer;
  readonly maxAttempts: number;
  readonly retryMode: string;
  readonly useDualstackEndpoint: boolean;
  readonly useFipsEndpoint: boolean;
  readonly cacheMiddleware: boolean;
  readonly requestHandler: Record<string, never>;
  readonly md5: false;
}

/**
 * A client of an AWS service for a function: the one place for credentials, region, retries and connections.
 * @param Client of the SDK
 * @param service its name in signatures, for example `sqs`
 * @throws Error if there is no region: Lambda always sets one
 */
export function awsClient<Client>(
  Client: new (settings: Settings) => Client,
  service: string,
  own: { readonly maxAttempts?: number } = {},
): Client {
  const region = process.env.AWS_REGION;
  if (region === undefined)
    throw new Error('AWS_REGION is missing: Lambda sets it, elsewhere set it yourself');
  return new Client({
    ...DEFAULTS,
    region,
    credentials,
    signer: signerOf(service, region),
    // The middlewares of a command are put together once, not for each call: nobody changes them afterwards.
    cacheMiddleware: true,
    // The SDK's own, which keeps connections alive; without this it would first look for a «defaults mode» in files.
    requestHandler: {},
    // SQS's second checksum of bodies, which TLS protects already.
    md5: false,
    ...own,
  });
}
