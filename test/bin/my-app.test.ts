import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LOGIN_GRANT } from '../../local/identity/contract.ts';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';
import { type Outcome, run } from './run.ts';

const STATUS_PATH = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const TRIGGER_PATHS = {
  'horn-blow': '/eadrax-vrccs/v4/presentation/remote-commands/horn-blow',
  'light-flash': '/eadrax-vrccs/v4/presentation/remote-commands/light-flash',
};

const LOGIN = { grant_type: LOGIN_GRANT, client_id: 'my-app' };

type Answer = readonly [status: number, body: unknown] | 'hang up';

const accepted = (vin: string): Answer => [202, { creationTime: '2025-12-03T10:00:00.000Z', eventId: vin }];
const status = (eventStatus: string): Answer => [200, { eventStatus }];
const failed = (errorDetails?: string): Answer => [
  200,
  { eventStatus: 'ERROR', errorDetails: errorDetails === undefined ? null : { errorDetails } },
];
const unauthorised: Answer = [401, { statusCode: 401, message: 'Unauthorized' }];
const refused: Answer = [409, { statusCode: 409, message: 'The vehicle is busy with light-flash.' }];

/** What the stage answers to each vehicle's app, one after the other. The VIN is also its command's id. */
const ANSWERS: Record<string, Answer[]> = {
  EXECUTED: [accepted('EXECUTED'), status('PENDING'), status('DELIVERED'), status('EXECUTED')],
  FLASHED: [accepted('FLASHED'), status('EXECUTED')],
  SLASHED: [accepted('SLASHED'), status('EXECUTED')],
  VARIABLE: [accepted('VARIABLE'), status('EXECUTED')],
  FAILED: [accepted('FAILED'), status('DELIVERED'), failed('VEHICLE_DID_NOT_FINISH')],
  UNEXPLAINED: [accepted('UNEXPLAINED'), failed()],
  BUSY: [refused],
  MINE: [accepted('MINE'), status('EXECUTED')],
  STRANGER: [accepted('STRANGER'), status('EXECUTED')],
  GIVEN: [accepted('GIVEN'), status('EXECUTED')],
  FROM_VARIABLE: [accepted('FROM_VARIABLE'), status('EXECUTED')],
  LONG: [accepted('LONG'), status('DELIVERED'), unauthorised, status('EXECUTED')],
  REVOKED: [accepted('REVOKED'), unauthorised, unauthorised],
  OUTDATED: [accepted('OUTDATED'), unauthorised],
  LOST: [accepted('LOST'), [404, { statusCode: 404, message: 'There is no such event.' }]],
  BROKEN: [[502, '<html>Bad Gateway</html>']],
  STRANGE: [[200, { hello: 'world' }]],
  CUT: ['hang up'],
};

interface Call {
  readonly method: string | undefined;
  readonly path: string;
  readonly eventId: string | null;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The calls of each vehicle's app. */
const calls = new Map<string, Call[]>();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://stage');
  if (pathname.startsWith('/oidc/')) return answerLogin(pathname, request, response);
  const eventId = searchParams.get('eventId');
  const vin = eventId ?? String(request.headers['bmw-vin']);
  const { method, headers } = request;
  const seen = [
    ...(calls.get(vin) ?? []),
    { method, path: pathname, eventId, headers, body: await text(request) },
  ];
  calls.set(vin, seen);
  const next = ANSWERS[vin]?.[seen.length - 1] ?? [500, 'The app should have stopped.'];
  if (next === 'hang up') {
    response.writeHead(200, { 'content-length': 100 }).write('{');
    response.socket?.end();
    return;
  }
  response.writeHead(next[0]).end(typeof next[1] === 'string' ? next[1] : JSON.stringify(next[1]));
}

let logins = 0;

/** The stage's identity provider: each token is another one, and tells whose it is. */
async function answerLogin(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (path === '/oidc/.well-known/openid-configuration') {
    const { grant_type } = LOGIN;
    const description = { token_endpoint: `${target}/oidc/token`, grant_types_supported: [grant_type] };
    response.end(JSON.stringify(description));
    return;
  }
  const { username, ...rest } = Object.fromEntries(new URLSearchParams(await text(request)));
  expect([path, request.method, rest]).toEqual(['/oidc/token', 'POST', LOGIN]);
  logins += 1;
  response.end(JSON.stringify({ access_token: `${username}-${logins}` }));
}

