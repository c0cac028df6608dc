import type { MessagePort } from 'node:worker_threads';
import { outbox } from './outbox.ts';

/** An HTTP request of a function to an engine of the stage that takes no network: see `local/lambda/loopback.ts`. */
export interface LoopbackRequest {
  /** Those that the SDK's protocols need, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoopbackAnswer {
  readonly statusCode: number;
  readonly contentType: string;
  /** SQS's older name of an error, which the SDK prefers: the header `x-amzn-query-error`. */
  readonly queryError?: string;
  readonly body: string;
}

/** Never rejects: an engine's failures are answers. */
export type AnswerLoopback = (request: LoopbackRequest) => Promise<LoopbackAnswer>;

/** Takes the port of a function, on the side of an engine. */
export type ConnectLoopback = (port: MessagePort) => void;

/** What goes through a port, in lists: with the number of the request. */
export type Numbered<Message> = readonly [id: number, Message];

/** Answers the requests that come through a port. It closes when the function ends. */
export function answerLoopback(port: MessagePort, answer: AnswerLoopback): void {
  const send = outbox<Numbered<LoopbackAnswer>>(port);
  port.on('message', (requests: readonly Numbered<LoopbackRequest>[]) => {
    for (const [id, request] of requests) void answer(request).then((answered) => send([id, answered]));
  });
}
