import { describe, expect, test, vi } from 'vitest';
import { createRestApi } from '../../../local/api-gateway/rest-api.ts';
import { AwsError, type JsonObject } from '../../../local/aws.ts';
import { api, GET_ITEM, method, ROLE, send, start } from './support.ts';

const GATEWAY = 'arn:aws:apigateway:eu-central-1';
const FORM = { 'integration.request.header.Content-Type': "'application/x-www-form-urlencoded'" };
const AMZ_JSON = { 'integration.request.header.Content-Type': "'application/x-amz-json-1.0'" };
const FUNCTION = 'arn:aws:lambda:eu-central-1:111122223333:function:f';
const INVOKE = `${GATEWAY}:lambda:path/2015-03-31/functions/${FUNCTION}/invocations`;

const ECHO = [{ StatusCode: '200' }];

describe('DynamoDB and Step Functions', () => {
  test('get the rendered template as their input, in the role of the integration', async () => {
    const RequestTemplates = {
      'application/json': `{"TableName":"t","Key":{"id":{"S":"$input.params('id')"}}}`,
    };
    const server = await start(api({ methods: [method({ RequestTemplates })] }), () => ({
      Item: { id: { S: 'x' } },
    }));
    const { status, headers, body } = await send(server, { path: '/things?id=x' });
    expect(server.calls).toEqual([
      {
        service: 'dynamodb',
        action: 'GetItem',
        input: { TableName: 't', Key: { id: { S: 'x' } } },
        role: ROLE,
      },
    ]);
    expect({ status, body }).toEqual({ status: 200, body: '{"Item":{"id":{"S":"x"}}}' });
    expect(headers['content-type']).toBe('application/json');
    expect(headers['content-length']).toBe('25');
  });

  test('a workflow’s output is text that a response template reads', async () => {
    const template =
      '#set($output = $util.parseJson($input.path("$.output")))#if($input.path("$.status") != "SUCCEEDED")' +
      '#set($context.responseOverride.status = 500)#end{"eventId":"$output.eventId"}';
    const integration = {
      Uri: `${GATEWAY}:states:action/StartSyncExecution`,
      RequestTemplates: { 'application/json': '{"stateMachineArn":"arn","input":"{}"}' },
      IntegrationResponses: [{ StatusCode: '200', ResponseTemplates: { 'application/json': template } }],
    };
    const answers: JsonObject[] = [
      { status: 'SUCCEEDED', output: '{"eventId":"e1"}' },
      { status: 'TIMED_OUT', output: '{}' },
    ];
    const server = await start(api({ methods: [method(integration)] }), () => answers.shift() ?? {});
    expect(await send(server)).toMatchObject({ status: 200, body: '{"eventId":"e1"}' });
    expect(await send(server)).toMatchObject({ status: 500, body: '{"eventId":""}' });
    expect(server.calls[0]).toMatchObject({ service: 'states', action: 'StartSyncExecution' });
  });

  test.each(['no json', '[]', '"text"', 'null', ''])(
    'a template that renders %j is a 400',
    async (template) => {
      const integration = { RequestTemplates: { 'application/json': template }, IntegrationResponses: ECHO };
      const server = await start(api({ methods: [method(integration)] }));
      const { body } = await send(server);
      expect(JSON.parse(body)).toEqual({ __type: 'com.amazon.coral.service#SerializationException' });
      expect(server.calls).toEqual([]);
    },
  );

  test('an AWS error is an answer with its status, name and message', async () => {
    const integration = {
      IntegrationResponses: [
        { StatusCode: '200' },
        {
          StatusCode: '409',
          SelectionPattern: '400',
          ResponseTemplates: { 'application/json': `$input.json('$')` },
        },
      ],
    };
    const parts = { MethodResponses: [{ StatusCode: '200' }, { StatusCode: '409' }] };
    const server = await start(api({ methods: [method(integration, parts)] }), () => {
      throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed');
    });
    expect(await send(server)).toMatchObject({
      status: 409,
      body: JSON.stringify({
        __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
        message: 'The conditional request failed',
      }),
    });
  });
});

