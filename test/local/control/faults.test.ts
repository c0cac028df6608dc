import { expect, it } from 'vitest';
import { createFaultsControl, FAULTS_PATH } from '../../../local/control/faults.ts';
import { Faults } from '../../../local/faults/faults.ts';
import { serve } from '../beside.ts';

async function start() {
  const faults = new Faults();
  const url = `${await serve(async () => createFaultsControl(faults))}${FAULTS_PATH}`;
  const put = (body: unknown, contentType = 'application/json') =>
    fetch(url, { method: 'PUT', headers: { 'content-type': contentType }, body: JSON.stringify(body) });
  return { faults, url, put };
}

it('faults are set, shown with their hits, and ended', async () => {
  const { faults, url, put } = await start();
  const set = await put({ seed: 7, faults: [{ fault: 'broker-down', probability: 1 }] });
  expect(set.status).toBe(200);
  faults.strike(['broker-down'], () => true);
  expect(await (await fetch(url)).json()).toEqual({
    seed: 7,
    faults: [{ fault: 'broker-down', probability: 1, hits: 1 }],
  });
  const ended = await fetch(url, { method: 'DELETE' });
  expect(await ended.json()).toMatchObject({ faults: [] });
  expect(faults.any).toBe(false);
});

it('bad data change nothing and are answered with the place', async () => {
  const { faults, url, put } = await start();
  await put({ faults: [{ fault: 'broker-down' }] });
  const refused = await put({ faults: [{ fault: 'queue-delays' }] });
  expect(refused.status).toBe(400);
  expect(await refused.json()).toEqual({ message: expect.stringMatching(/^faults\[0\]\.ms: /) });
  const noJson = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{',
  });
  expect(noJson.status).toBe(400);
  expect(faults.list().faults).toMatchObject([{ fault: 'broker-down' }]);
});

it('what a page of another origin could send is refused', async () => {
  const { faults, url, put } = await start();
  expect((await put({ faults: [{ fault: 'broker-down' }] }, 'text/plain')).status).toBe(415);
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(405);
  expect(faults.any).toBe(false);
});
