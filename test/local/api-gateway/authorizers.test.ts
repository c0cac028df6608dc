import { describe, expect, test } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { AwsError, type Json, type JsonObject } from '../../../local/aws.ts';
import {
  AUTHORIZER_FUNCTION,
  AUTHORIZER_ROLE,
  answer,
  answering,
  authorized,
  authorizer,
  events,
  failing,
  guardedApi,
  METHOD_ARN,
  statement,
} from './authorizing.ts';
import { type Answered, type FakeAws, method, type Sent, send, start } from './support.ts';

const WITH_TOKEN: Sent = { headers: { authorization: 'Bearer abc' } };
const ECHO = [{ StatusCode: '200' }];
const RESOURCES = [{ id: 'things', parentId: 'root', pathPart: 'things' }];

/** The status, the error's type and the body. */
function outcome({ status, headers, body }: Answered) {
  return [status, headers['x-amzn-errortype'], body];
}

const allowing = answering(() => answer());

async function sendGuarded(fake: FakeAws, sent: Sent = WITH_TOKEN) {
  const server = await start(guardedApi(), fake);
  return { ...server, answered: await send(server, sent) };
}

describe('the token', () => {
  const UNAUTHORIZED = [401, 'UnauthorizedException', '{"message":"Unauthorized"}'];

  test.each<[string, Sent]>([
    ['missing', {}],
    ['empty', { headers: { authorization: '' } }],
    ['in another header', { headers: { 'x-authorization': 'Bearer abc' } }],
  ])('%s is a 401, and the function is not called', async (_what, sent) => {
    const { answered, calls } = await sendGuarded(allowing, sent);
    expect(outcome(answered)).toEqual(UNAUTHORIZED);
    expect(calls).toEqual([]);
  });

  test.each([
    ['Bearer abc', 200],
    ['Bearer abc def', 401],
    ['xBearer abc', 401],
    ['bearer abc', 401],
  ])('%s has to match the validation expression as a whole: %d', async (authorization, status) => {
    const authorizers = [authorizer({ validationExpression: 'Bearer [a-z]+' })];
    const server = await start(guardedApi({ authorizers }), allowing);
    expect((await send(server, { headers: { authorization } })).status).toBe(status);
    expect(server.calls).toHaveLength(status === 200 ? 2 : 0);
  });

  test('any is one where the validation expression is empty', async () => {
    const server = await start(
      guardedApi({ authorizers: [authorizer({ validationExpression: '' })] }),
      allowing,
    );
    expect((await send(server, WITH_TOKEN)).status).toBe(200);
  });

  test('that the function fails for with “Unauthorized” is a 401', async () => {
    const { answered, lines } = await sendGuarded(failing('Unauthorized'));
    expect(outcome(answered)).toEqual(UNAUTHORIZED);
    expect(lines).toEqual([]);
  });
});

describe('the function', () => {
  test('gets the token and the method’s ARN, in the authorizer’s role', async () => {
    const { answered, calls } = await sendGuarded(allowing);
    expect(answered.status).toBe(200);
    const Payload = { type: 'TOKEN', methodArn: METHOD_ARN, authorizationToken: 'Bearer abc' };
    expect(calls[0]).toEqual({
      service: 'lambda',
      action: 'Invoke',
      input: { FunctionName: AUTHORIZER_FUNCTION, Payload },
      role: AUTHORIZER_ROLE,
    });
    expect(calls).toHaveLength(2);
  });

  test('is called by API Gateway itself where there is no role', async () => {
    const authorizers = [authorizer({ credentials: undefined })];
    const server = await start(guardedApi({ authorizers }), allowing);
    await send(server, WITH_TOKEN);
    expect(server.calls[0]?.role).toBe('apigateway.amazonaws.com');
  });

  test.each([
    ['/', 'GET/'],
    ['/things/a%20b?x=y', 'GET/things/a%20b'],
  ])('of %s gets the path without its first slash and its query', async (path, end) => {
    const resources = [...RESOURCES, { id: 'thing', parentId: 'things', pathPart: '{id}' }];
    const get = (ResourceId: string) => authorized({}, { HttpMethod: 'GET', ResourceId });
    const server = await start(guardedApi({ resources, methods: [get('root'), get('thing')] }), allowing);
    expect((await send(server, { ...WITH_TOKEN, method: 'GET', path })).status).toBe(200);
    expect(events(server.calls)[0]?.methodArn).toBe(METHOD_ARN.replace('POST/things', end));
  });

  test('is not asked by methods without an authorizer', async () => {
    const server = await start(guardedApi({ methods: [method()] }), allowing);
    expect((await send(server)).status).toBe(200);
    expect(events(server.calls)).toEqual([]);
  });

  test('is not asked about a path too long for the method’s ARN', async () => {
    const resources = [{ id: 'things', parentId: 'root', pathPart: '{any}' }];
    const server = await start(guardedApi({ resources }), allowing);
    const answered = await send(server, { ...WITH_TOKEN, path: `/${'x'.repeat(1600)}` });
    expect(answered).toMatchObject({ status: 414, body: '{"message":"Request URI too long"}' });
    expect(server.calls).toEqual([]);
  });
});

