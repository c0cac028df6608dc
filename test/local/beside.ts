import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { BesideHandler } from '../../local/api-gateway/http-server.ts';

/** Stands for the API: its answer to what the handler leaves to it. */
export const API_ANSWER = 'the API';

/** Serves a handler that the origin decides about; it ends with the test. @returns the origin */
export async function serve(create: (origin: string) => Promise<BesideHandler>): Promise<string> {
  let handler: BesideHandler = () => false;
  const server = createServer((message, response) => {
    if (!handler(message, response)) response.end(API_ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  handler = await create(origin);
  return origin;
}
