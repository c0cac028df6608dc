import { request } from 'node:http';
import { expect, it } from 'vitest';
import {
  CONTROL_PATH,
  createControl,
  onlyLocally,
  type StageDescription,
} from '../../../local/control/control.ts';
import { API_ANSWER, serve } from '../beside.ts';

const DESCRIPTION: StageDescription = {
  stage: 'dev-local',
  environments: ['blue'],
  outputs: { ApiUrl: 'http://127.0.0.1:3000' },
  endpoints: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4000' },
  region: 'eu-central-1',
};

it('a stage describes itself once it is there, to who reads', async () => {
  let description: StageDescription | undefined;
  const origin = await serve(async () => createControl(() => description));
  const url = `${origin}${CONTROL_PATH}`;
  expect((await fetch(url)).status).toBe(503);
  description = DESCRIPTION;
  expect(await (await fetch(url)).json()).toEqual(DESCRIPTION);
  expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405);
  expect(await (await fetch(`${origin}/other`)).text()).toBe(API_ANSWER);
});

/** With any name in the header `Host`, as a browser sends it that a page's own name has led here. */
const statusFor = (origin: string, host: string, path: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${origin}${path}`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });

it('only who calls this machine by its own name may look or change anything', async () => {
  const origin = await serve(async () => onlyLocally(createControl(() => DESCRIPTION)));
  for (const host of ['127.0.0.1:3000', 'localhost:3000', 'localhost']) {
    expect(await statusFor(origin, host, CONTROL_PATH), host).toBe(200);
  }
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000']) {
    expect(await statusFor(origin, host, CONTROL_PATH), host).toBe(403);
    expect(await statusFor(origin, host, '/other'), host).toBe(200);
  }
});
