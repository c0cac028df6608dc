import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { answer } from '../control/answer.ts';
import { FIRST_ERROR, type Publisher } from '../mqtt/publisher.ts';

/** The variable by which the SDK finds it. */
export const IOT_DATA_PLANE = 'AWS_ENDPOINT_URL_IOT_DATA_PLANE';

export interface DataPlane {
  /** For the SDK inside functions. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Of the request to publish. */
const Publication = z.object({
  topic: z.string().min(1),
  qos: z.literal('1').transform(() => 1 as const),
  messageExpiry: z.coerce.number().int().positive(),
});

/**
 * AWS IoT Core's data plane, the publishing of it: `POST /topics/{topic}?qos=1&messageExpiry={seconds}`. It does not say
 * whether anybody listens.
 */
export async function startDataPlane(publish: Publisher['publish']): Promise<DataPlane> {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // Functions' SDKs sign; a page of another origin may not send this header unasked.
    if (request.headers.authorization === undefined) {
      request.resume();
      return fail(response, 403, 'ForbiddenException');
    }
    const url = new URL(request.url ?? '', 'http://localhost');
    const payload = await text(request);
    const topic = /^\/topics\/(.+)$/.exec(url.pathname)?.[1];
    const parsed = Publication.safeParse({
      ...Object.fromEntries(url.searchParams),
      topic: topic && decodeURIComponent(topic),
    });
    if (request.method !== 'POST' || !parsed.success) return fail(response, 400, 'InvalidRequestException');
    const { qos, messageExpiry } = parsed.data;
    try {
      const reasonCode = await publish({
        topic: parsed.data.topic,
        payload,
        qos,
        properties: { message_expiry_interval: messageExpiry },
      });
      if (reasonCode >= FIRST_ERROR) return fail(response, 400, 'InvalidRequestException');
    } catch {
      return fail(response, 503, 'ServiceUnavailableException');
    }
    answer(response, 200, { message: 'OK', traceId: randomUUID() });
  };

  const server = createServer((request, response) => {
    // A caller that went away needs no answer.
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function fail(response: ServerResponse, status: number, name: string): void {
  response.setHeader('x-amzn-errortype', name);
  answer(response, status, { message: name });
}
