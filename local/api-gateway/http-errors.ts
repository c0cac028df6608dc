import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.ts';
import { extendedRequestId } from './context.ts';
import type { ProtocolError } from './http-server.ts';
import { GatewayRequest } from './request.ts';

/** How long a client that sent something malformed may take to see its answer. */
const LINGER_MS = 10_000;

interface State {
  /** In the order of their requests; the first ones may be sent whole already. */
  readonly responses: ServerResponse[];
  /** The last request; its body may still be coming in. */
  last?: IncomingMessage;
  /** Set once something malformed came: nothing more is read from the connection. */
  failure?: string;
}

/**
 * Answers what the HTTP parser cannot read. Clients may send requests without waiting for answers, so the error's
 * answer has to wait for those of the requests before it.
 */
export class Connections {
  readonly #answerError: (error: ProtocolError, request: GatewayRequest) => Answer;
  readonly #states = new WeakMap<Duplex, State>();

  constructor(answerError: (error: ProtocolError, request: GatewayRequest) => Answer) {
    this.#answerError = answerError;
  }

  track(message: IncomingMessage, response: ServerResponse): void {
    const { socket } = message;
    const state = this.#state(socket);
    const { responses } = state;
    while (responses[0]?.closed === true) responses.shift();
    responses.push(response);
    state.last = message;
    if (state.failure !== undefined) this.#sendFailureAfter(response, socket, state);
  }

  answerClientError(error: Error & { code?: string }, socket: Duplex): void {
    const state = this.#state(socket);
    if (state.failure !== undefined) return;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const client = socket instanceof Socket ? socket : {};
    const request = new GatewayRequest({ httpVersion: '1.1', rawHeaders: [], socket: client });
    state.failure = toHttp(this.#answerError(protocolError(error.code), request), request);
    for (const response of state.responses) this.#sendFailureAfter(response, socket, state);
    this.#sendFailure(socket, state);
  }

  /** Listens only where something malformed came: a listener for every response costs as much as its routing. */
  #sendFailureAfter(response: ServerResponse, socket: Duplex, state: State): void {
    if (!response.closed) response.once('close', () => this.#sendFailure(socket, state));
  }

  #state(socket: Duplex): State {
    let state = this.#states.get(socket);
    if (state === undefined) {
      state = { responses: [] };
      this.#states.set(socket, state);
    }
    return state;
  }

  #sendFailure(socket: Duplex, { failure, responses, last }: State): void {
    const open = responses.filter(({ closed }) => !closed).length;
    // A request whose own body is the malformed part gets no other answer.
    const before = last?.complete === false ? open - 1 : open;
    if (failure === undefined || before > 0 || !socket.writable) return;
    socket.end(failure);
    // To close while the client still sends would lose the answer.
    socket.removeAllListeners('data');
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }
}

function protocolError(code: string | undefined): ProtocolError {
  if (code === 'HPE_HEADER_OVERFLOW') return 'HEAD_TOO_LARGE';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'TIMEOUT' : 'BAD_REQUEST';
}

function toHttp({ status, contentType, headers, body }: Answer, request: GatewayRequest): string {
  const fields = [
    'content-type',
    contentType,
    'x-amzn-requestid',
    request.id,
    'x-amz-apigw-id',
    extendedRequestId(request),
    'date',
    new Date().toUTCString(),
    'content-length',
    String(Buffer.byteLength(body)),
    'connection',
    'close',
    ...headers,
  ];
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
  for (let i = 0; i < fields.length; i += 2) head += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return `${head}\r\n${body}`;
}