describe('without an answer', () => {
  test.each(['unauthorized', 'Unauthorized: expired', '', 'Task timed out'])(
    'because the function fails with “%s”, it is a 500',
    async (message) => {
      const { answered, lines } = await sendGuarded(failing(message));
      expect(outcome(answered)).toEqual([500, 'AuthorizerFailureException', '{"message":null}']);
      expect(lines[0]).toMatch(/^api-id: authorizer Tokens: the function failed: /);
    },
  );

  test.each([
    ['it may not be called', new AwsError('AccessDeniedException', 'not you')],
    ['it is not there', new Error('There is no function authorizer')],
  ])('because %s, it is a 500 of the configuration', async (_what, error) => {
    const { answered, lines } = await sendGuarded(() => Promise.reject(error));
    expect(outcome(answered)).toEqual([500, 'AuthorizerConfigurationException', '{"message":null}']);
    expect(lines).toEqual([`api-id: authorizer Tokens: ${error.message}`]);
  });

  const { principalId, policyDocument } = answer();
  test.each<[string, Json]>([
    ['null', null],
    ['text', 'Allow'],
    ['no principal', { policyDocument: policyDocument ?? null }],
    ['a principal that is no text', answer({ principalId: 7 })],
    ['no policy', { principalId: principalId ?? null }],
    ['a policy without statements', answer({ policyDocument: {} })],
    ['an object in the context', answer({ context: { roles: { admin: true } } })],
    ['a list in the context', answer({ context: { roles: ['admin'] } })],
    ['a null in the context', answer({ context: { role: null } })],
    ['a context that is none', answer({ context: 'admin' })],
    ['a key that is no text', answer({ usageIdentifierKey: 7 })],
    ['an effect that is none', answer({}, [statement('allow')])],
    ['a statement without an action', answer({}, [{ Effect: 'Allow', Resource: '*' }])],
    ['a condition', answer({}, [{ ...statement('Allow'), Condition: {} }])],
    ['what it does not concern', answer({}, [{ Effect: 'Deny', Action: '*', NotResource: '*' }])],
  ])('%s is a 500 of the configuration', async (_what, returned) => {
    const { answered, calls, lines } = await sendGuarded(answering(() => returned));
    expect(outcome(answered)).toEqual([500, 'AuthorizerConfigurationException', '{"message":null}']);
    expect(calls).toHaveLength(1);
    expect(lines).toEqual([
      expect.stringMatching(/^api-id: authorizer Tokens: the function's answer is none .*$/),
    ]);
  });
});

describe('the policy', () => {
  const DENIED = 'User is not authorized to access this resource';
  const EXPLICITLY = `${DENIED} with an explicit deny`;
  const of = (pattern: string) => METHOD_ARN.replace('POST/things', pattern);

  test.each<[string, Json, string | undefined]>([
    ['that allows the method', statement('Allow', METHOD_ARN), undefined],
    ['that allows it among others', [statement('Allow', [of('GET/*'), METHOD_ARN])], undefined],
    ['that allows its path', [statement('Allow', of('*/things'))], undefined],
    ['that allows its stage', [statement('Allow', of('*'))], undefined],
    ['that allows paths of its length', [statement('Allow', of('POST/th?ngs'))], undefined],
    [
      'that allows what only looks alike',
      [statement('Allow', METHOD_ARN.replace('api-id', 'api.id'))],
      DENIED,
    ],
    ['that allows a longer path', [statement('Allow', of('POST/things/*'))], DENIED],
    ['that allows another case', [statement('Allow', of('POST/Things'))], DENIED],
    ['that allows nothing', [], DENIED],
    ['that denies', [statement('Deny')], EXPLICITLY],
    ['that denies before it allows', [statement('Deny', METHOD_ARN), statement('Allow')], EXPLICITLY],
    ['that denies after it allows', [statement('Allow'), statement('Deny', of('POST/*'))], EXPLICITLY],
    ['that denies something else', [statement('Deny', of('GET/*')), statement('Allow')], undefined],
    ['of all actions', [statement('Allow', '*', '*')], undefined],
    ['of all of the API’s actions', [statement('Allow', '*', ['s3:*', 'execute-api:*'])], undefined],
    ['of the action in another case', [statement('Allow', '*', 'Execute-API:invoke')], undefined],
    ['of another action', [statement('Allow', '*', 'execute-api:ManageConnections')], DENIED],
    ['that denies another action', [statement('Deny', '*', 's3:*'), statement('Allow')], undefined],
  ])('%s', async (_what, statements, refusal) => {
    const { answered, calls } = await sendGuarded(answering(() => answer({}, statements)));
    if (refusal === undefined) expect(answered.status).toBe(200);
    else expect(outcome(answered)).toEqual([403, 'AccessDeniedException', `{"message":"${refusal}"}`]);
    expect(calls).toHaveLength(refusal === undefined ? 2 : 1);
  });
});

describe('an answer is kept', () => {
  const BOTH = [authorized(), authorized({}, { HttpMethod: 'GET' })];

  test('by token, and its policy evaluated for each method anew', async () => {
    const fake = answering(() => answer({}, [statement('Allow', METHOD_ARN)]));
    const server = await start(guardedApi({ methods: BOTH }), fake);
    const other: Sent = { headers: { authorization: 'Bearer other' } };
    const answers = [
      await send(server, WITH_TOKEN),
      await send(server, { ...WITH_TOKEN, method: 'GET' }),
      await send(server, WITH_TOKEN),
      await send(server, other),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 200]);
    expect(events(server.calls).map((event) => event.authorizationToken)).toEqual([
      'Bearer abc',
      'Bearer other',
    ]);
  });

  test('though it denies', async () => {
    const server = await start(
      guardedApi(),
      answering(() => answer({}, [statement('Deny')])),
    );
    expect((await send(server, WITH_TOKEN)).status).toBe(403);
    expect((await send(server, WITH_TOKEN)).status).toBe(403);
    expect(events(server.calls)).toHaveLength(1);
  });

  test.each<[string, FakeAws, number]>([
    ['if the token is none', failing('Unauthorized'), 401],
    ['if the function fails', failing('oops'), 500],
    ['if it is no answer', answering(() => null), 500],
  ])('but not %s', async (_what, fake, status) => {
    const server = await start(guardedApi(), fake);
    expect((await send(server, WITH_TOKEN)).status).toBe(status);
    expect((await send(server, WITH_TOKEN)).status).toBe(status);
    expect(events(server.calls)).toHaveLength(2);
  });

  test('but not if its time to live is 0', async () => {
    const server = await start(guardedApi({ authorizers: [authorizer({ resultTtlSeconds: 0 })] }), allowing);
    await send(server, WITH_TOKEN);
    await send(server, WITH_TOKEN);
    expect(events(server.calls)).toHaveLength(2);
  });

  test('by each authorizer for itself', async () => {
    const authorizers = [authorizer(), authorizer({ id: 'others', name: 'Others' })];
    const methods = [authorized(), authorized({}, { HttpMethod: 'GET', AuthorizerId: 'others' })];
    const server = await start(guardedApi({ authorizers, methods }), allowing);
    await send(server, WITH_TOKEN);
    await send(server, { ...WITH_TOKEN, method: 'GET' });
    expect(events(server.calls)).toHaveLength(2);
  });
});

