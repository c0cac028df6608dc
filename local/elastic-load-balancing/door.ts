import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Connections } from '../api-gateway/http-errors.ts';
import {
  type BesideHandler,
  KEEP_ALIVE_MS,
  LARGEST_READ_HEAD,
  type Origin,
} from '../api-gateway/http-server.ts';
import type { ObserveLoadBalancer } from '../cloudwatch/sources.ts';
import { close, listen } from '../listening.ts';
import { type Decision, type OwnAnswer, ownAnswer } from './actions.ts';
import type { ListenerAddress, LoadBalancers } from './load-balancers.ts';

/** Takes a request whole, and answers it. */
export type Target = (message: IncomingMessage, response: ServerResponse) => void;

export interface DoorOptions {
  readonly loadBalancers: Pick<LoadBalancers, 'decide'>;
  readonly listener: ListenerAddress;
  /** The name that the load balancer has in public: requests name this machine instead. */
  readonly host: string;
  /** What is behind an address; nothing, if nobody answers there. */
  readonly targetAt: (address: string) => Target | undefined;
  readonly observe: ObserveLoadBalancer;
}

export interface Door extends Origin {
  /** From now on requests go through; until then they are asked to come back. */
  open(): void;
}

const BAD_REQUEST = ownAnswer(400, 'Bad Request');
const BAD_GATEWAY = ownAnswer(502, 'Bad Gateway');
const STARTING = ownAnswer(503, 'Service Temporarily Unavailable');

/** Serves one listener of a load balancer, in plain HTTP: its requests are handed to targets in this process. */
export function createDoor({ loadBalancers, listener, host, targetAt, observe }: DoorOptions): Door {
  let closing = false;
  let opened = false;
  let beside: BesideHandler = () => false;
  const server = createServer({
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: LARGEST_READ_HEAD,
    requireHostHeader: false,
  });
  // Headers beyond a maximum number would be dropped without a word.
  server.maxHeadersCount = 0;
  const connections = new Connections(() => ({
    status: BAD_REQUEST.status,
    contentType: 'text/html',
    headers: [],
    body: BAD_REQUEST.body,
  }));

  const decide = ({ url = '/', headers }: IncomingMessage): Decision =>
    loadBalancers.decide(listener.arn, { url, host, headers });

  const answer = (response: ServerResponse, { status, headers, body }: OwnAnswer): void => {
    observe(status);
    response.writeHead(status, {
      server: 'awselb/2.0',
      ...headers,
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  };

  const forward = (
    { target: address, targetGroup }: Extract<Decision, { target: string }>,
    message: IncomingMessage,
    response: ServerResponse,
  ): void => {
    const target = targetAt(address);
    if (target === undefined) {
      refuse(message, response, BAD_GATEWAY);
      return;
    }
    addForwardingHeaders(message, listener);
    response.once('finish', () => observe(response.statusCode, targetGroup.fullName));
    target(message, response);
  };

  const refuse = (message: IncomingMessage, response: ServerResponse, own: OwnAnswer): void => {
    message.resume();
    answer(response, own);
  };

  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    connections.track(message, response);
    if (closing) response.shouldKeepAlive = false;
    if (beside(message, response)) return;
    const decision = opened ? decide(message) : STARTING;
    if ('target' in decision) forward(decision, message, response);
    else refuse(message, response, decision);
  };

  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, handle);
  server.on('clientError', (error, socket) => connections.answerClientError(error, socket));
  server.on('connect', (_message, socket) => connections.answerClientError(new Error('CONNECT'), socket));

  return {
    listen: (port, name) => listen(server, port, name),
    close: () => {
      closing = true;
      return close(server);
    },
    serveBeside: (handler) => {
      beside = handler;
    },
    open: () => {
      opened = true;
    },
  };
}

/** Who asked, and how. What a client claims of it itself is not believed, but for the proxies before this one. */
function addForwardingHeaders(message: IncomingMessage, { Port, Protocol }: ListenerAddress): void {
  const { rawHeaders, headers, socket } = message;
  const before = headers['x-forwarded-for'];
  const client = socket.remoteAddress ?? '';
  const forwarding = {
    'x-forwarded-for': before === undefined ? client : `${String(before)}, ${client}`,
    'x-forwarded-proto': Protocol.toLowerCase(),
    'x-forwarded-port': String(Port),
  };
  for (let index = rawHeaders.length - 2; index >= 0; index -= 2) {
    const name = rawHeaders[index] ?? '';
    // Most names are shorter than all of these, and need not be compared.
    if (name.length >= 15 && Object.hasOwn(forwarding, name.toLowerCase())) rawHeaders.splice(index, 2);
  }
  for (const [name, value] of Object.entries(forwarding)) {
    rawHeaders.push(name, value);
    headers[name] = value;
  }
}
