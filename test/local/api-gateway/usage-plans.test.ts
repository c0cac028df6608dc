import { describe, expect, test } from 'vitest';
import type { QuotaPeriod, UsagePlanDefinition } from '../../../local/api-gateway/definition.ts';
import { Quota } from '../../../local/api-gateway/quota.ts';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import type { JsonObject } from '../../../local/aws.ts';
import { answer, answering, authorized, authorizer, statement } from './authorizing.ts';
import { type Answered, api, type FakeAws, method, type Started, send, start } from './support.ts';

const STAGES = [{ apiId: 'api-id', stage: 'prod' }];
const APP = { id: 'app', value: 'the key of the app' };
const SHOP = { id: 'shop', value: 'the key of the shop' };
const REFUSED = [403, 'ForbiddenException', '{"message":"Forbidden"}'];
const THROTTLED = [429, 'TooManyRequestsException', '{"message":"Too Many Requests"}'];
const EXCEEDED = [429, 'LimitExceededException', '{"message":"Limit Exceeded"}'];

function plan(parts: Partial<UsagePlanDefinition> = {}): UsagePlanDefinition {
  return { id: 'plan', stages: STAGES, keys: [APP], ...parts };
}

/** An API whose `POST /things` needs a key. */
function metered(usagePlans: UsagePlanDefinition[], parts: Parameters<typeof api>[0] = {}) {
  return api({ methods: [method({}, { ApiKeyRequired: true })], usagePlans, ...parts });
}

function withKey(server: Started, key: string = APP.value, headers: Record<string, string> = {}) {
  return send(server, { headers: { 'X-API-Key': key, ...headers } });
}

function outcome({ status, headers, body }: Answered) {
  return [status, headers['x-amzn-errortype'], body];
}

describe('a method that needs a key', () => {
  test('is there for keys of a plan of its stage', async () => {
    const server = await start(metered([plan({ keys: [APP] }), plan({ id: 'other', keys: [SHOP] })]));
    expect((await withKey(server)).status).toBe(200);
    expect((await withKey(server, SHOP.value)).status).toBe(200);
  });

  test.each<[string, UsagePlanDefinition[], string | undefined]>([
    ['no key', [plan()], undefined],
    ['an empty key', [plan()], ''],
    ['an unknown key', [plan()], 'unknown'],
    ['a key in another case', [plan()], APP.value.toUpperCase()],
    ['the key’s id', [plan()], APP.id],
    ['a key of a plan of another API', [plan({ stages: [{ apiId: 'other', stage: 'prod' }] })], APP.value],
    ['a key where there are no plans', [], APP.value],
  ])('is forbidden to %s', async (_what, plans, key) => {
    const server = await start(metered(plans));
    const answered = key === undefined ? await send(server) : await withKey(server, key);
    expect(outcome(answered)).toEqual(REFUSED);
    expect(server.calls).toEqual([]);
  });

  test('tells it in the context, others do not', async () => {
    const RequestTemplates = {
      'application/json': '{"key":"$context.identity.apiKey","id":"$context.identity.apiKeyId"}',
    };
    const methods = [
      method({ RequestTemplates }, { ApiKeyRequired: true }),
      method({ RequestTemplates }, { HttpMethod: 'PUT', ApiKeyRequired: false }),
    ];
    const server = await start(metered([plan()], { methods }));
    await withKey(server);
    await send(server, { method: 'PUT', headers: { 'x-api-key': APP.value } });
    expect(server.calls.map(({ input }) => input)).toEqual([
      { key: APP.value, id: APP.id },
      { key: '', id: '' },
    ]);
  });

  test('tells it in proxy events', async () => {
    const methods = [method({ Type: 'AWS_PROXY', Uri: authorizer().uri }, { ApiKeyRequired: true })];
    const server = await start(metered([plan()], { methods }));
    await withKey(server);
    const event = server.calls[0]?.input.Payload as { requestContext: JsonObject };
    expect(event.requestContext.identity).toMatchObject({ apiKey: APP.value, apiKeyId: APP.id });
  });
});

