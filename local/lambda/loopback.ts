import { EventEmitter } from 'node:events';
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { Readable } from 'node:stream';
import type { MessagePort } from 'node:worker_threads';
import type { LoopbackAnswer, LoopbackRequest, Numbered } from '../loopback.ts';
import { outbox } from '../outbox.ts';

/** What the protocols of the engines' services are told by headers: action, caller, format. */
const HEADERS = ['authorization', 'content-type', 'x-amz-target'];

type OnResponse = (response: IncomingMessage) => void;

/** The ways to engines, by the TCP port that the same engine has for others. */
export type Loopbacks = ReadonlyMap<number, MessagePort>;

/**
 * Sends this thread's HTTP requests to the stage's own engines through message ports, and all others on their usual
 * way. What the code of a function does stays the same; the sockets, and HTTP on both ends of them, were a third of
 * what a call of the SDK costs here.
 *
 * Functions' clients, and the SDK's own, call `request` of the default export of `node:http`.
 */
export function loopback(ports: Loopbacks): void {
  const underWay = new Map<number, (answer: LoopbackAnswer) => void>();
  let lastId = 0;
  const outboxes = new Map<number, (request: Numbered<LoopbackRequest>) => void>();
  for (const [tcpPort, port] of ports) {
    outboxes.set(tcpPort, outbox(port));
    port.on('message', (answers: readonly Numbered<LoopbackAnswer>[]) => {
      for (const [id, answer] of answers) {
        const settle = underWay.get(id);
        underWay.delete(id);
        settle?.(answer);
      }
    });
    // It must not keep a function alive that has nothing else to do.
    port.unref();
  }

  const overTheNetwork = http.request;
  const request = (...args: Parameters<typeof overTheNetwork>): ClientRequest => {
    const [options, onResponse] = args as unknown as [RequestOptions, OnResponse];
    const send = isThisMachine(options.host) ? outboxes.get(Number(options.port)) : undefined;
    if (send === undefined) return overTheNetwork(...args);
    lastId += 1;
    const id = lastId;
    const emitter = new Request(
      (body) => send([id, { headers: headersOf(options), body }]),
      () => underWay.delete(id),
    );
    underWay.set(id, (answer) => emitter.answer(answer, onResponse));
    return emitter as unknown as ClientRequest;
  };
  http.request = request as typeof http.request;
}

/** The name of each service's engine is below `localhost`. What is no options of the SDK, has no such host. */
const isThisMachine = (host: string | null | undefined): boolean =>
  host === '127.0.0.1' || host?.endsWith('.localhost') === true;

function headersOf({ headers = {} }: RequestOptions): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (HEADERS.includes(lower)) result[lower] = String(value);
  }
  return result;
}

/** As much of a ClientRequest as the SDK uses. */
class Request extends EventEmitter {
  readonly #send: (body: string) => void;
  readonly #forget: () => void;

  constructor(send: (body: string) => void, forget: () => void) {
    super();
    this.#send = send;
    this.#forget = forget;
  }

  /** There is nothing to connect to; what the SDK may wait for in vain is the answer. */
  get socket() {
    return {
      connecting: false,
      setKeepAlive: () => undefined,
      removeListener: () => undefined,
      setTimeout: (ms: number, onTimeout: () => void) => {
        const timer = setTimeout(onTimeout, ms).unref();
        this.once('close', () => clearTimeout(timer));
      },
    };
  }

  end(body: string | Uint8Array = ''): this {
    this.#send(typeof body === 'string' ? body : Buffer.from(body).toString());
    return this;
  }

  destroy(error?: Error): this {
    this.#forget();
    if (error !== undefined) this.emit('error', error);
    this.emit('close');
    return this;
  }

  answer({ statusCode, contentType, queryError, body }: LoopbackAnswer, onResponse: OnResponse): void {
    const stream = Readable.from([Buffer.from(body)], { objectMode: false });
    const headers: Record<string, string> = { 'content-type': contentType };
    if (queryError !== undefined) headers['x-amzn-query-error'] = queryError;
    const response = Object.assign(stream, { statusCode, headers });
    this.emit('response', response);
    onResponse(response as unknown as IncomingMessage);
    this.emit('close');
  }
}