describe('the context', () => {
  const context = { text: 'a "b"', number: 7, truth: true, 'with-dash': 'x' };
  const known = answering(() => answer({ context, usageIdentifierKey: 'key' }));

  test('is there for mapping templates, as text; what it lacks is empty', async () => {
    const template =
      '{"id":"$context.authorizer.principalId","n":"$context.authorizer.number","t":"$context.authorizer.truth",' +
      '"d":"$context.authorizer.with-dash","length":$context.authorizer.text.length(),"none":"$context.authorizer.none",' +
      '"empty":#if($context.authorizer.none == "")true#{else}false#end}';
    const methods = [authorized({ RequestTemplates: { 'application/json': template } })];
    const server = await start(guardedApi({ methods }), known);
    expect((await send(server, WITH_TOKEN)).status).toBe(200);
    const input = { id: 'user', n: '7', t: 'true', d: 'x', length: 5, none: '', empty: true };
    expect(server.calls[1]?.input).toEqual(input);
  });

  test('is empty for methods without an authorizer', async () => {
    const template = '{"id":"$context.authorizer.principalId"}';
    const methods = [method({ RequestTemplates: { 'application/json': template } })];
    const server = await start(guardedApi({ methods }), known);
    await send(server);
    expect(server.calls[0]?.input).toEqual({ id: '' });
  });

  test('is there for parameter mappings', async () => {
    const ResponseParameters = {
      'method.response.header.x-principal': 'context.authorizer.principalId',
      'method.response.header.x-none': 'context.authorizer.none',
    };
    const declared = { 'method.response.header.x-principal': true, 'method.response.header.x-none': true };
    const methods = [
      authorized(
        { IntegrationResponses: [{ StatusCode: '200', ResponseParameters }] },
        { MethodResponses: [{ StatusCode: '200', ResponseParameters: declared }] },
      ),
    ];
    const server = await start(guardedApi({ methods }), known);
    const { headers } = await send(server, WITH_TOKEN);
    expect(headers).toMatchObject({ 'x-principal': 'user', 'x-none': '' });
  });

  test('is there for gateway responses, of a refusal by the policy too', async () => {
    const gatewayResponses = ['ACCESS_DENIED', 'UNAUTHORIZED'].map((responseType) => ({
      responseType,
      responseTemplates: {
        'application/json': '{"who":"$context.authorizer.principalId","t":"$context.authorizer.text"}',
      },
      responseParameters: { 'gatewayresponse.header.x-number': 'context.authorizer.number' },
    }));
    const fake = answering(() => answer({ context }, []));
    const server = await start(guardedApi({ gatewayResponses }), fake);
    const { status, headers, body } = await send(server, WITH_TOKEN);
    expect([status, headers['x-number'], JSON.parse(body)]).toEqual([403, '7', { who: 'user', t: 'a "b"' }]);
    const unknown = await send(server);
    expect([unknown.status, JSON.parse(unknown.body)]).toEqual([401, { who: '', t: '' }]);
  });

  test('is there in proxy events', async () => {
    const Uri = authorizer().uri.replace(
      AUTHORIZER_FUNCTION,
      AUTHORIZER_FUNCTION.replace('authorizer', 'proxy'),
    );
    const proxied = { Type: 'AWS_PROXY', Uri };
    const methods = [authorized(proxied), method(proxied, { HttpMethod: 'GET' })];
    const server = await start(guardedApi({ methods }), known);
    await send(server, WITH_TOKEN);
    await send(server, { method: 'GET' });
    const [, first, second] = server.calls.map(
      ({ input }) => input.Payload as { requestContext: JsonObject },
    );
    const strings = { text: 'a "b"', number: '7', truth: 'true', 'with-dash': 'x' };
    expect(first?.requestContext.authorizer).toEqual({ ...strings, principalId: 'user' });
    expect(second?.requestContext).not.toHaveProperty('authorizer');
  });
});

