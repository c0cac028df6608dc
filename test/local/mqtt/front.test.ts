import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { brokerFront } from '../../../local/faults/broker-front.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { type HttpFront, startHttpFront } from '../../../local/mqtt/front.ts';
import { brokerMessageTo, EVENT_ID, VIN } from '../../factories.ts';

const CREDENTIALS = { username: 'remote-vehicle-services', password: 'secret' };
const WAKE_UP = { clientid: VIN, channel: 'UDP', reference: EVENT_ID };

const publish = vi.fn<(message: unknown) => Promise<number>>();
const wakeUp = vi.fn<(vin: string) => void>();
let front: HttpFront;
beforeEach(async () => {
  publish.mockReset().mockResolvedValue(0);
  wakeUp.mockReset();
  front = await startHttpFront({ credentials: CREDENTIALS, publish, wakeUp });
  onTestFinished(() => front.stop());
});

async function post(path: string, body: unknown, { password = CREDENTIALS.password, method = 'POST' } = {}) {
  const credentials = Buffer.from(`${CREDENTIALS.username}:${password}`).toString('base64');
  const response = await fetch(`${front.url}${path}`, {
    method,
    headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

describe('a message', () => {
  it('is published, and gets an id', async () => {
    const message = brokerMessageTo({});
    expect(await post('/publish', message)).toEqual({ status: 200, body: { id: expect.any(String) } });
    expect(publish).toHaveBeenCalledExactlyOnceWith(message);
  });

  it('that nobody listens for is answered as EMQX does', async () => {
    publish.mockResolvedValue(16);
    expect(await post('/publish', brokerMessageTo({}))).toEqual({
      status: 202,
      body: { reason_code: 16, message: 'no_matching_subscribers' },
    });
  });

  it.each([
    [135, 400],
    [144, 400],
    [151, 503],
  ])('that the broker refuses with %i is answered %i', async (reasonCode, status) => {
    publish.mockResolvedValue(reasonCode);
    expect((await post('/publish', brokerMessageTo({}))).status).toBe(status);
  });

  it('may be tried again while the broker is away', async () => {
    publish.mockRejectedValue(new Error('There is no connection to the broker'));
    expect((await post('/publish', brokerMessageTo({}))).status).toBe(503);
  });

  it.each([
    ['no JSON', '{'],
    ['no topic', { ...brokerMessageTo({}), topic: undefined }],
    ['another quality of service', { ...brokerMessageTo({}), qos: 0 }],
    ['no expiry', { ...brokerMessageTo({}), properties: {} }],
  ])('with %s is refused', async (_, body) => {
    expect((await post('/publish', body)).status).toBe(400);
    expect(publish).not.toHaveBeenCalled();
  });
});

describe('a wake-up call', () => {
  it('is sent on its way', async () => {
    expect((await post('/wake-up', WAKE_UP)).status).toBe(202);
    expect(wakeUp).toHaveBeenCalledExactlyOnceWith(VIN);
  });

  it('without a vehicle is refused', async () => {
    expect((await post('/wake-up', { ...WAKE_UP, clientid: 'x' })).status).toBe(400);
    expect(wakeUp).not.toHaveBeenCalled();
  });
});

it('who has other credentials is not let in', async () => {
  for (const [path, body] of [
    ['/publish', brokerMessageTo({})],
    ['/wake-up', WAKE_UP],
  ] as const) {
    expect((await post(path, body, { password: 'guessed' })).status).toBe(401);
    expect((await fetch(`${front.url}${path}`, { method: 'POST' })).status).toBe(401);
  }
  expect(publish).not.toHaveBeenCalled();
  expect(wakeUp).not.toHaveBeenCalled();
});

it('other paths and methods are refused', async () => {
  expect((await post('/clients', {})).status).toBe(404);
  expect((await post('/publish', {}, { method: 'GET' })).status).toBe(405);
});

it('faults strike before it', async () => {
  const faults = new Faults();
  front.standBefore(brokerFront(faults));
  faults.set({ faults: [{ fault: 'broker-fails', status: 500 }] });
  expect((await post('/publish', brokerMessageTo({}))).status).toBe(500);
  expect(publish).not.toHaveBeenCalled();
  faults.clear();
  expect((await post('/publish', brokerMessageTo({}))).status).toBe(200);
});
