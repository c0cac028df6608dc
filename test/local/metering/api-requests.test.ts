import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { EVENT_STATUS_PATH } from '../../../functions/event-creation/paths.ts';
import { ApiRequests } from '../../../local/metering/api-requests.ts';
import { Meter } from '../../../local/metering/meter.ts';
import type { Settings } from '../../../local/metering/settings.ts';

const SETTINGS: Settings = {
  traced: new Set(),
  quiet: new Set(),
  logged: new Map(),
  ownKey: new Set(),
  accessLogs: new Map(),
  loadBalancer: false,
  firewall: false,
  endpoints: false,
};
const API = { block: 'event-creation', resource: 'Api' } as const;
const DOOR = { loadBalancer: true, firewall: true, endpoints: true };

/** A server that answers with the status that is asked for, of the app or of another API. */
async function start(settings: Partial<Settings> = {}, ofApp = true) {
  const meter = new Meter();
  const requests = new ApiRequests(meter, { ...SETTINGS, ...settings });
  const logBytes = () => 100;
  const handler = requests.ofApp(API, logBytes);
  const front = requests.of(API, logBytes, (_message, _response, proceed) => proceed());
  const server = createServer((message, response) => {
    const answer = () => {
      message.resume();
      response.writeHead(Number(message.headers['x-status'] ?? 200)).end('{}');
    };
    if (!ofApp) return front(message, response, answer);
    expect(handler(message, response)).toBe(false);
    answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const ask = async (path: string, status = 200, body = '') => {
    const headers = { 'x-status': String(status) };
    await (await fetch(`${url}${path}`, { method: 'POST', headers, body })).text();
  };
  const used = () =>
    Object.fromEntries(meter.uses.map(({ block, unit, amount }) => [`${block} ${unit}`, amount]));
  return { ask, used, counts: requests.counts };
}

test('polls are counted apart from what triggers commands', async () => {
  const { ask, used, counts } = await start();
  await ask('/eadrax-vrccs/v4/horn-blow', 202);
  await ask('/eadrax-vrccs/v4/horn-blow', 409);
  for (let poll = 0; poll < 3; poll += 1) await ask(`${EVENT_STATUS_PATH}?eventId=1`);
  expect(used()).toMatchObject({
    'event-creation api-gateway:requests': 2,
    'event-creation logs:bytes': 200,
    'status-polls api-gateway:requests': 3,
    'status-polls logs:bytes': 300,
  });
  expect(counts).toEqual({ commands: 1, apiCalls: 5, statusPolls: 3 });
});

test.each([401, 403, 429])(
  'a request that is answered by %i is free, but for its traffic and log',
  async (status) => {
    const { ask, used, counts } = await start();
    await ask('/', status);
    expect(used()).toEqual({
      'event-creation logs:bytes': 100,
      'event-creation data-transfer:bytes': expect.any(Number),
    });
    expect(counts.apiCalls).toBe(1);
  },
);

test('behind a door, each request is one of the load balancer, the firewall and the endpoint as well', async () => {
  const { ask, used } = await start(DOOR);
  await ask('/', 200, 'x'.repeat(1000));
  const small = used();
  expect(small).toMatchObject({
    'event-creation load-balancer:requests': 1,
    'event-creation waf:requests': 1,
  });
  const both = small['event-creation load-balancer:bytes'] ?? 0;
  const out = small['event-creation data-transfer:bytes'] ?? 0;
  expect(both).toBe(small['event-creation endpoint:bytes']);
  // The body, and two heads.
  expect(both - out).toBeGreaterThan(1000);
  expect(out).toBeGreaterThan('{}'.length);

  // On the same connection: only what came since then.
  await ask('/', 200, 'x'.repeat(2000));
  const second = (used()['event-creation load-balancer:bytes'] ?? 0) - both;
  expect(second - both).toBe(1000);
});

test('other APIs have no door, and their answers stay in AWS', async () => {
  const { ask, used, counts } = await start(DOOR, false);
  await ask('/api/v5/publish');
  expect(used()).toEqual({ 'event-creation api-gateway:requests': 1, 'event-creation logs:bytes': 100 });
  expect(counts).toEqual({ commands: 0, apiCalls: 0, statusPolls: 0 });
});
