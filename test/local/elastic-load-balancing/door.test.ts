import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { createDoor, type Target } from '../../../local/elastic-load-balancing/door.ts';
import { type Answered, api, method, send, sendRaw } from '../api-gateway/support.ts';
import { BLUE, frontDoor, GREEN, SECRET } from './support.ts';

/** What a target got, as it answers it. */
interface Got {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Says who it is and what it got. */
const echo =
  (name: string): Target =>
  async (message, response) => {
    const headers: Record<string, string> = {};
    for (let i = 0; i < message.rawHeaders.length; i += 2) {
      headers[message.rawHeaders[i]?.toLowerCase() ?? ''] = message.rawHeaders[i + 1] ?? '';
    }
    const got: Got = { name, headers, body: await text(message) };
    response.end(JSON.stringify(got));
  };

const got = ({ body }: Answered): Got => JSON.parse(body) as Got;

async function start(
  targets: Readonly<Record<string, Target>> = { [BLUE]: echo('blue'), [GREEN]: echo('green') },
) {
  const frontdoor = frontDoor();
  const observe = vi.fn<(status: number, targetGroup?: string) => void>();
  const [listener] = frontdoor.loadBalancers.listeners;
  if (listener === undefined) throw new Error('There is no listener');
  const { loadBalancers } = frontdoor;
  const targetAt = (address: string) => targets[address];
  const door = createDoor({ loadBalancers, listener, host: 'door.example', targetAt, observe });
  const port = await door.listen(0, '127.0.0.1');
  onTestFinished(() => door.close().catch(() => undefined));
  const ask = (headers: Record<string, string> = {}, body?: string) =>
    send({ port, calls: [], lines: [] }, { headers, ...(body === undefined ? {} : { body }) });
  return { ...frontdoor, door, port, ask, observe };
}

it('a request goes whole to the target that the listener decides on', async () => {
  const { door, ask, observe } = await start();
  door.open();
  expect(got(await ask({}, 'ä🚗'))).toMatchObject({ name: 'blue', body: 'ä🚗' });
  expect(got(await ask({ 'x-environment': 'green', 'x-test-secret': SECRET })).name).toBe('green');
  expect(observe.mock.calls).toEqual([
    [200, 'targetgroup/blue/local'],
    [200, 'targetgroup/green/local'],
  ]);
});

it('targets learn who asked and how, in spite of what the client claims', async () => {
  const { door, ask } = await start();
  door.open();
  const { headers } = got(
    await ask({
      'X-Forwarded-For': '203.0.113.9',
      'X-Forwarded-Proto': 'gopher',
      'x-forwarded-port': '1',
      hasOwnProperty: 'kept',
    }),
  );
  expect(headers).toMatchObject({
    'x-forwarded-for': '203.0.113.9, 127.0.0.1',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '443',
    hasownproperty: 'kept',
  });
  expect(got(await ask()).headers['x-forwarded-for']).toBe('127.0.0.1');
});

it('until it is opened, it asks to come back', async () => {
  const { door, ask, observe } = await start();
  expect(await ask()).toMatchObject({ status: 503, headers: { server: 'awselb/2.0' } });
  expect(observe).toHaveBeenCalledExactlyOnceWith(503);
  door.open();
  expect((await ask()).status).toBe(200);
});

it('what is served beside it comes first, open or not', async () => {
  const { door, ask } = await start();
  door.serveBeside((message, response) => {
    if (message.headers['x-mine'] === undefined) return false;
    response.end('mine');
    return true;
  });
  expect((await ask({ 'x-mine': 'yes' })).body).toBe('mine');
  expect((await ask()).status).toBe(503);
});

it('an address where nobody answers is a bad gateway', async () => {
  const { door, ask, observe } = await start({ [GREEN]: echo('green') });
  door.open();
  expect((await ask()).status).toBe(502);
  expect(observe).toHaveBeenCalledExactlyOnceWith(502);
});

it('what is no HTTP is a bad request', async () => {
  const { port } = await start();
  const socket = connect(port, '127.0.0.1');
  socket.end('rubbish\r\n\r\n');
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
});

/** The API that is behind both addresses; `hold` keeps its answers back. */
async function withApi() {
  const held = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const restApi = createRestApi(
    api({ methods: [method()] }),
    async () => {
      asked.resolve();
      await held.promise;
      return {};
    },
    () => undefined,
  );
  const started = await start({ [BLUE]: restApi.receive });
  started.door.open();
  return { ...started, restApi, asked: asked.promise, release: held.resolve };
}

it('a body that is asked for first is let through, or refused, by the API', async () => {
  const { port, release } = await withApi();
  release();
  const head = 'POST /things HTTP/1.1\r\nhost: x\r\nconnection: close\r\nexpect: 100-continue\r\n';
  const sent = (length: number) =>
    sendRaw({ port, calls: [], lines: [] }, `${head}content-length: ${length}\r\n\r\n`, '{}');
  expect(await sent(2)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  expect(await sent(10 * 1024 * 1024 + 1)).toMatch(/^HTTP\/1\.1 413 /);
});

it('what is under way when it closes is answered, and clients are asked to go', async () => {
  const { ask, asked, release, restApi, door } = await withApi();
  const answer = ask({}, '{}');
  await asked;
  await restApi.close();
  const closed = door.close();
  release();
  expect(await answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
  await closed;
});
