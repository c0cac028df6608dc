import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';

/** An answer, or what came in its place. */
export interface Answer {
  /** 0, if there was none. */
  readonly status: number;
  /** Of an answer that was asked to be read. */
  readonly body: string;
  /** Why there is none: `timeout`, `ECONNRESET`. */
  readonly failure: string | undefined;
  /** From the request to the answer's end. */
  readonly milliseconds: number;
}

/** API Gateway ends its integrations after 29 s. */
const TIMEOUT_MS = 30_000;
/** Connections are kept: a phone has one, and to open them anew would measure that. */
const AGENT = { keepAlive: true, maxSockets: 512 } as const;

/**
 * POST requests to one origin at little CPU, for it is the stage's too: on Node's own HTTP client and connections that
 * are kept. `fetch` takes three times as much.
 */
export class Client {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #request: typeof httpRequest;

  /** @param base URL of the stage */
  constructor(base: string) {
    this.#base = new URL(base);
    const tls = this.#base.protocol === 'https:';
    this.#agent = tls ? new TlsAgent(AGENT) : new Agent(AGENT);
    this.#request = tls ? tlsRequest : httpRequest;
  }

  /**
   * Never rejects.
   * @param path with the query
   * @param unread the status of an answer whose body nobody wants
   */
  post(
    path: string,
    headers: Readonly<Record<string, string | number>>,
    body: string,
    unread?: number,
  ): Promise<Answer> {
    const { protocol, hostname, port, pathname } = this.#base;
    const started = performance.now();
    return new Promise((resolve) => {
      const end = (status: number, text: string, failure?: string) =>
        resolve({ status, body: text, failure, milliseconds: performance.now() - started });
      const fail = (error: NodeJS.ErrnoException) => end(0, '', error.code ?? error.message);
      const request = this.#request(
        {
          agent: this.#agent,
          protocol,
          hostname,
          port,
          method: 'POST',
          path: pathname === '/' ? path : `${pathname}${path}`,
          headers,
          timeout: TIMEOUT_MS,
        },
        (message: IncomingMessage) => {
          const { statusCode: status = 0 } = message;
          let text = '';
          if (status === unread) message.resume();
          else message.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
          message.on('end', () => end(status, text)).on('error', fail);
        },
      );
      request.on('timeout', () => {
        end(0, '', 'timeout');
        request.destroy();
      });
      request.on('error', fail);
      request.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
