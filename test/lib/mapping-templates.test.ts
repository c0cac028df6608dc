import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Status } from '../../functions/event/lifecycle.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { RETRY_AFTER_SECONDS, TRY_AGAIN } from '../../lib/mapping-templates.ts';
import { stageConfig } from '../../lib/stages.ts';
import { parseAuthorizerAnswer } from '../../local/api-gateway/authorizer-answer.ts';
import { compileTemplate } from '../../local/api-gateway/mapping-template.ts';
import { TemplateInput } from '../../local/api-gateway/template-input.ts';
import type { Json } from '../../local/aws.ts';
import { call, type Given } from '../local/api-gateway/rendering.ts';
import { synthesise } from './synthesis.ts';

const VIN = 'WBADEM00000000001';
const USER = 'user-4711';
/** The header that goes with 429. */
const RETRY_AFTER = { 'Retry-After': String(RETRY_AFTER_SECONDS) };

const Template = z
  .object({ 'application/json': z.string() })
  .transform((templates) => templates['application/json']);
const Method = z.object({
  HttpMethod: z.string(),
  ResourceId: z.string(),
  Integration: z.object({
    RequestTemplates: Template,
    IntegrationResponses: z.array(
      z.object({ SelectionPattern: z.string().optional(), ResponseTemplates: Template }),
    ),
  }),
});

/** The templates of a method, by what a client calls. */
const methods: ReadonlyMap<string, z.infer<typeof Method>['Integration']> = new Map(
  synthesise(stageConfig('dev-x'))
    .all('AWS::ApiGateway::Method')
    .flatMap(({ properties }) => {
      const { success, data } = Method.safeParse(properties);
      if (!success) return [];
      const path = data.ResourceId.split('/Default')[1];
      return [[`${data.HttpMethod} ${path}`, data.Integration] as const];
    }),
);

function templatesOf(name: string) {
  const method = methods.get(name);
  if (method === undefined) throw new Error(`There are no templates of ${name}`);
  /** @param status of the service */
  const response = (status: string) => {
    const isIt = ({ SelectionPattern = '200' }) => new RegExp(`^${SelectionPattern}$`).test(status);
    return method.IntegrationResponses.find(isIt)?.ResponseTemplates ?? '';
  };
  return { request: method.RequestTemplates, response };
}

interface Rendered {
  readonly text: string;
  readonly status: Json | undefined;
  readonly headers: Json | undefined;
}

/** What API Gateway makes of a template, for a user that its authorizer has let in. */
function render(template: string, { user = USER, ...given }: Given & { user?: string }): Rendered {
  const authorizer = parseAuthorizerAnswer({
    principalId: user,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: '*' }],
    },
  });
  const made = { ...call(given), authorizer };
  const text = compileTemplate(template)(new TemplateInput(made, given.body ?? ''));
  const { status, header } = JSON.parse(JSON.stringify(made.responseOverride));
  return { text, status, headers: header };
}

/** Strings that mean something to JSON, JavaScript, Velocity or regular expressions, and any others. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '"',
        "'",
        '\\',
        '/',
        '$',
        '#',
        '{',
        '}',
        '$user',
        '$q',
        '#end',
        '","user":"',
        '\n',
        '車',
      ),
    )
    .map((parts) => parts.join('')),
);

const Started = z.strictObject({
  stateMachineArn: z.literal('blue/EventCreation/Workflow'),
  input: z.string(),
});

/** What the template of a trigger gives the workflow. */
function workflowInput(template: string, given: Given & { user?: string }) {
  const { input } = Started.parse(JSON.parse(render(template, given).text));
  return z.record(z.string(), z.json()).parse(JSON.parse(input));
}