describe('SQS', () => {
  const sqs = (template: string, more: object = {}) =>
    method({
      Uri: `${GATEWAY}:sqs:path/444455556666/outgoing`,
      RequestParameters: FORM,
      RequestTemplates: { 'application/json': template },
      ...more,
    });

  test('takes a form', async () => {
    const template =
      'Action=SendMessage&DelaySeconds=5&MessageBody=$util.urlEncode($input.body)' +
      '&MessageAttribute.1.Name=brand&MessageAttribute.1.Value.DataType=String' +
      '&MessageAttribute.1.Value.StringValue=mini' +
      '&MessageAttributes.2.Name=n&MessageAttributes.2.Value.DataType=Number' +
      '&MessageAttributes.2.Value.StringValue=1&Version=2012-11-05';
    const ResponseTemplates = {
      'application/json': '$input.path("$.SendMessageResponse.SendMessageResult.MessageId")',
    };
    const responses = { IntegrationResponses: [{ StatusCode: '200', ResponseTemplates }] };
    const server = await start(api({ methods: [sqs(template, responses)] }), () => ({ MessageId: 'm1' }));
    expect(await send(server, { body: '{"a":"b&c=é+%"}' })).toMatchObject({ status: 200, body: 'm1' });
    expect(server.calls).toEqual([
      {
        service: 'sqs',
        action: 'SendMessage',
        input: {
          QueueUrl: 'https://sqs.eu-central-1.amazonaws.com/444455556666/outgoing',
          MessageBody: '{"a":"b&c=é+%"}',
          DelaySeconds: 5,
          MessageAttributes: {
            brand: { DataType: 'String', StringValue: 'mini' },
            n: { DataType: 'Number', StringValue: '1' },
          },
        },
        role: ROLE,
      },
    ]);
  });

  test('answers an error of the query protocol as JSON', async () => {
    const server = await start(api({ methods: [sqs('Action=SendMessage&MessageBody=x')] }), () => {
      throw new AwsError('QueueDoesNotExist', 'no queue');
    });
    const { body } = await send(server);
    expect(JSON.parse(body)).toMatchObject({
      Error: { Code: 'QueueDoesNotExist', Message: 'no queue', Type: 'Sender' },
    });
  });

  test.each([
    ['Action=DeleteQueue', 'the sqs action "DeleteQueue" is not supported'],
    ['MessageBody=x', 'the sqs action "" is not supported'],
    ['Action=SendMessage&MessageBdy=x', 'the sqs parameter "MessageBdy" is not supported'],
  ])('%s is a 500, and a line in the log', async (template, message) => {
    const server = await start(api({ methods: [sqs(template)] }));
    expect((await send(server)).status).toBe(500);
    expect(server.lines).toEqual([`api-id: POST /things: TemplateError: ${message}`]);
  });

  test.each([
    [{ Uri: `${GATEWAY}:sqs:action/SendMessage`, RequestParameters: AMZ_JSON }],
    [
      {
        RequestParameters: {
          ...AMZ_JSON,
          'integration.request.header.X-Amz-Target': "'AmazonSQS.SendMessage'",
        },
      },
    ],
  ])('takes JSON: %j', async (parts) => {
    const server = await start(api({ methods: [sqs('{"QueueUrl":"url","MessageBody":"x"}', parts)] }));
    expect((await send(server)).status).toBe(200);
    expect(server.calls).toEqual([
      { service: 'sqs', action: 'SendMessage', input: { QueueUrl: 'url', MessageBody: 'x' }, role: ROLE },
    ]);
  });
});

describe('SNS', () => {
  test('takes a form', async () => {
    const template =
      'Action=Publish&TopicArn=$util.urlEncode("arn:aws:sns:eu-central-1:1:t")&Message=x&Subject=s' +
      '&MessageAttributes.entry.1.Name=final&MessageAttributes.entry.1.Value.DataType=String' +
      '&MessageAttributes.entry.1.Value.StringValue=true';
    const integration = {
      Uri: `${GATEWAY}:sns:path//`,
      RequestParameters: FORM,
      RequestTemplates: { 'application/json': template },
    };
    const server = await start(api({ methods: [method(integration)] }), () => ({ MessageId: 'm1' }));
    const { body } = await send(server);
    expect(JSON.parse(body)).toMatchObject({ PublishResponse: { PublishResult: { MessageId: 'm1' } } });
    expect(server.calls[0]).toMatchObject({
      service: 'sns',
      action: 'Publish',
      input: {
        TopicArn: 'arn:aws:sns:eu-central-1:1:t',
        Message: 'x',
        Subject: 's',
        MessageAttributes: { final: { DataType: 'String', StringValue: 'true' } },
      },
    });
  });

  test('takes parameters of the query string', async () => {
    const integration = {
      Uri: `${GATEWAY}:sns:action/Publish`,
      RequestParameters: {
        'integration.request.querystring.TopicArn': "'arn'",
        'integration.request.querystring.Message': 'method.request.querystring.text',
        'integration.request.querystring.Subject': 'method.request.header.subject',
      },
      RequestTemplates: { 'application/json': '' },
    };
    const RequestParameters = {
      'method.request.querystring.text': false,
      'method.request.header.subject': false,
    };
    const server = await start(api({ methods: [method(integration, { RequestParameters })] }));
    await send(server, { path: '/things?text=a%20b' });
    expect(server.calls[0]?.input).toEqual({ TopicArn: 'arn', Message: 'a b' });
  });
});

