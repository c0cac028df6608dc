import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import type { RunAs } from '../../../local/dynamodb/consumption.ts';
import { type Ask, createFront, type Front } from '../../../local/dynamodb/front.ts';

const AUTHORIZATION = 'AWS4-HMAC-SHA256 Credential=Caller/20261122/eu-central-1/dynamodb/aws4_request';
const PREFIX = 'com.amazonaws.dynamodb.v20120810#';

const run = vi.fn<RunAs>();
const ask = vi.fn<Ask>();
let front: Front;
let url: string;

beforeEach(async () => {
  run.mockReset().mockResolvedValue({ statusCode: 200, body: { Item: { id: { S: 'ä🚗' } } } });
  ask.mockReset().mockResolvedValue(undefined);
  front = createFront(run, ask);
  await new Promise<void>((resolve) => front.server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(front.server.address() as AddressInfo).port}`;
  onTestFinished(() => {
    front.server.closeAllConnections();
    front.server.close();
  });
});

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: JsonObject;
}

async function overHttp(body: string, headers: Record<string, string>): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers, body });
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: (await response.json()) as JsonObject };
}

async function throughPort(text: string, headers: Record<string, string>): Promise<Answer> {
  const { statusCode, contentType, body } = await front.answer({ headers, body: text });
  return { status: statusCode, type: contentType, body: JSON.parse(body) };
}

describe.each([
  ['over HTTP', overHttp],
  ['through a port', throughPort],
])('%s', (_way, post) => {
  const target = { 'x-amz-target': 'DynamoDB_20120810.GetItem', authorization: AUTHORIZATION };

  test('a request is run in the name of its caller, and answered', async () => {
    expect(await post('{"Key":{"id":{"S":"ä🚗"}}}', target)).toEqual({
      status: 200,
      type: 'application/x-amz-json-1.0',
      body: { Item: { id: { S: 'ä🚗' } } },
    });
    expect(run.mock.calls).toEqual([['GetItem', { Key: { id: { S: 'ä🚗' } } }, 'Caller']]);
    // Who is asked what goes wrong is another thread.
    expect(ask).not.toHaveBeenCalled();
  });

  test.each(['', '{', '5', '"x"', 'null', '[]'])('a body that is no object is refused: %j', async (body) => {
    expect(await post(body, target)).toMatchObject({
      status: 400,
      body: { __type: `${PREFIX}SerializationException` },
    });
    expect(run).not.toHaveBeenCalled();
  });

  test('what the database refuses is the answer', async () => {
    run.mockResolvedValue({ statusCode: 400, body: { __type: `${PREFIX}ValidationException` } });
    expect(await post('{}', target)).toMatchObject({
      status: 400,
      body: { __type: `${PREFIX}ValidationException` },
    });
  });

  test('a request that names no action is one for the database to refuse', async () => {
    await post('{}', {});
    expect(run.mock.calls).toEqual([[expect.not.stringMatching(/^GetItem$/), {}, expect.any(String)]]);
  });

  describe('where something goes wrong', () => {
    const failure = { name: 'InternalServerError', message: 'a fault', status: 500 };
    beforeEach(() => front.setFaults(true));

    test('it is asked for each request, and nothing may be the answer', async () => {
      expect(await post('{"a":1}', target)).toMatchObject({ status: 200 });
      expect(ask.mock.calls).toEqual([['GetItem', { a: 1 }]]);
      front.setFaults(false);
      await post('{}', target);
      expect(ask).toHaveBeenCalledTimes(1);
    });

    test('a failure takes the place of the answer, without the effect', async () => {
      ask.mockResolvedValue({ delayMs: 0, failure: { ...failure, effect: false } });
      expect(await post('{}', target)).toMatchObject({
        status: 500,
        body: { __type: `${PREFIX}InternalServerError`, message: 'a fault' },
      });
      expect(run).not.toHaveBeenCalled();
    });

    test('or after it, unless the database refuses', async () => {
      ask.mockResolvedValue({ delayMs: 0, failure: { ...failure, effect: true } });
      expect(await post('{}', target)).toMatchObject({ status: 500 });
      expect(run).toHaveBeenCalledTimes(1);
      run.mockResolvedValue({ statusCode: 400, body: { __type: `${PREFIX}ValidationException` } });
      expect(await post('{}', target)).toMatchObject({ status: 400 });
    });

    test('a delay alone is nothing but late', async () => {
      ask.mockResolvedValue({ delayMs: 1 });
      expect(await post('{}', target)).toMatchObject({ status: 200 });
      expect(run).toHaveBeenCalledTimes(1);
    });
  });
});

test('clients that break off, before or after their request is whole, disturb nobody', async () => {
  const running = Promise.withResolvers<Awaited<ReturnType<RunAs>>>();
  run.mockReturnValueOnce(running.promise);
  const head = 'POST / HTTP/1.1\r\nhost: x\r\nx-amz-target: D.PutItem\r\ncontent-length: 2\r\n\r\n';
  for (const sent of [`${head}{`, `${head}{}`]) {
    const closed = new Promise((resolve) =>
      front.server.once('connection', (socket) => socket.once('close', resolve)),
    );
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write(sent);
    // The whole one is under way when its client goes.
    if (sent.endsWith('}')) await vi.waitFor(() => expect(run).toHaveBeenCalled());
    else await once(client, 'connect');
    client.destroy();
    await closed;
  }
  running.resolve({ statusCode: 200, body: {} });
  expect(await overHttp('{}', { 'x-amz-target': 'D.GetItem' })).toMatchObject({ status: 200 });
  expect(run.mock.calls.map(([action]) => action)).toEqual(['PutItem', 'GetItem']);
});
