import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createPages } from '../../../local/pages/pages.ts';
import { API_ANSWER, serve } from '../beside.ts';

/** The pages with descriptions in a folder of the test's own. */
async function start(descriptions: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'pages-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content);
  for (const [name, content] of Object.entries(descriptions)) write(name, content);
  return { origin: await serve(async () => createPages(folder)), write };
}

/** With the path as it is: `fetch` would tidy it up. */
const get = (origin: string, path: string, method = 'GET') =>
  new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>(
    (resolve, reject) => {
      request(`${origin}/`, { path, method }, (response) => {
        const { statusCode: status, headers } = response;
        text(response).then((body) => resolve({ status, headers, body }), reject);
      })
        .on('error', reject)
        .end();
    },
  );

describe('Swagger UI', () => {
  test('is at /docs/', async () => {
    const { origin } = await start();
    expect(await get(origin, '/docs')).toMatchObject({ status: 302, headers: { location: '/docs/' } });
    const page = await get(origin, '/docs/');
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(page.body).toContain('<div id="swagger-ui">');
    expect((await get(origin, '/docs/?tag=x')).body).toBe(page.body);
  });

  test('consists of files that are all served here', async () => {
    const { origin } = await start();
    const { body } = await get(origin, '/docs/');
    const parts = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, part = '']) => part);
    expect(parts).toContain('./swagger-initializer.js');
    for (const part of parts) {
      const type = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', png: 'image/png' };
      const ending = part.split('.').at(-1) as keyof typeof type;
      const file = await get(origin, new URL(part, `${origin}/docs/`).pathname);
      expect([part, file.status, file.headers['content-type']]).toEqual([part, 200, type[ending]]);
      expect(file.body).not.toBe('');
    }
  });

  test('shows the description of this stage, and asks nobody on the internet', async () => {
    const { origin } = await start();
    const { body, headers } = await get(origin, '/docs/swagger-initializer.js');
    expect(body).toContain("url: 'openapi.json'");
    expect(body).toContain('validatorUrl: null');
    expect(body).not.toContain('http');
    expect(headers['content-security-policy']).toMatch(/^default-src 'self';/);
  });
});

describe.each(['openapi.json', 'asyncapi.json'])('the description %s', (name) => {
  test('is the one in the folder, as it is now', async () => {
    const { origin, write } = await start({ [name]: '{"info":"ö"}' });
    const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': '13' };
    expect(await get(origin, `/docs/${name}`)).toMatchObject({ status: 200, headers, body: '{"info":"ö"}' });
    write(name, '{}');
    expect((await get(origin, `/docs/${name}`)).body).toBe('{}');
  });

  test('may be missing', async () => {
    const { origin } = await start();
    const { status, headers, body } = await get(origin, `/docs/${name}`);
    expect([status, headers['content-type']]).toEqual([404, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({ statusCode: 404, message: `There is no ${name} yet.` });
  });
});

test('a page can be asked about without its body', async () => {
  const { origin } = await start({ 'openapi.json': '{"a":1}' });
  expect(await get(origin, '/docs/openapi.json', 'HEAD')).toMatchObject({
    status: 200,
    headers: { 'content-length': '7' },
    body: '',
  });
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is no way to read', async (method) => {
  const { origin } = await start();
  for (const path of ['/docs', '/docs/', '/docs/openapi.json', '/docs/nothing']) {
    const { status, headers, body } = await get(origin, path, method);
    expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(JSON.parse(body)).toEqual({ statusCode: 405, message: expect.any(String) });
  }
});

test.each([
  '/docs/secret.txt',
  '/docs/../secret.txt',
  '/docs/../../package.json',
  '/docs/%2e%2e/package.json',
  '/docs/..%2fpackage.json',
  '/docs/..\\package.json',
  '/docs//openapi.json',
  '/docs/package.json',
  '/docs/constructor',
])('nothing else is served: %s', async (path) => {
  const { origin } = await start({ 'secret.txt': 'secret', 'openapi.json': '{}' });
  const { status, body } = await get(origin, path);
  expect([status, JSON.parse(body)]).toEqual([404, { statusCode: 404, message: 'There is no such page.' }]);
});

test.each(['/', '/docsx', '/x/docs/', '/openapi.json'])('the API keeps %s', async (path) => {
  const { origin } = await start();
  expect((await get(origin, path)).body).toBe(API_ANSWER);
});
