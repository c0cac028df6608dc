import { afterAll, describe, expect, it } from 'vitest';
import { VIN_PATTERN } from '../../functions/event/event.ts';
import { accepted, follow, history, type MyApp, position, request, status, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { expiredToken, forgedToken, tokenOfAnotherKey, unsignedToken } from './tokens.ts';

// Started before the tests are collected: they are made from its routes.
const stage = await startTestStage();
afterAll(() => stage.stop());

const fleet = vehicles('prompt', 'mqtt-2021');
const vehicle = () => fleet.take()[0] ?? '';
const UNKNOWN_VIN = 'WBA99ZZ0Z00000000';
const UNKNOWN_EVENT = '00000000-0000-4000-8000-000000000000';

/** Calls a route with all that it asks for but the token. */
function call(route: { method: string; path: string }, authorization?: string) {
  const path = route.path.replace('{vin}', UNKNOWN_VIN).replace('{gcid}', 'me');
  return request(`${stage.url}${path}?eventId=${UNKNOWN_EVENT}&action=START`, {
    method: route.method,
    headers: {
      'content-type': 'application/json',
      'bmw-vin': UNKNOWN_VIN,
      latitude: '48',
      longitude: '11',
      ...(authorization === undefined ? {} : { authorization }),
    },
    ...(route.method === 'GET' ? {} : { body: '{}' }),
  });
}

describe.each(stage.routes)('$method $path', (route) => {
  it.each<[string, (stage: TestStage) => Promise<string | undefined>]>([
    ['no token', async () => undefined],
    ['an empty one', async () => 'Bearer '],
    ['nonsense', async () => 'Bearer nonsense'],
    ['another scheme', async ({ app }) => `Basic ${app.token}`],
    ['an expired token', async ({ identity }) => `Bearer ${await expiredToken(identity)}`],
    [
      'a token of another issuer',
      async ({ identity }) => `Bearer ${await forgedToken(identity, { iss: 'https://evil.example' })}`,
    ],
    [
      'a token for another audience',
      async ({ identity }) => `Bearer ${await forgedToken(identity, { aud: 'another-api' })}`,
    ],
    [
      'a token without a user',
      async ({ identity }) => `Bearer ${await forgedToken(identity, { sub: undefined })}`,
    ],
    ['a token signed by another key', async ({ identity }) => `Bearer ${await tokenOfAnotherKey(identity)}`],
    ['a token without a signature', async ({ identity }) => `Bearer ${unsignedToken(identity)}`],
  ])('answers 401 to %s', async (_, authorization) => {
    const answer = await call(route, await authorization(stage));
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({ statusCode: 401, message: expect.stringMatching(/^Log in/) });
  });

  it.each([
    ['an app that is not registered', { client_id: 'another-app' }],
    ['a token that names no app', { client_id: undefined }],
  ])('answers 403 to %s', async (_, claims) => {
    const answer = await call(route, `Bearer ${await forgedToken(stage.identity, claims)}`);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({ statusCode: 403, message: expect.stringMatching(/app/) });
  });

  it('lets a valid token in', async () => {
    const { status: code } = await call(route, `Bearer ${stage.app.token}`);
    expect([400, 404]).toContain(code);
  });
});

describe('what is someone else’s answers exactly like what does not exist', { timeout: 60_000 }, () => {
  /** The answer with nothing in it that names what was asked for. */
  const nameless = async (answer: Promise<{ status: number; body: unknown }>) => {
    const { status: code, body } = await answer;
    return { code, text: JSON.stringify(body).replaceAll(new RegExp(VIN_PATTERN.slice(1, -1), 'g'), 'VIN') };
  };
  const compare = async (
    ask: (app: MyApp, what: string) => Promise<{ status: number; body: unknown }>,
    mine: string,
    unknown: string,
  ) => {
    const theirs = await nameless(ask(stage.stranger, mine));
    expect(theirs).toEqual(await nameless(ask(stage.stranger, unknown)));
    expect(theirs.code).toBe(404);
  };

  it('a vehicle, to every service', async () => {
    const vin = vehicle();
    const seen: string[] = [];
    stage.messaging.onPublish((_, message) => seen.push(message));
    for (const service of ['horn-blow', 'climate-start', 'vehicle-finder', 'charge-start', 'send-to-car']) {
      await compare((app, what) => trigger(app, what, { service }), vin, UNKNOWN_VIN);
    }
    // Nothing of it has happened: nobody is told of it, and the owner's history is empty.
    expect(seen.filter((message) => message.includes(vin))).toEqual([]);
    expect(await history(stage.app, vin)).toEqual([]);
  });

  it('an event, running and ended', async () => {
    const eventId = await accepted(stage.app, vehicle(), 'vehicle-finder');
    await compare(status, eventId, UNKNOWN_EVENT);
    await follow(stage.app, eventId);
    await compare(status, eventId, UNKNOWN_EVENT);
    await compare(position, eventId, UNKNOWN_EVENT);
  });

  it('a vehicle’s history', async () => {
    const vin = vehicle();
    await follow(stage.app, await accepted(stage.app, vin));
    await compare(
      (app, what) =>
        request(`${app.url}/eadrax-vrccs/v3/presentation/remote-history/${what}`, {
          headers: { authorization: `Bearer ${app.token}` },
        }),
      vin,
      UNKNOWN_VIN,
    );
  });
});
