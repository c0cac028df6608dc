import { expect, test } from 'vitest';
import { probeCases, together, tryCase } from '../../release/probes.ts';
import { type AppClient, UnexpectedAnswer } from '../../vehicle-simulator/runner/app-client.ts';
import { EVENT_ID, REQUESTED_AT } from '../factories.ts';
import { caseOf } from '../vehicle-simulator/runner/factories.ts';

const one = caseOf();
const optionsOf = () => ({ signal: new AbortController().signal, freed: new Set<string>() });

const appOf = (changes: Partial<AppClient>): AppClient => ({
  trigger: async () => ({
    eventId: EVENT_ID,
    requestedAt: new Date(REQUESTED_AT),
    sentMs: performance.now(),
  }),
  poll: async () => ({ word: 'EXECUTED', reason: undefined }),
  history: async () => [],
  ...changes,
});
const fails = (error: Error) => appOf({ trigger: () => Promise.reject(error) });

test('the probes exist, are of several services and generations, and are done at once', () => {
  const cases = probeCases();
  expect(new Set(cases.map(({ service }) => service.serviceType)).size).toBe(cases.length);
  expect(new Set(cases.map(({ vehicle }) => vehicle.generation)).size).toBeGreaterThan(1);
  // Cases leave 15 s for a stage that is busy.
  for (const { seconds } of cases) expect(seconds[1]).toBeLessThan(16);
});

test.each([
  ['is as it must be', appOf({}), 'held', undefined],
  [
    'ends otherwise',
    appOf({ poll: async () => ({ word: 'ERROR', reason: 'COMMAND_EXPIRED' }) }),
    'failed',
    'ended as ERROR COMMAND_EXPIRED',
  ],
  [
    'is refused',
    appOf({ trigger: async () => ({ statusCode: 503, reason: undefined }) }),
    'failed',
    'refused with 503',
  ],
  [
    'gets an answer that is none',
    fails(new Error('eventStatus answered 500')),
    'failed',
    'eventStatus answered 500',
  ],
  [
    'finds its vehicle busy',
    appOf({ trigger: async () => ({ statusCode: 409, reason: 'VEHICLE_BUSY' }) }),
    'unsent',
    'the vehicle is busy',
  ],
  [
    'is not let in',
    appOf({ trigger: async () => ({ statusCode: 403, reason: undefined }) }),
    'unsent',
    'refused with 403',
  ],
  [
    'is not let in later',
    appOf({ poll: () => Promise.reject(new UnexpectedAnswer('/x', 401)) }),
    'unsent',
    '401',
  ],
  [
    'is answered otherwise',
    appOf({ poll: () => Promise.reject(new UnexpectedAnswer('/x', 500)) }),
    'failed',
    '500',
  ],
  [
    'does not get through',
    fails(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND') })),
    'unsent',
    'fetch failed, getaddrinfo ENOTFOUND',
  ],
  [
    'gets no answer',
    fails(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    'unsent',
    'timeout',
  ],
])('a probe that %s', async (_, app, result, reason) => {
  const found = await tryCase(one, app, optionsOf());
  expect(found.result).toBe(result);
  if (reason !== undefined) expect(found).toMatchObject({ reason: expect.stringContaining(reason) });
});

test('a vehicle that stays busy after its command has ended is a failure, once it was seen to end', async () => {
  const options = optionsOf();
  const busy = appOf({ trigger: async () => ({ statusCode: 409, reason: 'VEHICLE_BUSY' }) });
  expect(await tryCase(one, busy, options)).toMatchObject({ result: 'unsent' });
  expect(await tryCase(one, appOf({}), options)).toEqual({ result: 'held' });
  expect(await tryCase(one, busy, options)).toMatchObject({
    result: 'failed',
    reason: expect.stringContaining('still busy after its command has ended'),
  });
});

test('one failure is one, whatever the others are', () => {
  const unsent = { result: 'unsent', reason: 'x' } as const;
  const failed = { result: 'failed', reason: 'y' } as const;
  const held = { result: 'held' } as const;
  expect(together([held, unsent, failed])).toEqual(failed);
  expect(together([held, unsent])).toEqual(unsent);
  expect(together([held, held])).toEqual(held);
});
