import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { close, listen } from '../listening.ts';
import type { Answer } from './answer.ts';
import { extendedRequestId } from './context.ts';
import { Connections } from './http-errors.ts';
import { GatewayRequest } from './request.ts';

/** API Gateway's quota for a payload: 10 MB. */
const LARGEST_BODY = 10 * 1024 * 1024;
/** API Gateway's quota for the request line and the headers. */
const LARGEST_HEAD = 10_240;
/** So much is still read, to be able to say why it is too much. */
export const LARGEST_READ_HEAD = 64 * 1024;
/** Clients pool connections; one closed just when it is used again would be an error without an answer. */
export const KEEP_ALIVE_MS = 75_000;
/** How long a client that goes on sending what nobody reads may take to see its answer. */
const LINGER_MS = 10_000;

/** What cannot be handled as a request: malformed HTTP, too large a head or body, too slow a client. */
export type ProtocolError = 'BAD_REQUEST' | 'BODY_TOO_LARGE' | 'HEAD_TOO_LARGE' | 'TIMEOUT';

export interface Handlers {
  /** Answers a request that has been read whole; never rejects. */
  readonly answer: (request: GatewayRequest) => Promise<Answer>;
  /** Never throws; `request` stands for what is known of it. */
  readonly answerError: (error: ProtocolError, request: GatewayRequest) => Answer;
}

/** What clients connect to. */
export interface Origin {
  /** @returns the actual port */
  listen(port: number, host: string): Promise<number>;
  /** Answers the requests under way, then closes. */
  close(): Promise<void>;
  /** From now on the handler is asked first. It returns whether the request is its own to answer. */
  serveBeside(handler: BesideHandler): void;
}

/** It need not listen: a private API's requests come from the load balancer. */
export interface HttpServer extends Origin {
  /** Takes a request that came to another server. */
  receive(message: IncomingMessage, response: ServerResponse): void;
  /** From now on each request comes by the front first. */
  standBefore(front: Front): void;
}

/** Serves what is no part of the API from the API's origin. */
export type BesideHandler = (message: IncomingMessage, response: ServerResponse) => boolean;

/** Answers a request itself, or lets it proceed, at once or later. */
export type Front = (message: IncomingMessage, response: ServerResponse, proceed: () => void) => void;

/** Serves HTTP/1.1 so that every request, however broken, gets an answer where HTTP allows one. */
export function createHttpServer({ answer, answerError }: Handlers): HttpServer {
  let closing = false;
  let beside: BesideHandler = () => false;
  let front: Front = (_message, _response, proceed) => proceed();
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: LARGEST_READ_HEAD,
    // Answered below: the server itself would send an answer without a body.
    requireHostHeader: false,
  });
  // Headers beyond a maximum number would be dropped without a word.
  server.maxHeadersCount = 0;
  const connections = new Connections(answerError);

  const handle = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = new GatewayRequest(message);
    const headError = checkHead(message, request);
    if (headError !== undefined) return refuse(message, response, request, headError);
    if (hasBody(message)) {
      const body = await readBody(message);
      if (body === 'gone') return;
      if (body === 'too large') return refuse(message, response, request, 'BODY_TOO_LARGE');
      request.body = body.text;
    }
    const answered = await answer(request);
    send(response, request, answered, closing);
    response.end(hasContent(answered) ? answered.body : undefined);
  };

  /** Answers at once and then lets the client finish: to close while it still sends would lose the answer. */
  const refuse = (
    message: IncomingMessage,
    response: ServerResponse,
    request: GatewayRequest,
    error: ProtocolError,
  ): void => {
    const answered = answerError(error, request);
    send(response, request, answered, true);
    if (!hasBody(message) || isWaiting(message)) {
      response.end(answered.body);
      return;
    }
    response.write(answered.body);
    const timer = setTimeout(() => message.socket.destroy(), LINGER_MS);
    message.once('end', () => response.end());
    message.once('close', () => clearTimeout(timer));
    message.on('error', () => {});
    message.resume();
  };

  const receive = (message: IncomingMessage, response: ServerResponse): void =>
    front(message, response, () => {
      if (!beside(message, response)) void handle(message, response);
    });
  const continueWith = (message: IncomingMessage, response: ServerResponse): void => {
    if (!isWaiting(message)) response.writeContinue();
    void handle(message, response);
  };

  server.on('request', (message, response) => {
    connections.track(message, response);
    receive(message, response);
  });
  server.on('checkContinue', (message, response) => {
    connections.track(message, response);
    continueWith(message, response);
  });
  server.on('checkExpectation', (message, response) => {
    connections.track(message, response);
    void handle(message, response);
  });
  server.on('clientError', (error, socket) => connections.answerClientError(error, socket));
  server.on('connect', (_message, socket) => connections.answerClientError(new Error('CONNECT'), socket));

  return {
    listen: (port, host) => listen(server, port, host),
    close: () => {
      closing = true;
      return server.listening ? close(server) : Promise.resolve();
    },
    receive: (message, response) =>
      message.headers.expect?.toLowerCase() === '100-continue'
        ? continueWith(message, response)
        : receive(message, response),
    serveBeside: (handler) => {
      beside = handler;
    },
    standBefore: (next) => {
      front = next;
    },
  };
}

function checkHead(message: IncomingMessage, request: GatewayRequest): ProtocolError | undefined {
  let size = (message.method ?? '').length + (message.url ?? '').length + ' HTTP/1.1'.length + 1;
  for (const part of message.rawHeaders) size += part.length;
  if (size > LARGEST_HEAD) return 'HEAD_TOO_LARGE';
  if (message.httpVersion === '1.1' && request.header('host') === undefined) return 'BAD_REQUEST';
  return undefined;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** A client that asks before it sends its body need not send what is too large. */
function isWaiting(message: IncomingMessage): boolean {
  return message.headers.expect !== undefined && declaredLength(message) > LARGEST_BODY;
}

function declaredLength({ headers }: IncomingMessage): number {
  return Number(headers['content-length'] ?? 0);
}

/** `gone` when the client went away: there is nobody to answer. */
function readBody(message: IncomingMessage): Promise<{ text: string } | 'too large' | 'gone'> {
  if (declaredLength(message) > LARGEST_BODY) return Promise.resolve('too large');
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length <= LARGEST_BODY) return;
      message.off('data', onData);
      chunks.length = 0;
      resolve('too large');
    };
    message.on('data', onData);
    message.once('end', () => resolve({ text: Buffer.concat(chunks, length).toString() }));
    message.once('close', () => resolve('gone'));
    message.on('error', () => resolve('gone'));
  });
}

function send(response: ServerResponse, request: GatewayRequest, answer: Answer, close: boolean): void {
  const headers = [
    'content-type',
    answer.contentType,
    'x-amzn-requestid',
    request.id,
    'x-amz-apigw-id',
    extendedRequestId(request),
    ...answer.headers,
  ];
  if (hasContent(answer)) headers.push('content-length', String(Buffer.byteLength(answer.body)));
  if (close) headers.push('connection', 'close');
  response.writeHead(answer.status, headers);
}

/** HTTP allows no body with these. */
function hasContent({ status }: Answer): boolean {
  return status !== 204 && status !== 304;
}
