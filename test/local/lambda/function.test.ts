import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Json } from '../../../local/aws.ts';
import { startMessaging } from '../messaging/start.ts';
import { startFunction } from './start.ts';

const payloadOf = async (invoking: Promise<unknown>): Promise<Json> => {
  const result = await invoking;
  expect(result).toMatchObject({ ok: true });
  return (result as { payload: Json }).payload;
};

/** On a busy machine an execution environment may need more than a second to start. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 20_000 });

test('an invocation answers what the handler returns, and the environment is kept', async () => {
  const lambda = startFunction('let n = 0; export const handler = async (event) => ({ event, n: ++n });');
  expect(await payloadOf(lambda.invoke({ a: [1, 'ä🚗', null] }))).toEqual({
    event: { a: [1, 'ä🚗', null] },
    n: 1,
  });
  expect(await payloadOf(lambda.invoke('text'))).toEqual({ event: 'text', n: 2 });
  const { billedMs, ...stats } = lambda.stats();
  expect(stats).toEqual({ workers: 1, initMs: [expect.any(Number)], invocations: 2 });
  // Whole milliseconds, of each one at least.
  expect(billedMs).toBeGreaterThanOrEqual(2);
  expect(Number.isInteger(billedMs)).toBe(true);
});

test('nothing is started before the first invocation', () => {
  expect(startFunction('').stats()).toEqual({ workers: 0, initMs: [], invocations: 0, billedMs: 0 });
});

test.each([
  ['undefined is null', 'undefined', null],
  ['properties that are undefined are gone', '({ a: undefined, b: 1 })', { b: 1 }],
  ['a date is a text', '({ at: new Date(0) })', { at: '1970-01-01T00:00:00.000Z' }],
  ['a map is an empty object', 'new Map([[1, 2]])', {}],
  ['NaN is null', '[Number.NaN]', [null]],
])('answers are JSON: %s', async (_what, answer, expected) => {
  const lambda = startFunction(`export const handler = async () => ${answer};`);
  expect(await payloadOf(lambda.invoke(null))).toEqual(expected);
});

test('events are JSON, and a copy', async () => {
  const lambda = startFunction(
    'export const handler = async (event) => { event.list.push(2); return event; };',
  );
  const event = { list: [1], at: new Date(0), gone: undefined };
  expect(await payloadOf(lambda.invoke(event as unknown as Json))).toEqual({
    list: [1, 2],
    at: '1970-01-01T00:00:00.000Z',
  });
  expect(event.list).toEqual([1]);
});

test('what cannot be JSON is an error', async () => {
  const lambda = startFunction('export const handler = async () => 1n;');
  expect(await lambda.invoke(null)).toMatchObject({ ok: false, errorType: 'Runtime.JSONStringifyError' });
});

test('the context is that of AWS', async () => {
  const lambda = startFunction(
    'export const handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });',
    { timeoutSeconds: 7, memoryMb: 256 },
  );
  const context = await payloadOf(lambda.invoke(null));
  expect(context).toEqual({
    awsRequestId: expect.stringMatching(/^[\da-f-]{36}$/),
    functionName: 'TestFunction',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:TestFunction',
    memoryLimitInMB: '256',
    logGroupName: '/aws/lambda/TestFunction',
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][\da-f]{32}$/),
    left: expect.any(Number),
  });
  const { left } = context as { left: number };
  expect(left).toBeGreaterThan(5000);
  expect(left).toBeLessThanOrEqual(7000);
});

test("the environment has the function's variables and AWS's, and nothing of ours", async () => {
  vi.stubEnv('OF_THE_PARENT', 'secret');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const lambda = startFunction(
    'export const handler = async () => { const before = { ...process.env }; process.env.SET = "inside"; return before; };',
    { environment: { TABLE: 'events', NODE_OPTIONS: '--enable-source-maps', AWS_REGION: 'elsewhere' } },
  );
  expect(await payloadOf(lambda.invoke(null))).toEqual({
    TABLE: 'events',
    NODE_OPTIONS: '',
    TZ: ':UTC',
    _HANDLER: 'index.handler',
    AWS_ACCESS_KEY_ID: 'TestFunction',
    AWS_SECRET_ACCESS_KEY: expect.any(String),
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: 'TestFunction',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/TestFunction',
    AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
    LAMBDA_TASK_ROOT: expect.any(String),
  });
  expect(process.env.SET).toBeUndefined();
});

test('an error of the handler is described, logged, and costs nothing else', async () => {
  const lambda = startFunction(`
    let n = 0;
    class Busy extends Error { name = 'VehicleBusy'; }
    export const handler = async (event) => { n += 1; if (event === 'error') throw new Busy('taken'); if (event === 'text') throw 'text'; return n; };
  `);
  expect(await lambda.invoke('error')).toEqual({
    ok: false,
    errorType: 'VehicleBusy',
    errorMessage: 'taken',
    trace: expect.arrayContaining([
      expect.stringMatching(/taken/),
      expect.stringMatching(/at handler .*index\.mjs:4/),
    ]),
  });
  expect(await lambda.invoke('text')).toEqual({
    ok: false,
    errorType: 'string',
    errorMessage: 'text',
    trace: [],
  });
  expect(await payloadOf(lambda.invoke('fine'))).toBe(3);
  expect(lambda.stats().initMs).toHaveLength(1);
  expect(lambda.lines).toEqual([
    expect.stringMatching(
      /^ERROR Invoke Error \{"errorType":"VehicleBusy","errorMessage":"taken","stack":\[/,
    ),
    expect.stringMatching(/"errorType":"string"/),
  ]);
});

test('a handler that does not end is timed out, with its thread', async () => {
  const lambda = startFunction(
    `let n = 0; export const handler = async (event) => {
      n += 1;
      if (event === 'wait') await new Promise(() => setInterval(() => {}, 1000));
      if (event === 'loop') { console.log('before the loop'); for (;;); }
      return n;
    };`,
    { timeoutSeconds: 0.3 },
  );
  for (const event of ['wait', 'loop']) {
    expect(await lambda.invoke(event)).toEqual({
      ok: false,
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        /^\d{4}-\d\d-\d\dT[\d:.]+Z [\da-f-]{36} Task timed out after 0\.30 seconds$/,
      ),
      trace: [],
    });
  }
  expect(lambda.lines).toContain('before the loop');
  expect(await payloadOf(lambda.invoke('fine'))).toBe(1);
});

test.each([
  ['process.exit', 'process.exit(3)', 'Runtime.ExitError', /Runtime exited with error: exit status 3/],
  ['process.exit without a code', 'process.exit()', 'Runtime.ExitError', /without providing a reason/],
  [
    'an exception that nobody catches',
    "setTimeout(() => { throw new Error('stray'); })",
    'Runtime.ExitError',
    /Runtime exited with error: exit status 1/,
  ],
  [
    'a rejection that nobody catches',
    "setTimeout(() => void Promise.reject(new Error('stray')))",
    'Runtime.UnhandledPromiseRejection',
    /stray/,
  ],
  [
    'too much memory',
    'const all = []; for (;;) all.push(new Array(1e5).fill(0.5));',
    'Runtime.ExitError',
    /exit status/,
  ],
])('%s ends only its own thread', async (_what, statement, errorType, errorMessage) => {
  const lambda = startFunction(
    `let n = 0; export const handler = async (event) => {
      n += 1;
      if (event === 'crash') { console.log('last words'); ${statement}; await new Promise((resolve) => setTimeout(resolve, 5000)); }
      return n;
    };`,
  );
  expect(await payloadOf(lambda.invoke(null))).toBe(1);
  expect(await lambda.invoke('crash')).toMatchObject({
    ok: false,
    errorType,
    errorMessage: expect.stringMatching(errorMessage),
  });
  expect(lambda.lines).toContain('last words');
  expect(await payloadOf(lambda.invoke(null))).toBe(1);
});

test('a promise that is left behind rejected fails the invocation', async () => {
  const lambda = startFunction(
    "export const handler = async () => { void Promise.reject(new Error('left behind')); return 'fine'; };",
  );
  expect(await lambda.invoke(null)).toMatchObject({
    ok: false,
    errorType: 'Runtime.UnhandledPromiseRejection',
    errorMessage: 'left behind',
  });
});

test('a crash between invocations is logged, and the next one gets another environment', async () => {
  const lambda = startFunction(
    "export const handler = async () => { setTimeout(() => { throw new Error('late'); }, 20); return 'fine'; };",
  );
  expect(await payloadOf(lambda.invoke(null))).toBe('fine');
  await eventually(() => expect(lambda.lines).toEqual([expect.stringMatching(/between invocations.*late/)]));
  await eventually(() => expect(lambda.stats().workers).toBe(0));
  expect(await payloadOf(lambda.invoke(null))).toBe('fine');
});

test.each([
  ['a module that throws', "throw new TypeError('no table');", {}, 'TypeError', /no table/],
  [
    'a missing import',
    "import 'not-installed'; export const handler = async () => 1;",
    {},
    'Runtime.ImportModuleError',
    /not-installed/,
  ],
  [
    'code that does not parse',
    'export const handler = async () => {',
    {},
    'Runtime.UserCodeSyntaxError',
    /./,
  ],
  [
    'no such module',
    '',
    { handler: 'other.handler' },
    'Runtime.ImportModuleError',
    /Cannot find module 'other'/,
  ],
  ['no such export', 'export const other = 1;', {}, 'Runtime.HandlerNotFound', /index\.handler is undefined/],
  [
    'an export that is no function',
    'export const handler = 1;',
    {},
    'Runtime.HandlerNotFound',
    /not a function/,
  ],
  [
    'a callback handler',
    'export const handler = (event, context, done) => done();',
    {},
    'Runtime.CallbackHandlerDeprecated',
    /callback/,
  ],
  ['an exit while it starts', 'process.exit(4);', {}, 'Runtime.ExitError', /exit status 4/],
])('%s fails every invocation', async (_what, source, overrides, errorType, errorMessage) => {
  const lambda = startFunction(source, overrides);
  const failure = { ok: false, errorType, errorMessage: expect.stringMatching(errorMessage) };
  expect(await Promise.all([lambda.invoke(1), lambda.invoke(2)])).toMatchObject([failure, failure]);
  expect(await lambda.invoke(3)).toMatchObject(failure);
  expect(lambda.lines).toEqual(Array(2).fill(expect.stringMatching(/^ERROR Init Error /)));
  expect(lambda.stats().initMs).toEqual([]);
});

test('each line that it prints is logged, in order, before the answer', async () => {
  const lambda = startFunction(`
    import { Console } from 'node:console';
    const own = new Console({ stdout: process.stdout, stderr: process.stderr });
    console.log('while it starts');
    export const handler = async () => {
      console.log('one', { two: 2 });
      console.error('three');
      own.info('four\\nfive');
      process.stdout.write('si');
      process.stdout.write(Buffer.from('x\\n'));
      process.emitWarning('seven');
      await new Promise((resolve) => process.stdout.write('', resolve));
      process.stdout.write('no end');
    };
  `);
  await lambda.invoke(null);
  expect(lambda.lines).toEqual([
    'while it starts',
    'one { two: 2 }',
    'three',
    'four',
    'five',
    'six',
    'Warning: seven',
    'no end',
  ]);
});

/** A server that answers only when `count` requests have come. */
async function gate(count: number): Promise<string> {
  const answers: (() => void)[] = [];
  const server = createServer((_request, response) => {
    answers.push(() => response.end('open'));
    if (answers.length >= count) for (const answer of answers) answer();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const FETCH = 'export const handler = async (url) => (await fetch(url)).text();';

test('invocations at the same time run in environments of their own, as many as allowed', async () => {
  const lambda = startFunction(FETCH, { maxConcurrency: 3 });
  const url = await gate(3);
  const results = await Promise.all([lambda.invoke(url), lambda.invoke(url), lambda.invoke(url)]);
  expect(results).toEqual(Array(3).fill({ ok: true, payload: 'open' }));
  expect(lambda.stats().workers).toBe(3);
});

test('beyond that they wait', async () => {
  const lambda = startFunction(
    'let now = 0; export const handler = async () => { now += 1; await new Promise((resolve) => setTimeout(resolve, 5)); const most = now; now -= 1; return most; };',
    { maxConcurrency: 2 },
  );
  const results = await Promise.all(Array.from({ length: 50 }, () => payloadOf(lambda.invoke(null))));
  expect(results).toEqual(Array(50).fill(1));
  expect(lambda.stats().workers).toBeLessThanOrEqual(2);
});

test('it grows when told so: one at a time, and no further than allowed', async () => {
  const lambda = startFunction('export const handler = async (event) => event;', { maxConcurrency: 2 });
  lambda.grow();
  lambda.grow();
  expect(lambda.environments()).toBe(1);
  await lambda.invoke(0);
  lambda.grow();
  expect(lambda.environments()).toBe(2);
  await eventually(() => expect(lambda.stats().initMs).toHaveLength(2));
  lambda.grow();
  expect(lambda.environments()).toBe(2);
});

test('a busy moment alone starts no second environment', async () => {
  const lambda = startFunction('export const handler = async (event) => event;', { maxConcurrency: 10 });
  await lambda.invoke(0);
  const events = Array.from({ length: 50 }, (_, index) => index);
  expect(await Promise.all(events.map((event) => payloadOf(lambda.invoke(event))))).toEqual(events);
  expect(lambda.stats().workers).toBe(1);
});

test('after a reload invocations run the new code, and those under way end', async () => {
  const lambda = startFunction(FETCH);
  const url = await gate(2);
  const old = lambda.invoke(url);
  await eventually(() => expect(lambda.stats().invocations).toBe(1));

  lambda.write(
    "export const handler = async (url) => (url === '' ? 'new' : 'new ' + (await (await fetch(url)).text()));",
  );
  lambda.reload();
  expect(await payloadOf(lambda.invoke(''))).toBe('new');
  expect(await payloadOf(lambda.invoke(url))).toBe('new open');
  expect(await payloadOf(old)).toBe('open');
  await eventually(() => expect(lambda.stats().workers).toBe(1));
});

test('a reload reaches idle environments, and those that are starting', async () => {
  const lambda = startFunction('export const handler = async () => 1;');
  const starting = lambda.invoke(null);
  lambda.write('export const handler = async () => 2;');
  lambda.reload();
  expect(await payloadOf(starting)).toBe(2);
  lambda.write('export const handler = async () => 3;');
  lambda.reload();
  expect(await payloadOf(lambda.invoke(null))).toBe(3);
  await eventually(() => expect(lambda.stats().workers).toBe(1));
});

test('stop ends what is under way, and what waits', async () => {
  const lambda = startFunction(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));',
  );
  const invocations = [lambda.invoke(null), lambda.invoke(null)];
  await eventually(() => expect(lambda.stats().invocations).toBe(1));
  await lambda.stop();
  for (const result of await Promise.all([...invocations, lambda.invoke(null)])) {
    expect(result).toMatchObject({ ok: false, errorType: 'Sandbox.Stopped' });
  }
  expect(lambda.stats().workers).toBe(0);
  expect(lambda.lines).toEqual([]);
});

test('names under .localhost resolve, for fetch, http and the dns module alike', async () => {
  const lambda = startFunction(`
    import dns from 'node:dns';
    import http from 'node:http';
    export const handler = async (port) => {
      const url = \`http://sync-states.localhost:\${port}\`;
      const byFetch = await (await fetch(url)).text();
      const byHttp = await new Promise((resolve, reject) =>
        http.get(url, (response) => response.setEncoding('utf8').on('data', resolve)).on('error', reject));
      const one = await new Promise((resolve) => dns.lookup('a.b.localhost', (_error, address, family) => resolve([address, family])));
      const six = await new Promise((resolve) => dns.lookup('a.localhost', 4, (_error, address) => resolve(address)));
      const other = await new Promise((resolve) => dns.lookup('127.0.0.1', { all: true }, (_error, addresses) => resolve(addresses)));
      return [byFetch, byHttp, one, six, other];
    };
  `);
  const port = Number(new URL(await gate(1)).port);
  expect(await payloadOf(lambda.invoke(port))).toEqual([
    'open',
    'open',
    ['127.0.0.1', 4],
    '127.0.0.1',
    [{ address: '127.0.0.1', family: 4 }],
  ]);
});

test('the SDK inside finds its endpoint and credentials in the environment', async () => {
  const engine = await startMessaging();
  const { arn, url } = engine.createQueue('work', {});
  const lambda = startFunction(
    `import { SendMessageCommand, SQSClient } from '${import.meta.resolve('@aws-sdk/client-sqs')}';
    const client = new SQSClient();
    export const handler = async (MessageBody) => {
      await client.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody }));
      return (await client.config.credentials()).accessKeyId;
    };`,
    { environment: { QUEUE_URL: url, AWS_ENDPOINT_URL_SQS: engine.endpoint } },
  );
  expect(await payloadOf(lambda.invoke('hello'))).toBe('TestFunction');
  expect(engine.peek(arn)).toMatchObject([{ body: 'hello' }]);
});
