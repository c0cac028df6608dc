import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startIdentityProvider } from '../../local/identity/provider.ts';
import { type Outcome, run } from './run.ts';

const token = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> => run('token.ts', args, env);

const ends: (() => void)[] = [];
afterAll(() => {
  for (const end of ends) end();
});

/** @returns the origin */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

let target: string;
beforeAll(async () => {
  let listener: RequestListener = () => undefined;
  target = await serve((message, response) => listener(message, response));
  const { handler } = await startIdentityProvider(target, () => undefined);
  listener = handler;
});

/** A process takes half a second, on a busy machine several. */
const TIMEOUT = { timeout: 30_000 };

describe.concurrent('a fresh token', TIMEOUT, () => {
  test.each([
    ['demo, by default', 'demo', () => ({ args: ['--target', target], env: {} })],
    ['a named user', 'stranger', () => ({ args: ['--target', target, '--user', 'stranger'], env: {} })],
    ['the variable’s target', 'demo', () => ({ args: [], env: { BASE_URL: target } })],
    ['a target with a slash', 'demo', () => ({ args: ['--target', `${target}/`], env: {} })],
  ])('is all that is printed (%s)', async (_what, user, options) => {
    const { args, env } = options();
    const { exitCode, stdout, stderr } = await token(args, env);
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    expect(decodeJwt(stdout.trim())).toMatchObject({ iss: `${target}/oidc`, sub: user });
  });
});

describe.concurrent('without a token, one line says what to do', TIMEOUT, () => {
  const failure = async (args: string[]) => {
    const { exitCode, stdout, stderr } = await token(args);
    expect([exitCode, stdout]).toEqual([1, '']);
    return stderr;
  };

  test('if nothing answers', async () => {
    // Port 1 is reserved; no one listens there.
    expect(await failure(['--target', 'http://127.0.0.1:1'])).toBe(
      'Nothing answers at http://127.0.0.1:1. Start a stage there: npm start\n',
    );
  });

  test('if there is no such user', async () => {
    expect(await failure(['--target', target, '--user', 'bob'])).toBe(
      "Nobody is logged in: there is no user 'bob'; the demo users are demo, stranger\n",
    );
  });

  test.each<[string, RequestListener]>([
    [
      'refuses the path, as API Gateway does',
      (_, response) => response.writeHead(403).end('{"message":"Missing Authentication Token"}'),
    ],
    [
      'has a provider without demo users',
      (_, response) =>
        response.end(
          '{"token_endpoint":"https://idp.example/token","grant_types_supported":["authorization_code"]}',
        ),
    ],
  ])('if the target %s', async (_what, listener) => {
    const other = await serve(listener);
    expect(await failure(['--target', other])).toBe(
      `${other} has no identity provider of its own. Ask the one that it trusts for a token, ` +
        'and give it to the app: npm run app -- --token <token>\n',
    );
  });

  test('if the target is broken', async () => {
    const other = await serve((_, response) => response.writeHead(502).end('Bad Gateway'));
    expect(await failure(['--target', other])).toBe('502: Bad Gateway\n');
  });

  test('if the target is no URL', async () => {
    expect(await failure(['--target', 'stage'])).toMatch(/^'stage' is no base URL\..*\n$/);
  });
});
