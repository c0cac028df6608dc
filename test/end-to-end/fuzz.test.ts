import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { RemoteServiceEvent } from '../../functions/event/event.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { JsonObject } from '../../local/aws.ts';
import type { MyApp } from './app.ts';
import { arbitraryOf, mutated } from './json-schema-arbitrary.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

/** Requests made from the OpenAPI document: some as it says, most with something wrong. */
const REQUESTS = 10_000;
/** The same requests in every run: what fails once fails again. */
const SEED = 20_251_203;
const AT_ONCE = 16;
const LIMIT_MS = 400_000;

const openApi = JSON.parse(
  readFileSync(new URL('../../docs/openapi.json', import.meta.url), 'utf8'),
) as JsonObject;

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().default(false),
  schema: z.record(z.string(), z.json()),
});
const Operation = z.object({
  parameters: z.array(z.union([Parameter, z.object({ $ref: z.string() })])).default([]),
  requestBody: z
    .object({
      content: z.object({ 'application/json': z.object({ schema: z.record(z.string(), z.json()) }) }),
    })
    .optional(),
});
const Paths = z.record(z.string(), z.partialRecord(z.enum(['get', 'post']), Operation));

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly user: 'demo' | 'stranger' | 'nobody' | 'forger';
}

const VINS = [...vehicles('prompt', 'mqtt-2021').take(300), ...vehicles('prompt', 'http-2013').take(15)];
const vin = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...VINS) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-HJ-NPR-Z0-9]{17}$/) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
);

/** What may stand in a header: fetch refuses to send the rest. */
const headerText = (value: unknown) =>
  String(value)
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .trim();

function requestsOf(
  path: string,
  method: string,
  operation: z.infer<typeof Operation>,
): fc.Arbitrary<Request> {
  const parameters = operation.parameters.map((parameter) =>
    '$ref' in parameter ? Parameter.parse(referred(parameter.$ref)) : parameter,
  );
  const isVin = (name: string) => name === 'vin' || name === 'bmw-vin';
  const values = (place: 'path' | 'query' | 'header') =>
    fc
      .record(
        Object.fromEntries(
          parameters
            .filter((parameter) => parameter.in === place)
            .map(({ name, schema }) => [
              name,
              isVin(name)
                ? vin
                : fc.oneof(
                    { weight: 5, arbitrary: arbitraryOf(schema, openApi).map(String) },
                    { weight: 1, arbitrary: fc.string({ maxLength: 60 }) },
                  ),
            ]),
        ),
        { requiredKeys: place === 'path' ? undefined : [] },
      )
      .map((record) => record as Record<string, string>);
  const schema = operation.requestBody?.content['application/json'].schema;
  const valid = schema === undefined ? fc.constant(undefined) : arbitraryOf(schema, openApi);
  const body = fc.oneof(
    { weight: 2, arbitrary: valid.map((value) => (value === undefined ? undefined : JSON.stringify(value))) },
    { weight: 6, arbitrary: valid.chain(mutated).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.string({ maxLength: 200 }) },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
  return fc
    .record({
      method: fc.oneof(
        { weight: 30, arbitrary: fc.constant(method.toUpperCase()) },
        { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH') },
      ),
      inPath: values('path'),
      query: values('query'),
      headers: values('header'),
      contentType: fc.oneof(
        { weight: 20, arbitrary: fc.constant('application/json') },
        { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-8', 'a/b') },
      ),
      body,
      bodyVin: vin,
      user: fc.oneof(
        { weight: 12, arbitrary: fc.constant('demo' as const) },
        { weight: 1, arbitrary: fc.constantFrom('stranger' as const, 'nobody' as const, 'forger' as const) },
      ),
    })
    .map(({ inPath, headers, contentType, body: text, bodyVin, ...request }) => ({
      ...request,
      path: path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(inPath[name] ?? '-')),
      headers: { ...headers, 'content-type': contentType },
      // The VIN of a body is mostly one that there is.
      body:
        request.method === 'GET' ? undefined : text?.replace(/(?<="vin":")[A-HJ-NPR-Z0-9]{17}(?=")/, bodyVin),
    }));
}

const referred = (reference: string): unknown =>
  reference
    .replace('#/', '')
    .split('/')
    .reduce<unknown>((value, part) => (value as JsonObject)[part], openApi);

const requests = fc.oneof(
  ...Object.entries(Paths.parse(openApi.paths)).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => requestsOf(path, method, operation)),
  ),
);

/** The service that a request asks for, if the schema of the catalogue allows its body. */
function allowedService({ path, query, body }: Request): string | undefined {
  const service = CATALOGUE.find(
    ({ trigger }) =>
      new RegExp(`^${trigger.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path) &&
      (trigger.query === undefined || query[trigger.query.name] === trigger.query.value),
  );
  if (service === undefined) return undefined;
  try {
    return service.request.safeParse(JSON.parse(body ?? '')).success ? service.serviceType : undefined;
  } catch {
    return undefined;
  }
}

let stage: TestStage;
const tokens = new Map<string, string>();
/** Commands that went to a vehicle: those that became PENDING. */
const sent = new Map<string, string>();

beforeAll(async () => {
  stage = await startTestStage();
  const { app, stranger }: { app: MyApp; stranger: MyApp } = stage;
  tokens
    .set('demo', app.token)
    .set('stranger', stranger.token)
    .set('forger', `${app.token.slice(0, -8)}AAAAAAAA`);
  stage.messaging.onPublish((_, message) => {
    const event = RemoteServiceEvent.safeParse(JSON.parse(message));
    if (event.success && event.data.data.status === 'PENDING') {
      sent.set(event.data.data.eventId, event.data.data.serviceType);
    }
  });
}, 60_000);
afterAll(() => stage?.stop(), 60_000);

const ErrorBody = z.object({ statusCode: z.int(), message: z.string().min(1) });

it(
  `${REQUESTS} requests yield no 5xx, and what the schema forbids reaches no vehicle`,
  async () => {
    const all = fc.sample(requests, { numRuns: REQUESTS, seed: SEED });
    const accepted = new Map<string, string | undefined>();
    const counts = new Map<number, number>();
    const worker = async () => {
      for (let request = all.pop(); request !== undefined; request = all.pop()) {
        const { method, path, query, headers, body, user } = request;
        const token = tokens.get(user);
        const safe = Object.entries(headers).map(([name, value]) => [name, headerText(value)]);
        const response = await fetch(`${stage.url}${path}?${new URLSearchParams(query)}`, {
          method,
          headers: {
            ...Object.fromEntries(safe),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(body === undefined ? {} : { body }),
        });
        const text = await response.text();
        counts.set(response.status, (counts.get(response.status) ?? 0) + 1);
        const what = { request, status: response.status, text };
        if (response.status >= 500) throw new Error(JSON.stringify(what));
        if (response.status >= 400) {
          expect(ErrorBody.parse(JSON.parse(text)).statusCode, JSON.stringify(what)).toBe(response.status);
        }
        if (response.status !== 202) continue;
        const service = allowedService(request);
        expect(service, JSON.stringify(what)).toBeDefined();
        expect(user, JSON.stringify(what)).toBe('demo');
        accepted.set(JSON.parse(text).eventId, service);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    // Enough of each kind to mean something.
    expect(counts.get(202)).toBeGreaterThan(REQUESTS / 50);
    expect(counts.get(400)).toBeGreaterThan(REQUESTS / 10);
    await vi.waitFor(() => expect(sent).toEqual(accepted), { timeout: 30_000 });
    expect(stage.deadLetters()).toEqual([]);
  },
  LIMIT_MS,
);