describe.each(CATALOGUE)('$serviceType', (service) => {
  const { trigger, serviceType, deliverySeconds, example } = service;
  const { request, response } = templatesOf(`POST ${trigger.path}`);

  const inputOf = (given: Given & { user?: string }) => workflowInput(request, given);

  test('gives the workflow exactly the fields that it reads', () => {
    const file = new URL('../../statemachines/event-creation.asl.json', import.meta.url);
    const read = readFileSync(file, 'utf8').match(/(?<=\$request\.|\$states\.input\.)\w+/g);
    expect(new Set(Object.keys(inputOf(requestOf(service))))).toEqual(new Set(read));
  });

  test('says which service it is, whose request and for which vehicle', () => {
    const input = inputOf(requestOf(service, { correlationId: 'c-1' }));
    expect(input).toEqual({
      serviceType,
      deliverySeconds,
      requestedAt: expect.any(Number),
      vin: VIN,
      user: USER,
      correlationId: 'c-1',
      refusal: null,
      body: withVin(service, example, VIN),
    });
  });

  test('a request without correlation id gets its own id as one', () => {
    const { correlationId } = inputOf(requestOf(service));
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('what client and user say stays text, whatever it is', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (user, vin, text) => {
        const given = requestOf(service, { vin, body: { ...(example as object), text } });
        const input = inputOf({ ...given, user });
        expect(input).toMatchObject({ serviceType, deliverySeconds, vin, user, refusal: null });
        expect(input.body).toEqual(withVin(service, { ...(example as object), text }, vin));
      }),
    );
  });

  test('a header of any text becomes the correlation id', () => {
    fc.assert(
      fc.property(hostile, (correlationId) => {
        fc.pre(correlationId !== '');
        expect(inputOf(requestOf(service, { correlationId }))).toMatchObject({
          correlationId,
          refusal: null,
        });
      }),
    );
  });

  test('a body of more than 8192 characters is refused, and goes no further', () => {
    const bodyOf = (length: number) => {
      const rest = JSON.stringify(withVin(service, { text: '' }, VIN)).length;
      return { text: 'x'.repeat(length - rest) };
    };
    expect(inputOf(requestOf(service, { body: bodyOf(8192) })).refusal).toBeNull();
    expect(inputOf(requestOf(service, { body: bodyOf(8193) }))).toMatchObject({
      body: null,
      refusal: { statusCode: 413, reason: 'INVALID_REQUEST', message: 'The request body is too large.' },
    });
  });

  test('answers what the workflow says', () => {
    const body = '{"statusCode":409,"message":"\\"busy\\""}';
    const output = JSON.stringify({ statusCode: 409, correlationId: 'c-"1', body });
    expect(render(response('200'), { body: JSON.stringify({ status: 'SUCCEEDED', output }) })).toEqual({
      text: expect.stringContaining(body),
      status: 409,
      headers: { 'x-correlation-id': 'c-"1' },
    });
  });

  test.each([
    ['200', { status: 'FAILED', error: 'x' }, 500],
    ['200', { status: 'TIMED_OUT' }, 504],
    ['400', { __type: 'com.amazonaws.swf#StateMachineDoesNotExist' }, 500],
    ['400', { __type: 'ThrottlingException' }, 429],
    ['400', { __type: 'com.amazonaws.swf#ExecutionLimitExceeded' }, 429],
    ['500', {}, 503],
  ])('answers %s of Step Functions with %j by %i', (status, body, statusCode) => {
    const rendered = render(response(status), { body: JSON.stringify(body) });
    expect(JSON.parse(rendered.text)).toEqual({ statusCode, message: expect.stringMatching(/^.{10,}$/) });
    expect(rendered.headers).toEqual(statusCode === 429 ? RETRY_AFTER : {});
  });
});

test.each(['', 'start', 'START ', 'START"', 'PAUSE'])(
  'the value %j of a query parameter that tells services apart is refused, with those that there are',
  (value) => {
    const asked = CATALOGUE.filter(({ trigger }) => trigger.query !== undefined);
    expect(asked.map(({ serviceType }) => serviceType)).toEqual(['climate-start', 'climate-stop']);
    for (const service of asked) {
      const { request } = templatesOf(`POST ${service.trigger.path}`);
      const query = `action=${encodeURIComponent(value)}`;
      expect(workflowInput(request, { ...requestOf(service), query }).refusal).toEqual({
        statusCode: 400,
        reason: 'INVALID_REQUEST',
        message: 'The query parameter action must be START or STOP.',
      });
    }
  },
);

test.each(CATALOGUE)(
  '$serviceType answers with the correlation id even if its workflow does not',
  ({ trigger }) => {
    expectEcho(`POST ${trigger.path}`, [
      ['200', { status: 'FAILED' }],
      ['200', { status: 'TIMED_OUT' }],
      ['400', { __type: 'ThrottlingException' }],
      ['400', { __type: 'StateMachineDoesNotExist' }],
      ['500', {}],
    ]);
  },
);

interface Request {
  readonly vin?: string;
  readonly correlationId?: string;
  readonly body?: object;
}

