import { expect, it, onTestFinished, vi } from 'vitest';
import { createHttpServer } from '../../../local/api-gateway/http-server.ts';
import { brokerFront } from '../../../local/faults/broker-front.ts';
import type { FaultSetInput } from '../../../local/faults/fault.ts';
import { Faults } from '../../../local/faults/faults.ts';

/** A broker that takes what comes; `taken` are the messages' bodies. */
async function startBroker(faultSet: FaultSetInput) {
  const faults = new Faults();
  faults.set(faultSet);
  const taken: string[] = [];
  const server = createHttpServer({
    answer: async ({ body }) => {
      taken.push(body);
      return { status: 200, contentType: 'application/json', headers: [], body: '{"id":"1"}' };
    },
    answerError: () => ({ status: 400, contentType: 'application/json', headers: [], body: '{}' }),
  });
  server.standBefore(brokerFront(faults));
  const base = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}/api/v5`;
  onTestFinished(() => server.close());
  const post = (path: string, init: RequestInit = {}) =>
    fetch(`${base}/${path}`, { method: 'POST', body: 'hello', ...init });
  return { faults, taken, post };
}

it('is down: connections are reset, and nothing is taken', async () => {
  const { taken, post } = await startBroker({ faults: [{ fault: 'broker-down' }] });
  await expect(post('publish')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
  expect(taken).toEqual([]);
});

it('fails with the status that is asked for', async () => {
  const { taken, post } = await startBroker({ faults: [{ fault: 'broker-fails', status: 502 }] });
  expect((await post('publish')).status).toBe(502);
  expect((await post('wake-up')).status).toBe(502);
  expect(taken).toEqual([]);
});

it('forgets: answers as if it had taken the message', async () => {
  const { taken, post } = await startBroker({ faults: [{ fault: 'broker-forgets' }] });
  const published = await post('publish');
  expect(published.status).toBe(200);
  expect(await published.json()).toEqual({ id: expect.any(String) });
  expect((await post('wake-up')).status).toBe(202);
  expect(taken).toEqual([]);
});

it('is slow: whoever does not wait does not hear that the message was taken', async () => {
  const { taken, post } = await startBroker({ faults: [{ fault: 'broker-slow', ms: 200 }] });
  const gone = new AbortController();
  const posting = post('publish', { signal: gone.signal });
  await vi.waitFor(() => expect(taken).toEqual(['hello']));
  gone.abort();
  await expect(posting).rejects.toThrow(/abort/);
  const begin = performance.now();
  expect((await post('publish')).status).toBe(200);
  expect(performance.now() - begin).toBeGreaterThan(198);
  expect(taken).toEqual(['hello', 'hello']);
});

it('works without faults, and beside its API whatever there is', async () => {
  const { faults, taken, post } = await startBroker({ faults: [{ fault: 'broker-down' }] });
  expect((await post('notifications')).status).toBe(200);
  faults.clear();
  expect((await post('publish')).status).toBe(200);
  expect(taken).toEqual(['hello', 'hello']);
});
