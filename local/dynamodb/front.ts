import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { JsonObject } from '../aws.ts';
import type { Disturbance } from '../faults/service-faults.ts';
import type { AnswerLoopback } from '../loopback.ts';
import { accessKeyIdOf } from '../metering/access-key.ts';
import type { RunAs } from './consumption.ts';
import { type Answer, ERROR_PREFIX } from './dynalite.ts';

/** What goes wrong with a call of a function or a tool; `undefined`: nothing. */
export type Ask = (action: string, input: JsonObject) => Promise<Disturbance | undefined>;

const CONTENT_TYPE = 'application/x-amz-json-1.0';

export interface Front {
  /** For tools, and for whatever else speaks HTTP. */
  readonly server: Server;
  /** For functions. */
  readonly answer: AnswerLoopback;
  /** Whether anything goes wrong from now on. */
  setFaults(active: boolean): void;
}

/** DynamoDB's JSON protocol in front of the database, which faults may strike: `ask` is where they are known. */
export function createFront(run: RunAs, ask: Ask): Front {
  let active = false;

  const answerTo = async (target: string, body: string, authorization?: string): Promise<Answer> => {
    const caller = accessKeyIdOf(authorization);
    const action = target.split('.').at(-1) ?? '';
    const input = readInput(body);
    if (input === undefined) return refusal('SerializationException', 'The body is no JSON object');
    const disturbance = active ? await ask(action, input) : undefined;
    if (disturbance === undefined) return run(action, input, caller);
    const { delayMs, failure } = disturbance;
    if (delayMs > 0) await wait(delayMs);
    if (failure === undefined) return run(action, input, caller);
    if (failure.effect) {
      const answer = await run(action, input, caller);
      // What the database refuses, it refuses whatever goes wrong.
      if (answer.statusCode !== 200) return answer;
    }
    return refusal(failure.name, failure.message, failure.status);
  };

  const answerHttp = async (message: IncomingMessage): Promise<Answer> =>
    answerTo(String(message.headers['x-amz-target']), await text(message), message.headers.authorization);

  const server = createServer((message, response) => {
    answerHttp(message).then(
      ({ statusCode, body }) => {
        response.writeHead(statusCode, { 'content-type': CONTENT_TYPE });
        response.end(JSON.stringify(body));
      },
      // The client has gone.
      () => response.destroy(),
    );
  });
  // Never, so that no client is cut off between two requests.
  server.keepAliveTimeout = 0;

  return {
    server,
    answer: async ({ headers, body }) => {
      const answer = await answerTo(headers['x-amz-target'] ?? '', body, headers.authorization);
      return {
        statusCode: answer.statusCode,
        contentType: CONTENT_TYPE,
        body: JSON.stringify(answer.body),
      };
    },
    setFaults(next) {
      active = next;
    },
  };
}

function readInput(body: string): JsonObject | undefined {
  try {
    const input: unknown = JSON.parse(body);
    const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
    return isObject ? (input as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

const refusal = (name: string, message: string, statusCode = 400): Answer => ({
  statusCode,
  body: { __type: `${ERROR_PREFIX}${name}`, message },
});
