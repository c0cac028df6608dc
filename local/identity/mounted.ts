import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BesideHandler } from '../api-gateway/http-server.ts';

type Handle = (message: IncomingMessage, response: ServerResponse) => unknown;

/** Serves below a path what thinks that it is at the root. */
export function mounted(handle: Handle, path: string): BesideHandler {
  return (message, response) => {
    const { url = '' } = message;
    if (!url.startsWith(`${path}/`)) return false;
    // The provider finds out from these two where it is mounted, as behind Connect.
    Object.assign(message, { originalUrl: url, url: url.slice(path.length) });
    void handle(message, response);
    return true;
  };
}