/** A request for a service as its trigger wants it. */
function requestOf(
  { trigger, example, ...service }: RemoteService,
  { vin = VIN, correlationId, body = example as object }: Request = {},
): Given {
  return {
    path: trigger.vin === 'path' ? { vin } : {},
    query: trigger.query === undefined ? '' : `${trigger.query.name}=${trigger.query.value}`,
    headers: [
      ...(trigger.vin === 'header' ? ['bmw-vin', vin] : []),
      ...(correlationId === undefined ? [] : ['x-correlation-id', correlationId]),
    ],
    body: JSON.stringify(withVin({ trigger, ...service }, body, vin)),
  };
}

/** The body that names the vehicle, if it is the body that does. */
const withVin = ({ trigger }: Pick<RemoteService, 'trigger'>, body: unknown, vin: string) =>
  trigger.vin === 'body' ? { ...(body as object), vehicleInformation: { vin } } : body;

const EVENT_ID = '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5';
const NO_SUCH_EVENT = { statusCode: 404, message: 'There is no such event.' };

/** What DynamoDB answers instead of an item. */
const REFUSALS = [
  ['a key that it refuses', 'com.amazon.coral.validate#ValidationException', 404],
  ['throttling', 'com.amazon.coral.availability#ThrottlingException', 429],
  ['a table’s limit', 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException', 429],
  ['an account’s limit', 'com.amazonaws.dynamodb.v20120810#RequestLimitExceeded', 429],
  ['a right that is missing', 'com.amazon.coral.service#AccessDeniedException', 429],
] as const;

function expectRefusals(name: string): void {
  const { response } = templatesOf(name);
  for (const [why, type, statusCode] of REFUSALS) {
    const { text, status, headers } = render(response('400'), { body: JSON.stringify({ __type: type }) });
    const message = statusCode === 429 ? expect.stringMatching(TRY_AGAIN) : expect.any(String);
    expect(JSON.parse(text), why).toEqual({ statusCode, message });
    // 404 is the status of this answer unless it is overridden.
    expect(status, why).toBe(statusCode === 404 ? undefined : statusCode);
    expect(headers, why).toEqual(statusCode === 429 ? RETRY_AFTER : {});
  }
  // A 5xx would end the command for an app that polls.
  const failed = render(response('500'), {});
  expect(JSON.parse(failed.text)).toEqual({ statusCode: 429, message: expect.stringMatching(TRY_AGAIN) });
  expect(failed.headers).toEqual(RETRY_AFTER);
}

/** Whatever the service answers, the client's correlation id comes back; without one, none does. */
function expectEcho(name: string, bodies: readonly (readonly [status: string, body: object])[]): void {
  const { response } = templatesOf(name);
  for (const [status, body] of bodies) {
    const given = { body: JSON.stringify(body) };
    const headers = ['x-correlation-id', 'c-"1\''];
    expect(render(response(status), { ...given, headers }).headers, status).toMatchObject({
      'x-correlation-id': 'c-"1\'',
    });
    expect(render(response(status), given).headers, status).not.toHaveProperty('x-correlation-id');
  }
}

describe('the status of an event', () => {
  const NAME = 'POST /eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
  const { request, response } = templatesOf(NAME);
  const answerTo = (user: string, item: object | undefined) => {
    const Item = item && Object.fromEntries(Object.entries(item).map(([key, S]) => [key, { S }]));
    const { text, status } = render(response('200'), { user, body: JSON.stringify({ Item }) });
    return { body: JSON.parse(text), status };
  };

  test('is read from the table, strongly consistent, whatever the client says', () => {
    fc.assert(
      fc.property(hostile, (eventId) => {
        const { text } = render(request, { query: `eventId=${encodeURIComponent(eventId)}` });
        expect(JSON.parse(text)).toEqual({
          TableName: 'shared/Persistence/Events',
          Key: { pk: { S: `COMMAND#${eventId}` }, sk: { S: 'STATE' } },
          ConsistentRead: true,
        });
      }),
      { examples: [[EVENT_ID]] },
    );
  });

  test.each(Status.options)('is told to the requester: %s', (status) => {
    const answer = answerTo(USER, { requester: USER, status, statusReason: 'VEHICLE_REJECTED' });
    expect(answer).toEqual({
      body: expect.objectContaining({ eventStatus: expect.any(String) }),
      status: undefined,
    });
    expect('errorDetails' in answer.body).toBe(status === 'FAILED');
  });

  test.each(Status.options)('is told to nobody else, in the words for an unknown one: %s', (status) => {
    const unknown = answerTo(USER, undefined);
    expect(unknown).toEqual({ body: NO_SUCH_EVENT, status: 404 });
    for (const other of [
      'user-0815',
      '',
      'USER-4711',
      `${USER} `,
      'user',
      '$context.authorizer.principalId',
    ]) {
      expect(answerTo(USER, { requester: other, status }), other).toEqual(unknown);
    }
    // The persistence of events may know a command before it is recorded who requested it.
    expect(answerTo(USER, { status })).toEqual(unknown);
  });

  test('is told to the requester whatever users are called', () => {
    fc.assert(
      fc.property(hostile, hostile, (user, other) => {
        fc.pre(user !== '' && user !== other);
        expect(answerTo(user, { requester: user, status: 'PENDING' }).body).toEqual({
          eventStatus: 'PENDING',
        });
        expect(answerTo(user, { requester: other, status: 'PENDING' }).body).toEqual(NO_SUCH_EVENT);
      }),
    );
  });

  test('that cannot be read is answered in the interface’s shape', () => expectRefusals(NAME));

  test('is answered with the correlation id', () => {
    const refused = REFUSALS.map(([, type]) => ['400', { __type: type }] as const);
    expectEcho(NAME, [['200', {}], ...refused, ['500', {}]]);
  });
});

describe('the position of an event', () => {
  const NAME = 'POST /eadrax-vrccs/v4/presentation/remote-commands/eventPosition';
  const { request, response } = templatesOf(NAME);
  const OBSERVER = ['latitude', '48.1', 'longitude', '-11.5'];
  const ITEM = { latitude: { N: '48.177024' }, longitude: { N: '-11.559107' }, heading: { N: '42' } };
  const answerOf = (Items: readonly object[], headers: readonly string[] = OBSERVER) => {
    const { text, status } = render(response('200'), { headers, body: JSON.stringify({ Items }) });
    return { body: JSON.parse(text), status };
  };

  test('is read from the table: what is the requester’s, and not too old, whatever the client says', () => {
    fc.assert(
      fc.property(hostile, hostile, (eventId, user) => {
        const { text } = render(request, { user, query: `eventId=${encodeURIComponent(eventId)}` });
        expect(JSON.parse(text)).toEqual({
          TableName: 'shared/Persistence/Positions',
          KeyConditionExpression: 'eventId = :eventId',
          FilterExpression: 'requester = :user AND hiddenFrom > :now',
          ExpressionAttributeValues: {
            ':eventId': { S: eventId },
            ':user': { S: user },
            ':now': { N: expect.stringMatching(/^\d{13}$/) },
          },
          ConsistentRead: true,
        });
      }),
    );
  });

  test('is told with numbers, and words of its own for the address', () => {
    expect(answerOf([ITEM])).toEqual({
      body: {
        positionData: {
          status: 'OK',
          position: {
            latitude: 48.177024,
            longitude: -11.559107,
            formattedAddress: '48.177024, -11.559107',
            heading: 42,
          },
        },
        errorDetails: null,
      },
      status: undefined,
    });
  });

  test('is none that can be found', () => {
    expect(answerOf([])).toEqual({
      body: { statusCode: 404, message: 'There is no position of such an event.' },
      status: 404,
    });
  });

  test.each(['0', '-0.0', '48', '-179.999999', `1.${'1'.repeat(20)}`, '5e-05', '-5.0E-5', '1.5e2'])(
    'is told to an observer at %j',
    (degrees) => {
      const told = answerOf([ITEM]);
      expect(answerOf([ITEM], ['latitude', degrees, 'longitude', '0'])).toEqual(told);
      expect(answerOf([ITEM], ['latitude', '0', 'longitude', degrees])).toEqual(told);
    },
  );

  test.each([
    '',
    'north',
    '48,1',
    '+1',
    '1234',
    '48.',
    '.5',
    '48.1 ',
    '48.1"',
    `1.${'1'.repeat(21)}`,
    'e5',
    '5e',
    '5e-',
    '5e+5',
    '5e--5',
    '5e1.5',
    '5e-005',
    '5.e-5',
  ])('is not told to an observer at %j', (degrees) => {
    const refused = {
      body: { statusCode: 400, message: expect.stringContaining('in decimal degrees') },
      status: 400,
    };
    expect(answerOf([ITEM], ['latitude', degrees, 'longitude', '0'])).toEqual(refused);
    expect(answerOf([ITEM], ['latitude', '0', 'longitude', degrees])).toEqual(refused);
  });

  test('that cannot be read is answered in the interface’s shape', () => expectRefusals(NAME));

  test('is answered with the correlation id', () => {
    const refused = REFUSALS.map(([, type]) => ['400', { __type: type }] as const);
    expectEcho(NAME, [['200', {}], ...refused, ['500', {}]]);
  });
});