describe('the authorizer as the key’s source', () => {
  const authorizers = [authorizer()];
  const methods = [authorized({}, { ApiKeyRequired: true })];

  test.each<[string, JsonObject, number]>([
    ['the key that it answers', { usageIdentifierKey: APP.value }, 200],
    ['an unknown key', { usageIdentifierKey: 'unknown' }, 403],
    ['no key', {}, 403],
  ])('counts %s, whatever the header says', async (_what, parts, status) => {
    const definition = metered([plan()], { methods, authorizers, apiKeySource: 'AUTHORIZER' });
    const server = await start(
      definition,
      answering(() => answer(parts)),
    );
    expect((await withKey(server, APP.value, { authorization: 'token' })).status).toBe(status);
  });

  test('has no key for methods without an authorizer', async () => {
    const server = await start(metered([plan()], { apiKeySource: 'AUTHORIZER' }));
    expect(outcome(await withKey(server))).toEqual(REFUSED);
  });

  test('plays no part where keys come in the header', async () => {
    const fake: FakeAws = answering(() => answer({ usageIdentifierKey: 'unknown' }));
    const server = await start(metered([plan()], { methods, authorizers }), fake);
    expect((await withKey(server, APP.value, { authorization: 'token' })).status).toBe(200);
  });
});

describe('a plan', () => {
  const quota = { limit: 2, period: 'DAY' } as const;
  const throttle = { rateLimit: 0, burstLimit: 1 };

  async function outcomes(server: Started, keys: readonly string[]) {
    const all = [];
    for (const key of keys) all.push(outcome(await withKey(server, key)));
    return all;
  }
  const PASSED = [200, undefined, '{}'];

  test('throttles each key for itself', async () => {
    const server = await start(metered([plan({ keys: [APP, SHOP], throttle })]));
    const keys = [APP.value, SHOP.value, APP.value, SHOP.value];
    expect(await outcomes(server, keys)).toEqual([PASSED, PASSED, THROTTLED, THROTTLED]);
  });

  test('with a rate and no burst gets the account’s burst', async () => {
    const server = await start(metered([plan({ throttle: { rateLimit: 0 } })]));
    expect(await outcomes(server, [APP.value, APP.value])).toEqual([PASSED, PASSED]);
  });

  test('has a quota for each key', async () => {
    const server = await start(metered([plan({ keys: [APP, SHOP], quota })]));
    const keys = [APP.value, APP.value, APP.value, SHOP.value];
    expect(await outcomes(server, keys)).toEqual([PASSED, PASSED, EXCEEDED, PASSED]);
  });

  test('of one key counts for itself', async () => {
    const strict = plan({ quota: { limit: 0, period: 'MONTH' } });
    const server = await start(metered([strict, plan({ id: 'other', keys: [SHOP], quota })]));
    expect(await outcomes(server, [APP.value, SHOP.value])).toEqual([EXCEEDED, PASSED]);
  });

  test('counts over all its APIs', async () => {
    const shared = plan({ stages: [...STAGES, { apiId: 'second', stage: 'prod' }], quota });
    const first = await start(metered([shared]));
    const second = await start(metered([shared], { id: 'second' }));
    expect(await outcomes(first, [APP.value])).toEqual([PASSED]);
    expect(await outcomes(second, [APP.value, APP.value])).toEqual([PASSED, EXCEEDED]);
  });

  test('says which key it was in its refusal', async () => {
    const responseTemplates = {
      'application/json': '$context.error.responseType $context.identity.apiKeyId',
    };
    const gatewayResponses = ['INVALID_API_KEY', 'QUOTA_EXCEEDED'].map((responseType) => ({
      responseType,
      responseTemplates,
      responseParameters: {},
    }));
    const strict = plan({ quota: { limit: 0, period: 'WEEK' } });
    const server = await start(metered([strict], { gatewayResponses }));
    expect((await withKey(server)).body).toBe('QUOTA_EXCEEDED app');
    expect((await withKey(server, 'unknown')).body).toBe('INVALID_API_KEY ');
  });
});

