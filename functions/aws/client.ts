import { RequestHandler } from './request-handler.ts';
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
  readonly requestHandler: RequestHandler;
  readonly defaultUserAgentProvider: () => Promise<[name: string, version: string][]>;
  readonly md5: false;
}

/** As much of a client as is set up here. */
interface Configurable {
  readonly config: object;
  readonly middlewareStack: { remove(name: string): boolean };
}

/**
 * A client of an AWS service for a function: the one place for credentials, region, retries and connections.
 * @param Client of the SDK
 * @param service its name in signatures, for example `sqs`
 * @throws Error if there is no region: Lambda always sets one
 */
export function awsClient<Client extends Configurable>(
  Client: new (settings: Settings) => Client,
  service: string,
  own: { readonly maxAttempts?: number } = {},
): Client {
  const region = process.env.AWS_REGION;
  if (region === undefined)
    throw new Error('AWS_REGION is missing: Lambda sets it, elsewhere set it yourself');
  const client = new Client({
    ...DEFAULTS,
    region,
    credentials,
    signer: signerOf(service, region),
    // The middlewares of a command are put together once, not for each call: nobody changes them afterwards.
    cacheMiddleware: true,
    requestHandler: new RequestHandler(),
    // Otherwise each call describes this machine and its runtime anew, of which Lambda knows everything.
    defaultUserAgentProvider: async () => [['aws-sdk-js', '3']],
    // SQS's second checksum of bodies, which TLS protects already.
    md5: false,
    ...own,
  });
  // What the SDK does at each call for a logger, which there is none of: an eighth of a call's CPU.
  client.middlewareStack.remove('loggerMiddleware');
  putInOrder(client.config);
  return client;
}

/** V8 looks after an object that is read through so often. */
const READS = 1000;

/**
 * The SDK copies a client's settings three times for each call. They have grown one by one, into what V8 keeps as a
 * dictionary, which takes four times as long to copy: a fifth of a call's CPU. V8 keeps objects in order through which
 * others read what they inherit.
 */
function putInOrder(settings: object): void {
  const heir: Record<string, unknown> = Object.create(settings);
  for (let read = 0; read < READS; read += 1) void heir.any;
}