const server = createServer(answer);
let target: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

const myApp = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> => run('my-app.ts', args, env);

const hornBlow = (vin: string): Promise<Outcome> => myApp(['horn-blow', vin, '--target', target]);

/** A process takes half a second, on a busy machine several. */
const TIMEOUT = { timeout: 30_000 };

describe.concurrent('a command', TIMEOUT, () => {
  test('that is executed: exit code 0, and a line for each change', async () => {
    const { exitCode, stdout, stderr } = await hornBlow('EXECUTED');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(stdout.replaceAll(/\d+\.\d s/g, '_ s')).toBe(
      'horn-blow EXECUTED PENDING _ s\nhorn-blow EXECUTED DELIVERED _ s\nhorn-blow EXECUTED EXECUTED _ s\n',
    );
    const [trigger, ...polls] = calls.get('EXECUTED') ?? [];
    expect(trigger).toMatchObject({
      method: 'POST',
      path: TRIGGER_PATHS['horn-blow'],
      body: '{}',
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        'bmw-vin': 'EXECUTED',
        'x-correlation-id': expect.stringMatching(/^[\da-f-]{36}$/),
      },
    });
    const poll = { method: 'POST', path: STATUS_PATH, eventId: 'EXECUTED', body: '' };
    expect(polls).toMatchObject([poll, poll, poll]);
  });

  test.each([
    ['FAILED', 'Failed: VEHICLE_DID_NOT_FINISH\n'],
    ['UNEXPLAINED', 'Failed: no reason given\n'],
    ['BUSY', '409: The vehicle is busy with light-flash.\n'],
    ['LOST', '404: There is no such event.\n'],
    ['BROKEN', '502: <html>Bad Gateway</html>\n'],
  ])('that ends otherwise (%s): exit code 1, and the reason', async (vin, reason) => {
    const { exitCode, stderr } = await hornBlow(vin);
    expect([exitCode, stderr]).toEqual([1, reason]);
    expect(calls.get(vin)).toHaveLength(ANSWERS[vin]?.length ?? 0);
  });

  test('that is answered in another way: exit code 1, and the answer', async () => {
    const { exitCode, stderr } = await hornBlow('STRANGE');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^.*unexpected: {"hello":"world"}\n$/)]);
  });

  test('of another service goes its own way; the target may come first', async () => {
    const { exitCode } = await myApp(['--target', target, 'light-flash', 'FLASHED']);
    expect(exitCode).toBe(0);
    expect(calls.get('FLASHED')?.[0]?.path).toBe(TRIGGER_PATHS['light-flash']);
  });

  test.each([
    ['SLASHED', () => ({ args: ['--target', `${target}/`], env: {} })],
    ['VARIABLE', () => ({ args: [], env: { BASE_URL: target } })],
  ])('whose target is %s', async (vin, options) => {
    const { args, env } = options();
    const { exitCode } = await myApp(['horn-blow', vin, ...args], env);
    expect(exitCode).toBe(0);
    expect(calls.get(vin)?.map(({ path }) => path)).toEqual([TRIGGER_PATHS['horn-blow'], STATUS_PATH]);
  });

  test('to a target where nothing answers: exit code 1, and what to do', async () => {
    // Port 1 is reserved; no one listens there.
    const { exitCode, stderr } = await myApp(['horn-blow', 'ANY', '--target', 'http://127.0.0.1:1']);
    expect([exitCode, stderr]).toEqual([
      1,
      'Nothing answers at http://127.0.0.1:1. Start a stage there: npm start\n',
    ]);
  });

  test('whose answer breaks off is told in one line', async () => {
    const { exitCode, stderr } = await hornBlow('CUT');
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^.+\n$/)]);
  });

  test.each(['stage', 'localhost:3000'])('to a target that is no URL is told so: %s', async (wrong) => {
    const { exitCode, stderr } = await myApp(['horn-blow', 'ANY', '--target', wrong]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^.*${wrong}.*\n$`))]);
  });

  test.each([
    ['no VIN', ['horn-blow'], /missing required argument 'VIN'/],
    ['an unknown service', ['toast-bread', 'ANY'], /unknown command 'toast-bread'/],
  ])('with %s is explained', async (_what, args, reason) => {
    const { exitCode, stderr } = await myApp(args);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(reason)]);
    expect(stderr).toContain('Usage:');
  });
});

describe.concurrent('the user', TIMEOUT, () => {
  const tokens = (vin: string) => calls.get(vin)?.map(({ headers }) => headers.authorization);

  test('is the demo user, with one token for all calls', async () => {
    await hornBlow('MINE');
    const [first, ...others] = tokens('MINE') ?? [];
    expect(first).toMatch(/^Bearer demo-\d+$/);
    expect(others).toEqual([first]);
  });

  test('may be another one', async () => {
    const { exitCode } = await myApp(['horn-blow', 'STRANGER', '--target', target, '--user', 'stranger']);
    expect(exitCode).toBe(0);
    expect(tokens('STRANGER')).toEqual(Array(2).fill(expect.stringMatching(/^Bearer stranger-\d+$/)));
  });

  test.each([
    ['GIVEN', ['--token', 'from-elsewhere'], {}],
    ['FROM_VARIABLE', [], { TOKEN: 'from-elsewhere' }],
  ])('may have a token from elsewhere (%s)', async (vin, args, env) => {
    const { exitCode } = await myApp(['horn-blow', vin, '--target', target, ...args], env);
    expect(exitCode).toBe(0);
    expect(tokens(vin)).toEqual(Array(2).fill('Bearer from-elsewhere'));
  });

  test('logs in again when the token has expired meanwhile', async () => {
    const { exitCode, stderr } = await hornBlow('LONG');
    expect([exitCode, stderr]).toEqual([0, '']);
    const [first, second, third, fourth] = tokens('LONG') ?? [];
    expect([second, third]).toEqual([first, first]);
    expect(fourth).toMatch(/^Bearer demo-\d+$/);
    expect(fourth).not.toBe(first);
  });

  test.each([
    ['the fresh token is refused too', 'REVOKED', []],
    ['the token is from elsewhere', 'OUTDATED', ['--token', 'from-elsewhere']],
  ])('is told of a refusal if %s', async (_why, vin, args) => {
    const { exitCode, stderr } = await myApp(['horn-blow', vin, '--target', target, ...args]);
    expect([exitCode, stderr]).toEqual([1, '401: Unauthorized\n']);
    expect(calls.get(vin)).toHaveLength(ANSWERS[vin]?.length ?? 0);
  });

  test('is either named or has a token', async () => {
    const args = ['horn-blow', 'ANY', '--target', target, '--user', 'demo'];
    for (const { exitCode, stderr } of [
      await myApp([...args, '--token', 'x']),
      await myApp(args, { TOKEN: 'x' }),
    ]) {
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/cannot be used with option '--user/)]);
    }
  });
});

describe.concurrent('vehicles', TIMEOUT, () => {
  test('as JSON are the demo fleet with what each does', async () => {
    const { exitCode, stdout } = await myApp(['vehicles', '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual(
      demoFleet().map(({ vin, model, generation, owner }) => ({
        vin,
        model,
        generation,
        owner,
        behaviour: behaviourOf(vin),
      })),
    );
  });

  test('as a table have one line each, in columns', async () => {
    const { exitCode, stdout } = await myApp(['vehicles']);
    const [head = '', ...lines] = stdout.trimEnd().split('\n');
    expect(exitCode).toBe(0);
    const columns = ['VIN', 'MODEL', 'GENERATION', 'OWNER', 'BEHAVIOUR'].map((name) => head.indexOf(name));
    const cells = (line: string) => columns.map((from, index) => line.slice(from, columns[index + 1]).trim());
    expect(lines.map(cells)).toEqual(
      demoFleet().map(({ vin, model, generation, owner }) => [
        vin,
        model,
        generation,
        owner,
        behaviourOf(vin),
      ]),
    );
  });
});
