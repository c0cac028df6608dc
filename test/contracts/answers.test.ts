import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Accepted, ErrorAnswer, EventPosition, EventStatus } from '../../contracts/answers.ts';
import { TRIGGER_ERRORS } from '../../contracts/openapi/errors.ts';
import { EVENT_STATUS_WORDS, Status, StatusReason } from '../../functions/event/lifecycle.ts';
import { EVENT_POSITION_PATH, EVENT_STATUS_PATH } from '../../functions/event-creation/paths.ts';
import { compileTemplate } from '../../local/api-gateway/mapping-template.ts';
import { TemplateInput } from '../../local/api-gateway/template-input.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { Field } from '../../local/step-functions/field.ts';
import { compileExpression } from '../../local/step-functions/jsonata.ts';
import { call, type Given } from '../local/api-gateway/rendering.ts';
import { EVENT_CREATION, METHODS } from './deployed.ts';
import { objectsIn } from './documents.ts';

/** The schemas are no part of what answers. So the deployed templates and workflow are held against them. */

const USER = 'demo';

/** What the app gets when DynamoDB has answered this. */
function answerOf(path: string, read: Json, given: Given = {}) {
  const template = METHODS.get(`POST ${path}`)?.answerTemplate ?? '';
  const gatewayCall = {
    ...call(given),
    authorizer: {
      variables: new Map([['principalId', USER]]),
      usageIdentifierKey: undefined,
      decide: () => 'allowed' as const,
    },
  };
  const text = compileTemplate(template)(new TemplateInput(gatewayCall, JSON.stringify(read)));
  const { status = 200 } = gatewayCall.responseOverride as { status?: unknown };
  return { status: Number(status), body: JSON.parse(text) as JsonObject };
}

/** An error of the interface, with nothing beside it. */
const Refused = ErrorAnswer.strict();

describe('eventStatus', () => {
  const state = (status: Status, requester = USER) => ({
    Item: { status: { S: status }, statusReason: { S: 'COMMAND_EXPIRED' }, requester: { S: requester } },
  });

  test.each(Status.options)('%s', (status) => {
    const answer = answerOf(EVENT_STATUS_PATH, state(status));
    expect(answer.status).toBe(200);
    const { eventStatus, errorDetails } = EventStatus.strict().parse(answer.body);
    expect(eventStatus).toBe(EVENT_STATUS_WORDS[status]);
    expect(errorDetails?.errorDetails).toBe(status === 'FAILED' ? 'COMMAND_EXPIRED' : undefined);
  });

  test.each([{}, state('PENDING', 'another')])('%j is no event of this user', (read) => {
    const { status, body } = answerOf(EVENT_STATUS_PATH, read);
    expect(Refused.parse(body).statusCode).toBe(status);
    expect(status).toBe(404);
  });
});

describe('eventPosition', () => {
  const headers = ['latitude', '48.1', 'longitude', '11.5'];

  test('found', () => {
    const item = { latitude: { N: '48.177024' }, longitude: { N: '11.559107' }, heading: { N: '290' } };
    const { status, body } = answerOf(EVENT_POSITION_PATH, { Items: [item] }, { headers });
    expect(status).toBe(200);
    expect(EventPosition.strict().parse(body)).toEqual(body);
  });

  test.each([
    [404, headers],
    [400, ['latitude', 'here', 'longitude', 'there']],
  ])('%i', (expected, given) => {
    const { status, body } = answerOf(EVENT_POSITION_PATH, { Items: [] }, { headers: given });
    expect(status).toBe(expected);
    expect(Refused.parse(body).statusCode).toBe(expected);
  });
});

describe('triggers', () => {
  /** What a state of the workflow answers with these variables. */
  async function bodyOf(state: string, variables: JsonObject): Promise<JsonObject> {
    const { body } = z.object({ body: z.string() }).parse(EVENT_CREATION[state]?.Output);
    const evaluate = compileExpression(body.slice(2, -2), new Field(state));
    const iso = '[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001]Z';
    return JSON.parse(String(await evaluate({ states: {}, variables: { iso, ...variables } })));
  }

  const EVENT = '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7c01';
  const TIME = '2025-12-03T10:00:00.000Z';

  test('a command that is accepted, and one that was before', async () => {
    const accepted = await bodyOf('AnswerAccepted', {
      eventId: EVENT,
      created: { data: { requestedAt: TIME } },
    });
    const again = await bodyOf('AnswerFirst', { first: { eventId: EVENT, requestedAt: Date.parse(TIME) } });
    expect(Accepted.strict().parse(accepted)).toEqual({ creationTime: TIME, eventId: EVENT });
    expect(again).toEqual(accepted);
  });

  test.each(Object.entries(examples()))('the example %s is what the workflow answers', async (_, example) => {
    const { statusCode, message, errorDetails, inFlight } = example;
    const refusal = {
      statusCode,
      message,
      reason: errorDetails?.errorDetails ?? '',
      ...(inFlight && { inFlight }),
    };
    expect(await bodyOf('AnswerRefusal', { refusal })).toEqual(example);
  });

  test('a reason has one status, and the example has it', () => {
    const sources = [
      '../../statemachines/event-creation.asl.json',
      '../../functions/event-creation/request.ts',
      '../../functions/event-creation/validate/validate.ts',
      '../../lib/event-creation/trigger-api.ts',
    ].map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));
    const said = sources
      .join('\n')
      .matchAll(/statusCode["']?:\s*(\d{3}),\s*["']?reason["']?:\s*["'](\w+)["']/g);
    const statuses = new Set([...said].map(([, status, reason]) => `${reason} ${status}`));
    const described = Object.values(examples()).map(
      ({ statusCode, errorDetails }) => `${errorDetails?.errorDetails} ${statusCode}`,
    );
    // The API's own refusal, of a body that is too large, has its status in a call.
    expect([...new Set(described)].filter((pair) => pair !== 'INVALID_REQUEST 413').sort()).toEqual(
      [...statuses].sort(),
    );
    for (const { errorDetails } of Object.values(examples())) {
      expect(StatusReason.options).toContain(errorDetails?.errorDetails);
    }
  });

  test('every refusal that the workflow has words for is an example', () => {
    const Refusal = z.object({ statusCode: z.int(), reason: z.string(), message: z.string() });
    const refusals = objectsIn(EVENT_CREATION as JsonObject).flatMap(({ value }) => {
      const { success, data } = Refusal.safeParse(value);
      return success ? [data] : [];
    });
    expect(refusals.length).toBeGreaterThan(3);
    const described = Object.values(examples()).map(({ statusCode, message, errorDetails }) => ({
      statusCode,
      reason: errorDetails?.errorDetails,
      message,
    }));
    expect(described).toEqual(expect.arrayContaining(refusals));
  });

  /** The examples of refused commands. */
  function examples(): Record<string, ErrorAnswer> {
    const Response = z.object({
      content: z.object({
        'application/json': z.object({
          examples: z.record(z.string(), z.object({ value: ErrorAnswer })),
        }),
      }),
    });
    return Object.fromEntries(
      Object.entries(TRIGGER_ERRORS).flatMap(([status, response]) =>
        Object.entries(Response.parse(response).content['application/json'].examples)
          .filter(([, { value }]) => value.errorDetails !== undefined)
          .map(([name, { value }]) => [`${status} ${name}`, value]),
      ),
    );
  }
});
