import { describe, expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { TokenBucket } from '../../../local/api-gateway/throttle.ts';
import { api, method, send, start } from './support.ts';

describe('AWS_IAM', () => {
  const definition = api({ methods: [method({}, { AuthorizationType: 'AWS_IAM' })] });

  test.each([
    [undefined, 403],
    ['Bearer token', 403],
    ['AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-central-1/execute-api/aws4_request, Signature=x', 200],
  ])('with Authorization %s is a %d', async (authorization, expected) => {
    const server = await start(definition);
    const { status, body } = await send(
      server,
      authorization === undefined ? {} : { headers: { authorization } },
    );
    expect(status).toBe(expected);
    if (expected === 403) expect(body).toBe('{"message":"Missing Authentication Token"}');
  });
});

test('a stage’s throttle lets its burst through and no more', async () => {
  const stage = { name: 'prod', variables: {}, throttlingRateLimit: 0.0001, throttlingBurstLimit: 2 };
  const server = await start(api({ methods: [method()], stage }));
  const answers = [await send(server), await send(server), await send(server)];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
  expect(answers[2]?.body).toBe('{"message":"Too Many Requests"}');
  expect(answers[2]?.headers['x-amzn-errortype']).toBe('TooManyRequestsException');
});

test('a token bucket fills up at its rate to its burst', () => {
  let now = 0;
  const bucket = new TokenBucket(2, 3, () => now);
  const take = (times: number) => Array.from({ length: times }, () => bucket.take());
  expect(take(4)).toEqual([true, true, true, false]);
  now = 499;
  expect(take(1)).toEqual([false]);
  now = 500;
  expect(take(2)).toEqual([true, false]);
  now = 60_000;
  expect(take(4)).toEqual([true, true, true, false]);
});

test.each<[string, object, string]>([
  [
    'user pools',
    { AuthorizationType: 'COGNITO_USER_POOLS' },
    'POST /things: AuthorizationType: COGNITO_USER_POOLS is not supported',
  ],
  [
    'a field it does not read',
    { AuthorizationScopes: ['x'] },
    'POST /things: AuthorizationScopes: not supported',
  ],
])('refuses %s', (_what, parts, message) => {
  const definition = api({ methods: [method({}, parts)] });
  expect(() =>
    createRestApi(
      definition,
      async () => ({}),
      () => {},
    ),
  ).toThrow(message);
});