describe('Lambda', () => {
  const lambda = (more: object = {}, parts: object = {}) =>
    method({ Uri: INVOKE, RequestTemplates: { 'application/json': '{"event":1}' }, ...more }, parts);

  test('gets the rendered template as its event, and its result is the answer', async () => {
    const server = await start(api({ methods: [lambda()] }), () => ({
      StatusCode: 200,
      Payload: { ok: true },
    }));
    expect(await send(server)).toMatchObject({ status: 200, body: '{"ok":true}' });
    expect(server.calls).toEqual([
      {
        service: 'lambda',
        action: 'Invoke',
        input: { FunctionName: FUNCTION, Payload: { event: 1 } },
        role: ROLE,
      },
    ]);
  });

  test('can be called without waiting, and by API Gateway itself', async () => {
    const { Credentials, ...Integration } = lambda({
      RequestParameters: { 'integration.request.header.X-Amz-Invocation-Type': "'Event'" },
    }).Integration as { Credentials: string; Type: string };
    const server = await start(api({ methods: [{ ...lambda(), Integration }] }), () => ({ StatusCode: 202 }));
    expect(await send(server)).toMatchObject({ status: 200, body: 'null' });
    expect(server.calls[0]).toMatchObject({
      input: { InvocationType: 'Event' },
      role: 'apigateway.amazonaws.com',
    });
  });

  test('selection patterns are matched against the error’s message', async () => {
    const IntegrationResponses = [
      { StatusCode: '200' },
      { StatusCode: '404', SelectionPattern: 'NotFound: .*' },
      { StatusCode: '500', SelectionPattern: '.*' },
    ];
    const MethodResponses = IntegrationResponses.map(({ StatusCode }) => ({ StatusCode }));
    const payloads: JsonObject[] = [
      { errorMessage: 'NotFound: x', errorType: 'Error' },
      { errorMessage: 'not NotFound: x', errorType: 'Error' },
      { ok: true },
    ];
    const server = await start(
      api({ methods: [lambda({ IntegrationResponses }, { MethodResponses })] }),
      () => ({
        Payload: payloads.shift() ?? {},
      }),
    );
    const statuses = [await send(server), await send(server), await send(server)].map(({ status }) => status);
    expect(statuses).toEqual([404, 500, 200]);
  });

  test('that may not be called is a 500', async () => {
    const server = await start(api({ methods: [lambda()] }), () => {
      throw new AwsError('AccessDeniedException', 'not allowed', 403);
    });
    expect(await send(server)).toMatchObject({ status: 500, body: '{"message":"Internal server error"}' });
    expect(server.lines).toEqual(['api-id: POST /things: AccessDeniedException: not allowed']);
  });

  test('whose event is no JSON is a 500', async () => {
    const server = await start(api({ methods: [lambda({ RequestTemplates: { 'application/json': 'x' } })] }));
    expect((await send(server)).status).toBe(500);
    expect(server.lines).toEqual(['api-id: POST /things: the rendered event is no JSON']);
  });
});