describe('the authorizer is asked', () => {
  test('before the throttle and the validation', async () => {
    const stage = { name: 'prod', variables: {}, throttlingRateLimit: 0, throttlingBurstLimit: 1 };
    const RequestParameters = { 'method.request.header.x-needed': true };
    const methods = [
      authorized({ IntegrationResponses: ECHO }, { RequestValidatorId: 'everything', RequestParameters }),
    ];
    const server = await start(guardedApi({ methods, stage }), allowing);
    const statuses = [];
    for (const sent of [{}, WITH_TOKEN, WITH_TOKEN]) statuses.push((await send(server, sent)).status);
    expect(statuses).toEqual([401, 400, 429]);
  });
});

describe('refuses', () => {
  const lambda = authorizer().uri;
  test.each<[string, Parameters<typeof guardedApi>[0], string]>([
    [
      'a method whose authorizer is not there',
      { authorizers: [] },
      'POST /things: AuthorizerId: there is no authorizer tokens',
    ],
    [
      'a method that names none',
      { methods: [authorized({}, { AuthorizerId: undefined })] },
      'POST /things: AuthorizerId: missing',
    ],
    [
      'an authorizer that plays no part',
      { methods: [authorized({}, { AuthorizationType: 'NONE' })] },
      'POST /things: AuthorizerId: the AuthorizationType has to be CUSTOM',
    ],
    [
      'another authorization',
      { methods: [authorized({}, { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: undefined })] },
      'POST /things: AuthorizationType: COGNITO_USER_POOLS is not supported',
    ],
    [
      'a URI of something else',
      { authorizers: [authorizer({ uri: 'https://tokens' })] },
      'authorizer Tokens: AuthorizerUri: https://tokens is not supported',
    ],
    [
      'another region',
      { authorizers: [authorizer({ uri: lambda.replace('eu-central-1', 'eu-west-1') })] },
      'authorizer Tokens: AuthorizerUri: there is no region eu-west-1 here',
    ],
    [
      'a time to live beyond an hour',
      { authorizers: [authorizer({ resultTtlSeconds: 3601 })] },
      'authorizer Tokens: AuthorizerResultTtlInSeconds: 3601 is not between 0 and 3600',
    ],
    [
      'a regular expression of Java’s own',
      { authorizers: [authorizer({ validationExpression: '\\p{Alpha}+' })] },
      'authorizer Tokens: IdentityValidationExpression: "\\p" in the regular expression',
    ],
    [
      'the whole context in a template',
      { methods: [authorized({ RequestTemplates: { 'application/json': '$context.authorizer' } })] },
      '$context.authorizer is not supported',
    ],
  ])('%s', (_what, parts, message) => {
    expect(() =>
      createRestApi(
        guardedApi(parts),
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });
});
