import type { ServerResponse } from 'node:http';
import type { Front } from '../api-gateway/http-server.ts';
import type { Faults } from './faults.ts';

/** What the broker API answers when it has taken a message, or a wake-up. */
const TAKEN: ReadonlyMap<string, { status: number; body: object }> = new Map([
  ['publish', { status: 200, body: { id: 'forgotten' } }],
  ['wake-up', { status: 202, body: {} }],
]);

/** Lets the broker's faults strike an HTTP server's requests to `…/publish` and `…/wake-up`. */
export const brokerFront =
  (faults: Faults): Front =>
  (message, response, proceed) => {
    const taken = faults.any ? TAKEN.get(message.url?.split('?')[0]?.split('/').at(-1) ?? '') : undefined;
    if (taken === undefined) return proceed();
    const always = () => true;

    const answer = (status: number, body: object): void => {
      message.resume();
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const slow = faults.strike(['broker-slow'], always);
    if (slow !== undefined) holdBack(response, slow.ms);
    const fault = faults.strike(['broker-down', 'broker-fails', 'broker-forgets'], always);
    if (fault?.fault === 'broker-down') message.socket.resetAndDestroy();
    else if (fault?.fault === 'broker-fails') answer(fault.status, { message: 'A fault of the local stage' });
    else if (fault?.fault === 'broker-forgets') answer(taken.status, taken.body);
    else proceed();
  };

/** The answer leaves later than it is given. */
function holdBack(response: ServerResponse, ms: number): void {
  const end = response.end.bind(response) as (...rest: unknown[]) => ServerResponse;
  response.end = (...rest: unknown[]) => {
    setTimeout(() => end(...rest), ms);
    return response;
  };
}
