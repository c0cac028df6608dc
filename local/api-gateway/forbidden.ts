import type { IncomingMessage, ServerResponse } from 'node:http';

/** What API Gateway says to a request that came through an endpoint and reaches no API that admits it. */
export function forbidden(message: IncomingMessage, response: ServerResponse): void {
  message.resume();
  response
    .writeHead(403, { 'content-type': 'application/json', 'x-amzn-errortype': 'ForbiddenException' })
    .end(JSON.stringify({ message: 'Forbidden' }));
}
