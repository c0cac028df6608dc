import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** An HTTP server that another system of the backend is taken for, until the test ends. */
export async function startPeer(handle: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod/publish`, server };
}

/** Takes each request and answers with the next of the statuses, the last of them for ever. */
export async function startPeerAnswering(...statuses: number[]): Promise<{ url: string; server: Server }> {
  let requests = 0;
  return startPeer((request, response) => {
    request.resume();
    response.writeHead(statuses[Math.min(requests, statuses.length - 1)] ?? 200).end('{}');
    requests += 1;
  });
}