describe('the order is', () => {
  const stage = { name: 'prod', variables: {}, throttlingRateLimit: 0, throttlingBurstLimit: 0 };

  test('authorizer, key', async () => {
    const definition = metered([plan()], {
      methods: [authorized({}, { ApiKeyRequired: true })],
      authorizers: [authorizer()],
    });
    const fake = answering(({ authorizationToken }) =>
      answer({}, [statement(authorizationToken === 'good' ? 'Allow' : 'Deny')]),
    );
    const server = await start(definition, fake);
    expect((await send(server)).status).toBe(401);
    expect((await send(server, { headers: { authorization: 'bad' } })).headers['x-amzn-errortype']).toBe(
      'AccessDeniedException',
    );
    expect(outcome(await send(server, { headers: { authorization: 'good' } }))).toEqual(REFUSED);
  });

  test('key, the plan’s quota, the stage’s throttle', async () => {
    const server = await start(metered([plan({ quota: { limit: 1, period: 'DAY' } })], { stage }));
    expect(outcome(await send(server))).toEqual(REFUSED);
    expect(outcome(await withKey(server))).toEqual(THROTTLED);
    expect(outcome(await withKey(server))).toEqual(EXCEEDED);
  });

  test('the plan’s throttle, its quota: what is throttled is not counted', async () => {
    const limits = { throttle: { rateLimit: 0, burstLimit: 0 }, quota: { limit: 0, period: 'DAY' } as const };
    const server = await start(metered([plan(limits)]));
    expect(outcome(await withKey(server))).toEqual(THROTTLED);
  });

  test('the stage’s throttle, the validation', async () => {
    const RequestParameters = { 'method.request.header.x-needed': true };
    const validated = method(
      {},
      { ApiKeyRequired: true, RequestValidatorId: 'everything', RequestParameters },
    );
    const server = await start(metered([plan()], { methods: [validated], stage }));
    expect(outcome(await withKey(server))).toEqual(THROTTLED);
    const unlimited = await start(metered([plan()], { methods: [validated] }));
    expect((await withKey(unlimited)).status).toBe(400);
  });
});

/** A Wednesday. */
const NOON = Date.UTC(2026, 0, 14, 12);
const HOUR = 3_600_000;

test.each<[QuotaPeriod, number, number]>([
  ['DAY', Date.UTC(2026, 0, 14), Date.UTC(2026, 0, 15)],
  ['WEEK', Date.UTC(2026, 0, 11), Date.UTC(2026, 0, 18)],
  ['MONTH', Date.UTC(2026, 0), Date.UTC(2026, 1)],
])('a quota of a %s counts from its start to its end', (period, start, end) => {
  let now = NOON;
  const quota = new Quota(2, period, () => now);
  const take = (times: number) => Array.from({ length: times }, () => quota.take());
  now = start - 1;
  expect(take(3)).toEqual([true, true, false]);
  now = start;
  expect(take(1)).toEqual([true]);
  now = NOON;
  expect(take(2)).toEqual([true, false]);
  now = end - HOUR;
  expect(take(1)).toEqual([false]);
  now = end;
  expect(take(3)).toEqual([true, true, false]);
});

describe('refuses', () => {
  test.each<[string, UsagePlanDefinition[], string]>([
    [
      'a stage that is not there',
      [plan({ stages: [{ apiId: 'api-id', stage: 'typo' }] })],
      'usage plan plan: there is no stage typo',
    ],
    [
      'a key in two plans of one stage',
      [plan(), plan({ id: 'other' })],
      'usage plan other: the key app is in two plans of one stage',
    ],
  ])('%s', (_what, plans, message) => {
    expect(() =>
      createRestApi(
        metered(plans),
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });
});
