import { expect, test } from 'vitest';
import {
  type Answer,
  COMMANDS,
  type Door,
  type Result,
  type Sent,
  smokeTest,
} from '../../../bin/smoke/checks.ts';

const SECRET = 'k3y0fth1sst4g3k3y0fth1sst4g3k3y0';
const error = (status: number): Answer => answer(status, { statusCode: status, message: 'No.' });

function answer(status: number, body: unknown, location?: string): Answer {
  return { status, body: typeof body === 'string' ? body : JSON.stringify(body), location };
}

/** What a door may get wrong. */
interface Flaws {
  readonly base?: string;
  readonly blue?: number;
  readonly firewall?: boolean;
  readonly redirect?: Answer;
  readonly unauthorised?: Answer;
  readonly tooLarge?: Answer;
  readonly ownUrl?: Answer | undefined;
  readonly ownUrls?: string[];
  /** Which environment a request with these headers gets. */
  readonly picks?: (headers: Sent['headers']) => string;
}

const HONEST = (blue: number) => (headers: Sent['headers']) =>
  headers['x-test-secret'] === SECRET ? (headers['x-environment'] ?? '') : blue > 0 ? 'blue' : 'green';

function doorWith(flaws: Flaws = {}) {
  const { base = 'https://door.example.com', blue = 100, picks = HONEST(blue) } = flaws;
  const commands: string[] = [];
  let busy = false;
  const door: Door = {
    base,
    testSecret: SECRET,
    firewall: flaws.firewall ?? true,
    ownUrls: flaws.ownUrls ?? ['https://blue.example.com/api', 'https://green.example.com/api'],
    blue: async () => blue,
    environmentOf: async (eventId) => commands[Number(eventId)],
    wait: async () => {
      busy = false;
    },
    send: async (url, { headers, body = '' }) => {
      if (url.startsWith('http://') && base.startsWith('https:'))
        return flaws.redirect ?? answer(301, '', 'https://door.example.com:443/');
      if (!url.startsWith(base)) return 'ownUrl' in flaws ? flaws.ownUrl : error(403);
      if (headers.authorization !== 'Bearer t') return flaws.unauthorised ?? error(401);
      if (body.length > 8192) return flaws.tooLarge ?? error(413);
      if (url.includes('eventStatus')) return answer(200, { eventStatus: busy ? 'PENDING' : 'EXECUTED' });
      // As the stage does while the lease of the vehicle is held.
      if (busy) return error(409);
      busy = true;
      return answer(202, { eventId: String(commands.push(picks(headers)) - 1) });
    },
  };
  return { door, commands };
}

async function outcomes(door: Door): Promise<Record<string, Result['outcome']>> {
  const results: [string, Result['outcome']][] = [];
  for await (const { check, outcome } of smokeTest(door, { token: 't', vin: 'V' }))
    results.push([check, outcome]);
  return Object.fromEntries(results);
}

const failures = async (flaws: Flaws) =>
  Object.entries(await outcomes(doorWith(flaws).door))
    .filter(([, outcome]) => outcome === 'failed')
    .map(([check]) => check);

test.each([100, 0])(
  'a door that does all as it should holds, with %i %% of traffic at blue',
  async (blue) => {
    const { door, commands } = doorWith({ blue });
    expect(new Set(Object.values(await outcomes(door)))).toEqual(new Set(['ok']));
    const main = blue === 100 ? 'blue' : 'green';
    expect(commands).toEqual(['blue', 'green', main, main]);
    expect(commands).toHaveLength(COMMANDS);
  },
);

const WITHOUT = 'without the test secret, the weights decide';
const WRONG = 'with a wrong test secret, the weights decide';
const OWN = 'the private APIs do not answer at URLs of their own';
const LARGE = 'the firewall refuses a body that is too large: 413 or 403';
const TOKEN = 'without a token: 401';
const REDIRECT = 'plain HTTP is redirected to HTTPS';

test.each<[string, Flaws, string[]]>([
  ['trusts the header alone', { picks: (headers) => headers['x-environment'] ?? '' }, [WITHOUT, WRONG]],
  [
    'takes a wildcard for the secret',
    { picks: (headers) => ('x-test-secret' in headers ? (headers['x-environment'] ?? '') : 'blue') },
    [WRONG],
  ],
  [
    'does not know the override',
    { picks: () => 'blue' },
    ['with the test secret, who asks for green gets green'],
  ],
  ['answers plain HTTP', { redirect: answer(200, '{}') }, [REDIRECT]],
  ['redirects to plain HTTP', { redirect: answer(301, '', 'http://door.example.com/') }, [REDIRECT]],
  ['lets everybody in', { unauthorised: answer(200, { items: [] }) }, [TOKEN]],
  ['answers 401 with a page of its own', { unauthorised: answer(401, '<html>') }, [TOKEN]],
  ['has a firewall that answers with a page', { tooLarge: answer(403, '<html>') }, [LARGE]],
  ['takes large bodies', { tooLarge: answer(400, { statusCode: 400, message: 'Bad.' }) }, [LARGE]],
  ['has APIs that answer at their own URLs', { ownUrl: answer(200, { items: [] }) }, [OWN]],
  ['has APIs that only ask for a token there', { ownUrl: error(401) }, [OWN]],
])('a door that %s fails', async (_, flaws, expected) => {
  expect(await failures(flaws)).toEqual(expected);
});

test('a private API whose URL nobody answers at is as well hidden', async () => {
  expect(await failures({ ownUrl: undefined })).toEqual([]);
});

test('what cannot be seen is skipped, and says why', async () => {
  const split = await outcomes(doorWith({ blue: 50 }).door);
  expect(Object.entries(split).filter(([, outcome]) => outcome === 'skipped')).toEqual([
    [WITHOUT, 'skipped'],
    [WRONG, 'skipped'],
  ]);
  const local = await outcomes(
    doorWith({ base: 'http://127.0.0.1:3000', ownUrls: [], firewall: false }).door,
  );
  expect(local[REDIRECT]).toBe('skipped');
  expect(local[OWN]).toBe('skipped');
  expect(local[LARGE]).toBe('skipped');
});

test('a check that cannot be carried out fails, and the others are tried all the same', async () => {
  const { door } = doorWith();
  const unknown = await outcomes({ ...door, environmentOf: async () => undefined });
  expect(Object.values(unknown).filter((outcome) => outcome === 'failed')).toHaveLength(COMMANDS);
});
