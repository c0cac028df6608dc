import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../aws.ts';
import type { Disturbance } from '../faults/service-faults.ts';
import { type Answer, type Dynalite, ERROR_PREFIX } from './dynalite.ts';

/** What goes wrong with a call that has come over HTTP; `undefined`: nothing. */
export type Ask = (action: string, input: JsonObject) => Promise<Disturbance | undefined>;

/**
 * Lets faults strike the requests to dynalite's server, while there are any: `ask` is where they are known.
 * @returns says whether there are any from now on
 */
export function disturbRequests({ server, run }: Dynalite, ask: Ask): (active: boolean) => void {
  let active = false;

  const answerTo = async (message: IncomingMessage): Promise<Answer> => {
    const action = String(message.headers['x-amz-target']).split('.').at(-1) ?? '';
    const input: JsonObject = JSON.parse(await text(message));
    const disturbance = await ask(action, input);
    if (disturbance === undefined) return run(action, input);
    const { delayMs, failure } = disturbance;
    if (delayMs > 0) await wait(delayMs);
    if (failure === undefined) return run(action, input);
    if (failure.effect) {
      const answer = await run(action, input);
      // What the database refuses, it refuses whatever goes wrong.
      if (answer.statusCode !== 200) return answer;
    }
    const body = { __type: `${ERROR_PREFIX}${failure.name}`, message: failure.message };
    return { statusCode: failure.status, body };
  };

  const disturb = (message: IncomingMessage, response: ServerResponse): void => {
    answerTo(message).then(
      ({ statusCode, body }) => {
        response.writeHead(statusCode, { 'content-type': 'application/x-amz-json-1.0' });
        response.end(JSON.stringify(body));
      },
      // The client has gone, or does not speak the protocol.
      () => response.destroy(),
    );
  };

  const undisturbed = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (message, response) => {
    if (active) disturb(message, response);
    else for (const listener of undisturbed) listener.call(server, message, response);
  });
  return (next) => {
    active = next;
  };
}
