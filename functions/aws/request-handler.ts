import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { stringify } from 'node:querystring';
import { type HttpHandlerOptions, type HttpRequest, HttpResponse } from '@smithy/protocol-http';

/** As many as the SDK's own: a batch needs some ten at once. */
const MAX_SOCKETS = 50;

/**
 * How the SDK's clients send requests: bodies and answers are short and taken as a whole. The SDK's own handler is made
 * for streams, proxies and time-outs as well, none of which functions use, which takes a sixth of a call's CPU.
 * Time is limited by the invocation, or by the caller's signal.
 */
export class RequestHandler {
  readonly metadata = { handlerProtocol: 'http/1.1' };
  /** Connections outlive requests, and invocations as well. */
  readonly #agents = {
    http: new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
    https: new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
  };

  /** @throws the network's error, whose `code` tells the SDK whether to try again, or AbortError */
  handle(request: HttpRequest, options: HttpHandlerOptions = {}): Promise<{ response: HttpResponse }> {
    // The SDK allows for signals that are not the platform's, which nobody uses here.
    const signal = options.abortSignal instanceof AbortSignal ? options.abortSignal : undefined;
    const isHttps = request.protocol === 'https:';
    const query = stringify(request.query);
    const target = {
      host: request.hostname,
      port: request.port,
      method: request.method,
      path: query === '' ? request.path : `${request.path}?${query}`,
      headers: request.headers,
    };
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(aborted(signal));
      const onAnswer = (answer: IncomingMessage): void => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => resolve({ response: responseOf(answer, chunks) }));
      };
      // Not imported by name: the local stage puts its own ways to its engines here.
      const underWay = isHttps
        ? https.request({ ...target, agent: this.#agents.https }, onAnswer)
        : http.request({ ...target, agent: this.#agents.http }, onAnswer);
      underWay.on('error', reject);
      if (signal !== undefined) {
        const abort = () => {
          const error = aborted(signal);
          reject(error);
          underWay.destroy(error);
        };
        signal.addEventListener('abort', abort, { once: true });
        underWay.once('close', () => signal.removeEventListener('abort', abort));
      }
      underWay.end(bytesOf(request.body));
    });
  }

  destroy(): void {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  /** The SDK may ask for settings, and change them: there are none. */
  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  updateHttpClientConfig(): void {}
}

/** The SDK hands over JSON as bytes that warn of being taken for a text. */
const bytesOf = (body: HttpRequest['body']) =>
  body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body;

function responseOf({ statusCode = 0, statusMessage, headers }: IncomingMessage, chunks: Buffer[]) {
  const [first] = chunks;
  const body = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) texts[name] = typeof value === 'string' ? value : value.join(',');
  }
  return new HttpResponse({
    statusCode,
    headers: texts,
    body,
    ...(statusMessage === undefined ? {} : { reason: statusMessage }),
  });
}

/** By its name the SDK knows that it must not try again. */
function aborted({ reason }: AbortSignal): Error {
  const error = new Error('Request aborted', { cause: reason });
  error.name = 'AbortError';
  return error;
}
