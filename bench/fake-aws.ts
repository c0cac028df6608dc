import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod';

/** The batch of SendMessageBatch. */
const Entries = z.object({ Entries: z.array(z.object({ Id: z.string() })) });

/** What services answer, by action, when all goes well: a command under way, and a vehicle that its user owns. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  GetItem: {
    Item: {
      status: { S: 'PENDING' },
      changedBy: { S: 'benchmark.executed' },
      changedAt: { S: '2025-12-03T10:00:03.000Z' },
      vin: { S: 'WBA11AA0N00000001' },
      model: { S: 'iX3' },
      brand: { S: 'bmw' },
      country: { S: 'DE' },
      generation: { S: 'mqtt-2021' },
      owner: { S: 'demo' },
      capabilities: { L: [{ S: 'horn-blow' }] },
    },
  },
  Query: { Items: [], Count: 0, ScannedCount: 0 },
  SendMessage: { MessageId: '7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a10', MD5OfMessageBody: '0' },
  StartSyncExecution: { executionArn: 'benchmark', startDate: 0, stopDate: 0, status: 'SUCCEEDED' },
};

const PUBLISHED =
  '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>' +
  '<MessageId>7a3e9d54-2b8f-4e21-8c0a-6d5f4e3b2a10</MessageId></PublishResult></PublishResponse>';

export interface FakeAws {
  /** For the SDK, and for peers' URLs. Its name resolves by `resolveLocalhost`. */
  readonly url: string;
  close(): void;
}

/** Answers whatever the functions on a command's way ask of AWS and of peers, at once and always alike. */
export async function startFakeAws(): Promise<FakeAws> {
  const server = createServer(async (request, response) => {
    const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
    const action = String(request.headers['x-amz-target'] ?? '').split('.')[1];
    const body = isForm ? undefined : await json(request);
    request.resume();
    const answer = isForm ? PUBLISHED : JSON.stringify(answerTo(action, body));
    response
      .writeHead(200, {
        'content-type': isForm ? 'text/xml' : 'application/x-amz-json-1.0',
        'content-length': Buffer.byteLength(answer),
      })
      .end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://aws.localhost:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answerTo(action: string | undefined, body: unknown): unknown {
  if (action !== 'SendMessageBatch') return ANSWERS[action ?? ''] ?? {};
  const sent = Entries.parse(body).Entries.map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '0' }));
  return { Successful: sent, Failed: [] };
}
