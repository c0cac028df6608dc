import type { APIGatewayProxyWithLambdaAuthorizerEvent } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { history } from '../../functions/event-creation/history/history.ts';
import type { ReadHistory } from '../../functions/persistence/vehicle-history.ts';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { stubLambdaEnvironment } from '../aws-environment.ts';
import { at, EVENT_ID, eventOf, VIN, vehicle } from '../factories.ts';
import { type RealTables, realTables } from '../persistence/tables.ts';

const own = vehicle();
const PAGE = { items: [], before: `${at(1)}#event` };

let read: Parameters<ReadHistory>[];
beforeEach(() => {
  read = [];
});
const ask = (before: string | undefined, vin = VIN, found: Vehicle | undefined = own) =>
  history(
    { vin, user: 'demo', before },
    {
      findVehicle: async (asked) => (asked === VIN ? found : undefined),
      readHistory: async (...query) => {
        read.push(query);
        return PAGE;
      },
    },
  );

test('the owner reads what was theirs', async () => {
  expect(await ask(undefined)).toEqual(PAGE);
  expect(await ask(`${at(2)}#event`)).toEqual(PAGE);
  expect(read).toEqual([
    [VIN, 'demo', undefined],
    [VIN, 'demo', `${at(2)}#event`],
  ]);
});

test('an empty position is the first page', async () => {
  expect(await ask('')).toEqual(PAGE);
  expect(read).toEqual([[VIN, 'demo', undefined]]);
});

test('a position that nobody gave is cut to what can be a key', async () => {
  await ask('ü'.repeat(10_000));
  expect(read).toEqual([[VIN, 'demo', 'ü'.repeat(200)]]);
});

test.each(['', 'short', VIN.toLowerCase(), `${VIN}0`, `${VIN}\n`, '../vehicles'])(
  '%j is no VIN, and no vehicle',
  async (vin) => {
    expect(await ask(undefined, vin, vehicle({ vin }))).toBeUndefined();
    expect(read).toEqual([]);
  },
);

/** Some of these owners look like the user. */
test.each(['stranger', 'Demo', 'demo ', ' demo', 'dem', 'demo\n'])(
  'a vehicle of %j is as one that nobody knows',
  async (owner) => {
    for (const before of [undefined, '', '2020', '2030']) {
      expect(await ask(before, VIN, vehicle({ owner }))).toBeUndefined();
      expect(await ask(before, 'WBA99ZZ0Z00000009')).toBeUndefined();
    }
    expect(read).toEqual([]);
  },
);

describe('the function', () => {
  const open = realTables();
  let tables: RealTables;
  beforeEach(async () => {
    tables = await open();
    stubLambdaEnvironment(tables.endpoint, {
      EVENTS_TABLE: tables.eventsTable,
      VEHICLES_TABLE: tables.vehiclesTable,
    });
  });

  /** What the function reads of API Gateway's event. */
  interface Read {
    readonly headers: Record<string, string> | null;
    readonly pathParameters: Record<string, string> | null;
    readonly queryStringParameters: Record<string, string> | null;
  }
  async function get(user: string, read: Partial<Read> = {}) {
    const { handler } = await import('../../functions/event-creation/history/handler.ts');
    const event = {
      headers: null,
      pathParameters: { vin: VIN },
      queryStringParameters: null,
      requestContext: { authorizer: { principalId: user } },
      ...read,
    };
    const { statusCode, headers, body } = await handler(
      event as unknown as APIGatewayProxyWithLambdaAuthorizerEvent<{ principalId: string }>,
    );
    return { statusCode, headers, body: JSON.parse(body) };
  }
  const JSON_TYPE = { 'content-type': 'application/json' };

  test('answers the owner, newest first', async () => {
    await tables.putVehicle(own);
    const events = [eventOf('PENDING'), eventOf('FAILED')];
    await tables.store.appendHistory(events.map((event) => ({ event, ignored: false })));
    await tables.put({ pk: `COMMAND#${EVENT_ID}`, sk: 'STATE', requester: 'demo' });
    const item = { eventId: EVENT_ID, serviceType: 'horn-blow', source: 'test', ignored: false };
    expect(await get('demo')).toEqual({
      statusCode: 200,
      headers: JSON_TYPE,
      body: {
        items: [
          { ...item, status: 'FAILED', statusReason: 'VEHICLE_REJECTED', time: at(3) },
          { ...item, status: 'PENDING', statusReason: null, time: at(1) },
        ],
        before: null,
      },
    });
    const earlier = await get('demo', { queryStringParameters: { before: at(2) } });
    expect(earlier.body.items).toMatchObject([{ status: 'PENDING' }]);
  });

  test('answers a stranger and an unknown vehicle alike, in the interface’s shape', async () => {
    const unknown = await get('stranger');
    expect(unknown).toEqual({
      statusCode: 404,
      headers: JSON_TYPE,
      body: { statusCode: 404, message: 'You have no vehicle with this VIN.' },
    });
    await tables.putVehicle(own);
    expect(await get('stranger')).toEqual(unknown);
    expect(await get('demo', { pathParameters: null })).toEqual(unknown);
    for (const vin of ['short', 'WBA99ZZ0Z00000009']) {
      expect(await get('demo', { pathParameters: { vin } })).toEqual(unknown);
    }
  });

  test.each([
    ['demo', 200],
    ['stranger', 404],
  ])('returns the correlation id to %s (%d), however its header is written', async (user, status) => {
    await tables.putVehicle(own);
    for (const name of ['x-correlation-id', 'X-Correlation-Id']) {
      const { statusCode, headers } = await get(user, { headers: { accept: '*/*', [name]: 'mine' } });
      expect(statusCode).toBe(status);
      expect(headers).toEqual({ ...JSON_TYPE, 'x-correlation-id': 'mine' });
    }
  });
});
