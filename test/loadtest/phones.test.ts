import { expect, it, test } from 'vitest';
import type { Answer } from '../../loadtest/client.ts';
import { Phones } from '../../loadtest/phones.ts';
import { Tally } from '../../loadtest/tally.ts';

const VINS = ['WBA12AA0P00000001', 'WBA12AA0P00000002'];

const answer = (status: number, body: unknown, failure?: string): Answer => ({
  status,
  body: JSON.stringify(body),
  failure,
  milliseconds: 12,
});

interface Sent {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** Phones that talk to a stage which answers as the test says. */
function phones(answers: (path: string) => Answer, polls = 0) {
  const sent: Sent[] = [];
  const accepted: string[] = [];
  const tally = new Tally();
  const created = new Phones({
    client: {
      post: async (path, headers) => {
        sent.push({ path, headers });
        return answers(path);
      },
    },
    tally,
    vins: VINS,
    services: ['horn-blow', 'light-flash'],
    polls,
    pollIntervalMs: 1,
    token: () => `token-${sent.length}`,
    accepted: (eventId, vin) => accepted.push(`${eventId} ${vin}`),
  });
  return { created, sent, accepted, tally };
}

const ACCEPTED = answer(202, { eventId: 'event-1' });

it('vehicles and services take turns', async () => {
  const { created, sent, accepted } = phones(() => ACCEPTED);
  for (let number = 0; number < 5; number += 1) await created.command();
  const what = sent.map(({ path, headers }) => [path.split('/').at(-1), headers['bmw-vin']]);
  expect(what).toEqual([
    ['horn-blow', VINS[0]],
    ['light-flash', VINS[1]],
    ['light-flash', VINS[0]],
    ['horn-blow', VINS[1]],
    ['horn-blow', VINS[0]],
  ]);
  expect(accepted.slice(0, 2)).toEqual([`event-1 ${VINS[0]}`, `event-1 ${VINS[1]}`]);
  // A repetition would be no second command.
  expect(new Set(sent.map(({ headers }) => headers['x-correlation-id'])).size).toBe(5);
  expect(sent.map(({ headers }) => headers.authorization).slice(0, 2)).toEqual([
    'Bearer token-0',
    'Bearer token-1',
  ]);
});

it('a command is followed by so many polls', async () => {
  const { created, sent, tally } = phones(
    (path) => (path.includes('eventStatus') ? answer(200, {}) : ACCEPTED),
    3,
  );
  await created.command();
  expect(sent.slice(1).map(({ path }) => path.split('?')[1])).toEqual(Array(3).fill('eventId=event-1'));
  expect(tally.tick(1)).toMatchObject({ sent: 1, accepted: 1, polls: 3, errors: {}, underWay: 0 });
});

test.each<[Answer, string]>([
  [answer(409, { errorDetails: { errorDetails: 'VEHICLE_BUSY' } }), 'trigger 409 VEHICLE_BUSY'],
  [answer(500, { message: 'Internal server error' }), 'trigger 500'],
  [answer(0, '', 'ECONNRESET'), 'trigger ECONNRESET'],
  [answer(0, '', 'timeout'), 'trigger timeout'],
  [answer(202, { nothing: 'useful' }), 'trigger 202'],
])('%# what is not accepted is an error by its kind', async (refused, kind) => {
  const { created, sent, accepted, tally } = phones(() => refused, 3);
  await created.command();
  expect(tally.tick(1)).toMatchObject({ sent: 1, accepted: 0, errors: { [kind]: 1 }, underWay: 0 });
  expect(accepted).toEqual([]);
  expect(sent).toHaveLength(1);
});

it('a poll that fails is an error, and the next one follows', async () => {
  let polls = 0;
  const { created, tally } = phones((path) => {
    if (!path.includes('eventStatus')) return ACCEPTED;
    polls += 1;
    return polls === 1 ? answer(503, '') : answer(200, {});
  }, 2);
  await created.command();
  expect(tally.tick(1)).toMatchObject({ accepted: 1, polls: 1, errors: { 'poll 503': 1 } });
});

it('nothing is sent once they have stopped', async () => {
  const { created, sent } = phones((path) => {
    if (path.includes('eventStatus')) created.stop();
    return path.includes('eventStatus') ? answer(200, {}) : ACCEPTED;
  }, 5);
  await created.command();
  await created.command();
  expect(sent).toHaveLength(2);
});

it('a tick counts what came since the last one', async () => {
  const { created, tally } = phones(() => ACCEPTED);
  await created.command();
  expect(tally.tick(1)).toMatchObject({ sent: 1, accepted: 1, trigger: [[expect.closeTo(12, 0), 1]] });
  expect(tally.tick(2)).toMatchObject({ sent: 0, accepted: 0, trigger: [], poll: [] });
});
