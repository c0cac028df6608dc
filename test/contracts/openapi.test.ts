import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { RETRY_MINUTES } from '../../contracts/openapi/description.ts';
import { STATUS_REASONS } from '../../functions/event/lifecycle.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { JsonObject } from '../../local/aws.ts';
import { GATEWAY_STATUSES, METHODS, REMEMBER_SECONDS, SAID } from './deployed.ts';
import { at, checker, contract, danglingRefs, objectsIn, resolved } from './documents.ts';

const document = contract('openapi.json');
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const faults = checker(ajv, document);

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['header', 'path', 'query']),
  required: z.boolean().default(false),
  schema: z.looseObject({ enum: z.array(z.string()).optional() }),
});

const OPERATIONS = Object.entries(document.paths as JsonObject).flatMap(([path, item]) =>
  Object.entries(item as JsonObject).map(([verb, operation]) => {
    const { parameters, responses, ...rest } = operation as JsonObject;
    return {
      ...rest,
      name: `${verb.toUpperCase()} ${path}`,
      path,
      parameters: (parameters as JsonObject[]).map((value) => Parameter.parse(resolved(document, value))),
      responses: responses as JsonObject,
    };
  }),
);

test('is OpenAPI 3.1', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document.openapi).toMatch(/^3\.1\./);
});

test('refers to nothing that is not there', () => {
  expect(danglingRefs(document)).toEqual([]);
});

test('every operation asks for a token', () => {
  expect(document.security).toEqual([{ bearer: [] }]);
  expect(OPERATIONS.filter((operation) => 'security' in operation)).toEqual([]);
});

describe('beside the deployed API', () => {
  test('it has the same routes', () => {
    expect(OPERATIONS.map(({ name }) => name).sort()).toEqual([...METHODS.keys()].sort());
  });

  test.each(OPERATIONS)('$name has the same parameters', ({ name, path, parameters }) => {
    const places = { header: 'header', path: 'path', query: 'querystring' };
    const described = new Map(
      parameters.map((parameter) => [
        `method.request.${places[parameter.in]}.${parameter.name}`,
        parameter.required,
      ]),
    );
    // Without it the path would be another.
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(
      ([, name]) => [`method.request.path.${name}`, true] as const,
    );
    const deployed = new Map([...inPath, ...Object.entries(METHODS.get(name)?.parameters ?? {})]);
    const required = (of: ReadonlyMap<string, boolean>) => [...of].filter(([, is]) => is).map(([key]) => key);
    expect(required(described).sort()).toEqual(required(deployed).sort());
    expect([...described.keys()]).toEqual(expect.arrayContaining([...deployed.keys()]));
  });

  test.each(OPERATIONS)('$name has the same answers', ({ name, responses }) => {
    const { statuses = [], takesBody } = METHODS.get(name) ?? {};
    // A function takes every type.
    const ofGateway = GATEWAY_STATUSES.filter((status) => takesBody || status !== '415');
    const described = Object.keys(responses);
    expect(described).toEqual(
      [...new Set([...statuses, ...ofGateway, ...(takesBody ? [] : ['200'])])].sort(),
    );
  });

  test('it remembers requests for as long', () => {
    expect(REMEMBER_SECONDS).toBe(RETRY_MINUTES * 60);
  });

  test('it says what the examples of errors say', () => {
    const messages = objectsIn(at(document, '#/components/responses'))
      .flatMap(({ value }) => Object.values((value.examples ?? {}) as JsonObject))
      .map((example) => ((example as JsonObject).value as JsonObject).message)
      .filter((message) => typeof message === 'string')
      // Made from the request by code and by API Gateway.
      .filter(
        (message) => !/^(You have no|This vehicle|The vehicle is busy|Missing|Invalid|Bad)/.test(message),
      );
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((message) => !SAID.includes(message))).toEqual([]);
  });
});

describe('examples', () => {
  const withExamples = objectsIn(document).flatMap(({ pointer, value }) => {
    if (!('schema' in value)) return [];
    const several = Object.entries((value.examples ?? {}) as JsonObject).map(
      ([name, example]) => [`${pointer} ${name}`, pointer, (example as JsonObject).value] as const,
    );
    return 'example' in value ? [[pointer, pointer, value.example] as const, ...several] : several;
  });

  test.each(withExamples)('%s fits its schema', (_, pointer, example) => {
    // Headers are texts; the schema says what they mean.
    expect(faults(`${pointer}/schema`, example)).toBe('');
  });

  test('are of every body and every answer', () => {
    const without = objectsIn(document).filter(
      ({ pointer, value }) => pointer.endsWith('application~1json') && !('examples' in value),
    );
    expect(without).toEqual([]);
    expect(withExamples.length).toBeGreaterThan(50);
  });
});

describe.each(CATALOGUE)('$serviceType', ({ trigger, example, request, summary }) => {
  const body = `#/paths/${encodeURIComponent(trigger.path.replaceAll('/', '~1'))}/post/requestBody/content/${encodeURIComponent('application~1json')}/schema`;

  test('takes its example, and no other kind of body', () => {
    expect(faults(body, example)).toBe('');
    for (const other of [null, [], '{}', { unknown: [[]] }]) {
      expect(faults(body, other) === '', JSON.stringify(other)).toBe(request.safeParse(other).success);
    }
  });

  test('is among the operations', () => {
    const operation = OPERATIONS.find(({ path }) => path === trigger.path);
    expect(JSON.stringify(operation)).toContain(summary);
  });

  test('names the values of its query parameter', () => {
    if (trigger.query === undefined) return;
    const query = OPERATIONS.find(({ path }) => path === trigger.path)?.parameters.find(
      ({ name }) => name === trigger.query?.name,
    );
    expect(query?.schema.enum).toContain(trigger.query.value);
  });
});

test('operations are called as their services are', () => {
  const ids = OPERATIONS.map((operation) => (operation as JsonObject).operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const alone = CATALOGUE.filter(({ trigger }) => trigger.query === undefined);
  expect(ids).toEqual(expect.arrayContaining(alone.map(({ serviceType }) => serviceType)));
});

test('every reason is explained', () => {
  const { enum: reasons, description } = at(document, '#/components/schemas/StatusReason') as JsonObject;
  expect(reasons).toEqual(Object.keys(STATUS_REASONS));
  for (const [reason, meaning] of Object.entries(STATUS_REASONS)) {
    expect(description).toContain(`\`${reason}\`: ${meaning}`);
  }
});

test('an app hears four words of a status', () => {
  const words = at(document, '#/components/schemas/EventStatus/properties/eventStatus/enum');
  expect(words).toEqual(['PENDING', 'DELIVERED', 'EXECUTED', 'ERROR']);
});

test('the wake-up of every generation is told', () => {
  const { description } = document.info as JsonObject;
  for (const { name, wakeUp } of GENERATIONS) {
    expect(description).toContain(`\`${name}\`: ${wakeUp.longestExpectedSeconds} s, by ${wakeUp.channel}`);
  }
});

test('who is asked too often is told when to come back', () => {
  const headers = at(document, '#/components/responses/TooManyRequests/headers') as JsonObject;
  expect(Object.keys(headers)).toContain('Retry-After');
});
