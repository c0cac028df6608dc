import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { JsonText } from '../../functions/vehicle-generations/json-text.ts';
import type { Front } from '../api-gateway/http-server.ts';
import { answer } from '../control/answer.ts';
import { FIRST_ERROR, type Publisher } from './publisher.ts';

export interface HttpFrontOptions {
  /** Whom it admits, by HTTP basic authentication. */
  readonly credentials: { readonly username: string; readonly password: string };
  readonly publish: Publisher['publish'];
  /** Sends a wake-up on its way. */
  readonly wakeUp: (vin: string) => void;
}

export interface HttpFront {
  /** Base URL of the broker API: below it are `/publish` and `/wake-up`. */
  readonly url: string;
  /** From now on each request comes by this first. */
  standBefore(front: Front): void;
  stop(): Promise<void>;
}

const BASE = '/api/v5';
/** MQTT 5's reason codes. */
const NO_MATCHING_SUBSCRIBERS = 16;
const QUOTA_EXCEEDED = 151;

type Endpoint = (body: string, response: ServerResponse) => Promise<void> | void;

/** The broker API: EMQX's contract for publishing, and our wake-up call. */
export async function startHttpFront({ credentials, publish, wakeUp }: HttpFrontOptions): Promise<HttpFront> {
  const { username, password } = credentials;
  const admitted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  let front: Front = (_message, _response, proceed) => proceed();

  const endpoints: Readonly<Record<string, Endpoint>> = {
    [`${BASE}/publish`]: async (body, response) => {
      const message = read(BrokerMessage, body, response);
      if (message === undefined) return;
      try {
        answerPublication(await publish(message), response);
      } catch (error) {
        answer(response, 503, { code: 'SERVICE_UNAVAILABLE', message: String(error) });
      }
    },
    [`${BASE}/wake-up`]: (body, response) => {
      const call = read(WakeUpCall, body, response);
      if (call === undefined) return;
      // A repetition need not be told from the first call: a vehicle that is awake or wakes already does nothing.
      wakeUp(call.clientid);
      answer(response, 202, {});
    },
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const endpoint = endpoints[request.url?.split('?')[0] ?? ''];
    const body = await text(request);
    if (request.headers.authorization !== admitted) {
      answer(response, 401, { code: 'BAD_USERNAME_OR_PASSWORD', message: 'Who are you?' });
    } else if (endpoint === undefined) answer(response, 404, { code: 'NOT_FOUND', message: 'No such path' });
    else if (request.method !== 'POST') answer(response, 405, { code: 'BAD_METHOD', message: 'Use POST.' });
    else await endpoint(body, response);
  };

  const server = createServer((request, response) => {
    front(request, response, () => {
      // A caller that went away needs no answer.
      handle(request, response).catch(() => response.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${BASE}`,
    standBefore: (next) => {
      front = next;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** @returns undefined if it was answered that this is no such thing */
function read<Schema extends z.ZodType>(
  schema: Schema,
  body: string,
  response: ServerResponse,
): z.output<Schema> | undefined {
  const parsed = JsonText.pipe(schema).safeParse(body);
  if (parsed.success) return parsed.data;
  answer(response, 400, { code: 'BAD_REQUEST', message: z.prettifyError(parsed.error) });
  return undefined;
}

function answerPublication(reasonCode: number, response: ServerResponse): void {
  if (reasonCode === NO_MATCHING_SUBSCRIBERS) {
    answer(response, 202, { reason_code: reasonCode, message: 'no_matching_subscribers' });
  } else if (reasonCode === QUOTA_EXCEEDED) {
    answer(response, 503, { reason_code: reasonCode, message: 'quota_exceeded' });
  } else if (reasonCode >= FIRST_ERROR) {
    answer(response, 400, { reason_code: reasonCode, message: 'The broker refuses the message' });
  } else {
    answer(response, 200, { id: randomUUID() });
  }
}