describe('a Lambda proxy', () => {
  const proxy = { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri: INVOKE };
  const definition = api({
    resources: [{ id: 'things', parentId: 'root', pathPart: '{id}' }],
    methods: [method({}, { HttpMethod: 'ANY', Integration: proxy })],
  });

  test('gets the request in payload format 1.0', async () => {
    const server = await start(definition, () => ({ Payload: { statusCode: 200 } }));
    const headers = { 'X-A': ['1', '2'], 'user-agent': 'test' };
    const answer = await send(server, { method: 'PUT', path: '/a%20b?q=1&q=2', headers, body: 'text' });
    expect(server.calls[0]?.input).toEqual({
      FunctionName: FUNCTION,
      Payload: {
        resource: '/{id}',
        path: '/a%20b',
        httpMethod: 'PUT',
        headers: expect.objectContaining({ 'X-A': '2' }),
        multiValueHeaders: expect.objectContaining({ 'X-A': ['1', '2'] }),
        queryStringParameters: { q: '2' },
        multiValueQueryStringParameters: { q: ['1', '2'] },
        pathParameters: { id: 'a b' },
        stageVariables: { table: 'Things' },
        requestContext: expect.objectContaining({
          requestId: answer.headers['x-amzn-requestid'],
          stage: 'prod',
          identity: { sourceIp: '127.0.0.1', userAgent: 'test' },
        }),
        body: 'text',
        isBase64Encoded: false,
      },
    });
  });

  test('has null where there is nothing', async () => {
    const server = await start({ ...definition, stage: { name: 's', variables: {} } }, () => ({}));
    await send(server, { method: 'GET', path: '/x' });
    expect(server.calls[0]?.input.Payload).toMatchObject({
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      stageVariables: null,
      body: null,
    });
  });

  test('answers status, headers and body', async () => {
    const Payload = {
      statusCode: 201,
      headers: { 'Content-Type': 'text/plain', 'x-a': 1, Date: 'x' },
      multiValueHeaders: { 'set-cookie': ['a=1', 'b=2'] },
      body: 'w6k=',
      isBase64Encoded: true,
    };
    const server = await start(definition, () => ({ Payload }));
    const { status, headers, body } = await send(server, { path: '/x' });
    expect({ status, body }).toEqual({ status: 201, body: 'é' });
    expect(headers).toMatchObject({
      'content-type': 'text/plain',
      'x-a': '1',
      'set-cookie': ['a=1', 'b=2'],
      'x-amzn-remapped-date': 'x',
    });
  });

  test.each([
    [{ Payload: 'text' }],
    [{ Payload: { statusCode: 'x' } }],
    [{ Payload: { statusCode: 99 } }],
    [{ Payload: { statusCode: 200, body: {} } }],
    [{ Payload: { statusCode: 200, headers: [] } }],
    [{ Payload: { statusCode: 200, headers: { 'a b': 'c' } } }],
    [{ Payload: { statusCode: 200, multiValueHeaders: { a: 'b' } } }],
    [{ Payload: { statusCode: 200 }, FunctionError: 'Unhandled' }],
  ])('that answers %j is a 502', async (answer) => {
    const server = await start(definition, () => answer as JsonObject);
    const { status, body } = await send(server, { path: '/x' });
    expect({ status, body }).toEqual({ status: 502, body: '{"message":"Internal server error"}' });
    expect(server.lines[0]).toMatch(/^api-id: ANY \/\{id\}: the function did not answer as a proxy has to/);
  });
});

describe('a mock', () => {
  const mock = (template: string, IntegrationResponses: object[]) =>
    ({
      ...method({}, { MethodResponses: [{ StatusCode: '200' }, { StatusCode: '404' }] }),
      Integration: { Type: 'MOCK', RequestTemplates: { 'application/json': template }, IntegrationResponses },
    }) as ReturnType<typeof method>;

  test('answers with the status that its template names', async () => {
    const responses = [
      { StatusCode: '200', ResponseTemplates: { 'application/json': '{"body":$input.body}' } },
      { StatusCode: '404', SelectionPattern: '404' },
    ];
    for (const [template, status, body] of [
      ['{"statusCode": 200}', 200, '{"body":{}}'],
      ['{statusCode: 404}', 404, ''],
      ['{"x":1,"statusCode":"404"}', 404, ''],
    ] as const) {
      const server = await start(api({ methods: [mock(template, responses)] }));
      expect(await send(server)).toMatchObject({ status, body });
    }
  });

  test('without a status is a 500', async () => {
    const server = await start(api({ methods: [mock('{}', [{ StatusCode: '200' }])] }));
    expect((await send(server)).status).toBe(500);
  });

  test('passes what the request template overrides to the response', async () => {
    const template =
      '#set($context.responseOverride.status = 404)#set($context.responseOverride.header.a = "b"){"statusCode":200}';
    const ResponseTemplates = { 'application/json': '$context.responseOverride.header.a' };
    const server = await start(
      api({ methods: [mock(template, [{ StatusCode: '200', ResponseTemplates }])] }),
    );
    const { status, headers, body } = await send(server);
    expect({ status, a: headers.a, body }).toEqual({ status: 404, a: 'b', body: 'b' });
  });
});

