import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { SWAGGER_FILES, SWAGGER_FOLDER, SWAGGER_INITIALIZER, SWAGGER_POLICY } from './swagger-ui.ts';

const ROOT = '/docs';
/** Descriptions of the interface, in the repository's folder `docs`. */
const DESCRIPTIONS = ['openapi.json', 'asyncapi.json'];

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
};

type Read = () => Promise<string | Buffer>;

/**
 * The pages at `/docs/`: Swagger UI, and the descriptions that it shows.
 * @param folder where the descriptions are; they are read again for each request, so that they may change
 */
export function createPages(folder: string): BesideHandler {
  // Only what is listed is served: no path leads anywhere else.
  const files = new Map<string, Read>([
    ...SWAGGER_FILES.map((name): [string, Read] => [name, () => readFile(join(SWAGGER_FOLDER, name))]),
    ...DESCRIPTIONS.map((name): [string, Read] => [name, () => readFile(join(folder, name))]),
    ['swagger-initializer.js', async () => SWAGGER_INITIALIZER],
  ]);

  return (message, response) => {
    const path = message.url?.split('?')[0] ?? '';
    if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return false;
    if (message.method !== 'GET' && message.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      sendError(message, response, 405, 'Pages can only be read: use GET.');
    } else if (path === ROOT) {
      // Pages name their parts relative to the folder.
      response.writeHead(302, { location: `${ROOT}/`, 'content-length': 0 }).end();
    } else {
      const name = path.slice(ROOT.length + 1) || 'index.html';
      void sendFile(message, response, name, files.get(name));
    }
    return true;
  };
}

async function sendFile(
  message: IncomingMessage,
  response: ServerResponse,
  name: string,
  read: Read | undefined,
): Promise<void> {
  if (read === undefined) {
    sendError(message, response, 404, 'There is no such page.');
    return;
  }
  try {
    send(message, response, 200, await read(), CONTENT_TYPES[extname(name)] ?? 'application/octet-stream');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      sendError(message, response, 404, `There is no ${name} yet.`);
    } else {
      sendError(message, response, 500, `${name} cannot be read: ${String(error)}`);
    }
  }
}

/** In the API's own shape of an error. */
function sendError(
  message: IncomingMessage,
  response: ServerResponse,
  statusCode: number,
  text: string,
): void {
  const body = JSON.stringify({ statusCode, message: text });
  send(message, response, statusCode, body, CONTENT_TYPES['.json'] ?? '');
}

function send(
  message: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  contentType: string,
): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-cache',
    'content-security-policy': SWAGGER_POLICY,
    'x-content-type-options': 'nosniff',
  });
  response.end(message.method === 'HEAD' ? undefined : body);
}
