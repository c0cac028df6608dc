import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  authorize,
  type Dependencies,
  type Identity,
  TokenRefused,
} from '../../functions/event-creation/authorize/authorize.ts';

const API = 'arn:aws:execute-api:eu-central-1:111122223333:abc123';
const METHOD = `${API}/api/POST/eadrax-vrccs/v4/presentation/remote-commands/horn-blow`;

const dependencies = (identity: Identity): Dependencies => ({
  verify: async (token) => {
    if (token !== 'a.b.c') throw new TokenRefused('another token');
    return identity;
  },
  apiKeyOf: (client) => `stage-${client}`,
});
const known = dependencies({ user: 'demo', client: 'my-app' });
const refusing = (error: unknown): Dependencies => ({ ...known, verify: () => Promise.reject(error) });
/** API Gateway answers 401 to this message, and to no other. */
const UNAUTHORIZED = /^Unauthorized$/;

test('a verified user may call the whole stage, under the app’s key', async () => {
  expect(await authorize('Bearer a.b.c', METHOD, known)).toEqual({
    principalId: 'demo',
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${API}/api/*` }],
    },
    usageIdentifierKey: 'stage-my-app',
  });
});

test('a token that names no app has no key', async () => {
  const answer = await authorize('Bearer a.b.c', METHOD, dependencies({ user: 'demo', client: undefined }));
  expect(answer).not.toHaveProperty('usageIdentifierKey');
  expect(answer.principalId).toBe('demo');
});

test('the answer does not depend on the method: it is cached for all of them', async () => {
  const methods = [METHOD, `${API}/api/GET/`, `${API}/api/GET/a/b/*`, `${API}/api/DELETE/api/prod/x`];
  const answers = await Promise.all(methods.map((method) => authorize('Bearer a.b.c', method, known)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

test.each(['Bearer a.b.c', 'bearer a.b.c', 'BEARER a.b.c'])('%j is read', async (header) => {
  expect(await authorize(header, METHOD, known)).toMatchObject({ principalId: 'demo' });
});

describe('there is no token in', () => {
  const unread: Dependencies = { ...known, verify: async () => expect.unreachable() };
  test.each([
    '',
    ' ',
    'Bearer',
    'Bearer ',
    'Bearer  a.b.c',
    'Bearer a.b.c ',
    ' Bearer a.b.c',
    'Bearer a.b c',
    'Bearer\ta.b.c',
    'Bearer a.b.c\n',
    'Bearer a.b.c, Bearer a.b.c',
    'Basic a.b.c',
    'Bearera.b.c',
    'a.b.c',
  ])('%j', async (header) => {
    await expect(authorize(header, METHOD, unread)).rejects.toThrow(UNAUTHORIZED);
  });

  test('any other text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (header) => {
        await expect(authorize(header, METHOD, unread)).rejects.toThrow(UNAUTHORIZED);
      }),
    );
  });
});

test('a token that is refused is told nothing but that', async () => {
  await expect(authorize('Bearer x.y.z', METHOD, known)).rejects.toThrow(UNAUTHORIZED);
  const expired = refusing(new TokenRefused('expired'));
  await expect(authorize('Bearer a.b.c', METHOD, expired)).rejects.toThrow(UNAUTHORIZED);
});

test.each([new Error('The provider is down'), new TypeError('fetch failed')])(
  'what is not the token’s fault is not told to be: %s',
  async (error) => {
    await expect(authorize('Bearer a.b.c', METHOD, refusing(error))).rejects.toBe(error);
  },
);