describe('time', () => {
  test('that runs out is a 504, and what comes later goes nowhere', async () => {
    const { promise, reject } = Promise.withResolvers<JsonObject>();
    const server = await start(api({ methods: [method({ TimeoutInMillis: 50 })] }), () => promise);
    const { status, headers, body } = await send(server);
    expect({ status, body }).toEqual({ status: 504, body: '{"message":"Endpoint request timed out"}' });
    expect(headers['x-amzn-errortype']).toBe('InternalServerErrorException');
    expect(server.lines).toEqual(['api-id: POST /things: the integration did not answer within 50 ms']);
    const unhandled = vi.fn();
    process.once('unhandledRejection', unhandled);
    reject(new Error('late'));
    expect((await send(server, { path: '/nothing' })).status).toBe(403);
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

test('a failure that is no answer of AWS is a 504, and a line in the log', async () => {
  const server = await start(api({ methods: [method()] }), () => {
    throw new Error('the engine broke');
  });
  expect((await send(server)).status).toBe(504);
  expect(server.lines).toEqual(['api-id: POST /things: Error: the engine broke']);
});

describe('refuses', () => {
  const RequestParameters = { 'integration.request.header.x': "'y'" };
  test.each([
    ['no integration', undefined, 'Integration: missing'],
    ['an HTTP integration', { Type: 'HTTP' }, 'Integration.Type: HTTP is not supported'],
    ['an HTTP proxy', { Type: 'HTTP_PROXY' }, 'Integration.Type: HTTP_PROXY is not supported'],
    [
      'a field it does not read',
      { ContentHandling: 'CONVERT_TO_TEXT' },
      'Integration.ContentHandling: not supported',
    ],
    ['a time too short', { TimeoutInMillis: 49 }, 'Integration.TimeoutInMillis: at least 50'],
    ['no URI', { Uri: undefined }, 'Integration.Uri: missing is not supported'],
    [
      'a URI that is none',
      { Uri: 'https://example.com' },
      'Integration.Uri: https://example.com is not supported',
    ],
    [
      'another service',
      { Uri: `${GATEWAY}:s3:path/b/k` },
      'Integration.Uri: the service s3 is not supported',
    ],
    [
      'a stage variable in the URI',
      { Uri: `${GATEWAY}:dynamodb:action/\${stageVariables.a}` },
      'Integration.Uri: ',
    ],
    ['a path of DynamoDB', { Uri: `${GATEWAY}:dynamodb:path/x` }, 'path/x of dynamodb is not supported'],
    ['GET to a service', { IntegrationHttpMethod: 'GET' }, 'Integration.IntegrationHttpMethod: AWS actions'],
    ['another region', { Uri: GET_ITEM.replace('central', 'west') }, 'there is no region eu-west-1 here'],
    ['no role', { Credentials: undefined }, 'Integration.Credentials: the ARN of a role is needed'],
    [
      'the caller’s role',
      { Credentials: 'arn:aws:iam::*:user/*' },
      'Integration.Credentials: the ARN of a role',
    ],
    [
      'another header',
      { RequestParameters },
      "RequestParameters.integration.request.header.x: 'y' is not supported",
    ],
    [
      'a header from the request',
      { RequestParameters: { 'integration.request.header.Content-Type': 'method.request.header.x' } },
      'method.request.header.x is not supported',
    ],
    [
      'a query string to DynamoDB',
      { RequestParameters: { 'integration.request.querystring.x': "'y'" } },
      'query strings to dynamodb are not supported',
    ],
    [
      'a query parameter that the method does not declare',
      {
        Uri: `${GATEWAY}:sns:action/Publish`,
        RequestParameters: { 'integration.request.querystring.x': 'method.request.header.x' },
      },
      "method.request.header.x is not declared in the method's RequestParameters",
    ],
    ['SQS without its protocol', { Uri: `${GATEWAY}:sqs:path/1/q` }, 'SQS needs '],
    ['SNS without its protocol', { Uri: `${GATEWAY}:sns:action/Publish` }, 'sns needs Content-Type'],
    [
      'SQS without a queue',
      { Uri: `${GATEWAY}:sqs:path/q`, RequestParameters: FORM },
      'path/{account}/{queue name}',
    ],
    ['Lambda by another path', { Uri: `${GATEWAY}:lambda:path/x` }, 'lambda:path/x is not supported'],
    ['another proxy', { Type: 'AWS_PROXY', Uri: GET_ITEM }, 'is not supported with AWS_PROXY'],
  ])('%s', (_what, parts, message) => {
    const { Integration, ...rest } = method(parts as object);
    const given = parts === undefined ? rest : { ...rest, Integration };
    const definition = api({ methods: [given as ReturnType<typeof method>] });
    expect(() =>
      createRestApi(
        definition,
        async () => ({}),
        () => {},
      ),
    ).toThrow('POST /things: ');
    expect(() =>
      createRestApi(
        definition,
        async () => ({}),
        () => {},
      ),
    ).toThrow(message);
  });
});
