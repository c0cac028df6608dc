import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { behaviourOf, demoFleet } from '../../vehicle-simulator/fleet.ts';

const MY_APP = fileURLToPath(new URL('../../bin/my-app.ts', import.meta.url));
const STATUS_PATH = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const TRIGGER_PATHS = {
  'horn-blow': '/eadrax-vrccs/v4/presentation/remote-commands/horn-blow',
  'light-flash': '/eadrax-vrccs/v4/presentation/remote-commands/light-flash',
};

type Answer = readonly [status: number, body: unknown] | 'hang up';

const accepted = (vin: string): Answer => [202, { creationTime: '2025-12-03T10:00:00.000Z', eventId: vin }];
const status = (eventStatus: string): Answer => [200, { eventStatus }];
const failed = (errorDetails?: string): Answer => [
  200,
  { eventStatus: 'ERROR', errorDetails: errorDetails === undefined ? null : { errorDetails } },
];
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

const server = createServer(answer);
let target: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
});

interface Outcome {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const myApp = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> =>
  new Promise((resolve) => {
    execFile(process.execPath, [MY_APP, ...args], { env, maxBuffer: 1e7 }, (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr }),
    );
  });

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
