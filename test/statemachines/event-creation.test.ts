import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { EVENT_TYPE, filterAttributes, RemoteServiceEvent } from '../../functions/event/event.ts';
import { StatusReason } from '../../functions/event/lifecycle.ts';
import { check } from '../../functions/event-processing/lifecycle-check/check.ts';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { CommandState } from '../../functions/persistence/command-state.ts';
import { commandStore } from '../../functions/persistence/command-store.ts';
import { hornBlow } from '../../functions/remote-services/at-the-car.ts';
import { deliverySeconds, leaseSeconds } from '../../functions/remote-services/times.ts';
import { mqtt2021 } from '../../functions/vehicle-generations/mqtt-2021.ts';
import { faultsOf, stateNames } from './definition.ts';
import {
  ACCEPTED,
  answerOf,
  CASES,
  CLAIM,
  DEFINITION,
  ENRICH,
  EVENT_ID,
  eventsOf,
  FIRST_AT,
  FIRST_ID,
  FORGET,
  NEITHER_SENT_NOR_FAILED,
  NOW,
  OTHER_VIN,
  type Outcome,
  PENDING_UNPUBLISHED,
  PUBLISH,
  READ_FIRST,
  READ_FIRST_COMMAND,
  READ_LEASE,
  READ_VEHICLE,
  RECORD,
  REFUSED_AND_UNFORGOTTEN,
  REMEMBER,
  REQUEST,
  REQUESTED_AT,
  retryOfOneThatNeverEnded,
  run,
  runCase,
  SEND,
  scenarioOf,
  USER,
  VALIDATE,
  VEHICLE,
  VIN,
  withVehicle,
} from './event-creation-cases.ts';
import { survivorsOf } from './mutation.ts';
import { config, done, type Run } from './workflow.ts';

vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomUUID: () => '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5',
}));

/** Waiting takes no time but the clock's. */
vi.mock('../../local/step-functions/abort.ts', async (original) => ({
  ...(await original<typeof import('../../local/step-functions/abort.ts')>()),
  sleep: async (milliseconds: number) => void vi.setSystemTime(Date.now() + milliseconds),
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(NOW) });
  // Retries wait for a random part of their delay: for none.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const Details = z.object({ errorDetails: z.string().optional() });

describe.each(Object.entries(CASES))('%s', (name, { input: _, with: __, ...expected }) => {
  test('comes to this', async () => {
    const found = await runCase(name);
    const outcome: Outcome = {
      answer: answerOf(found).statusCode,
      remembered: done(found, REMEMBER).length > 0,
      published: eventsOf(found).map(({ data }) =>
        [data.status, data.statusReason].filter(Boolean).join(' '),
      ),
      claimed: done(found, CLAIM).length > 0,
      recorded: done(found, RECORD).length > 0,
      sent: done(found, SEND).length > 0,
      forgotten: done(found, FORGET).length > 0,
    };
    expect(outcome).toEqual(expected);
  });

  test('publishes events of the one schema, with the attributes that filters need', async () => {
    for (const { Message, MessageAttributes } of done(await runCase(name), PUBLISH)) {
      const message: unknown = JSON.parse(String(Message));
      const event = RemoteServiceEvent.parse(message);
      // Nothing beside the schema.
      expect(event).toEqual(message);
      const attributes = Object.entries(filterAttributes(event)).map(([key, value]) => [
        key,
        { DataType: 'String', StringValue: value },
      ]);
      expect(MessageAttributes).toEqual(Object.fromEntries(attributes));
    }
  });

  test('publishes an event again as the same event', async () => {
    const found = await runCase(name);
    const messages = found.calls
      .filter((call) => call.name === PUBLISH)
      .map(({ input }) => String(input.Message));
    const ids = new Set(messages.map((message) => RemoteServiceEvent.parse(JSON.parse(message)).id));
    expect(ids.size).toBe(new Set(messages).size);
    for (const id of ids) expect(id).toMatch(new RegExp(`^${EVENT_ID}\\.(created|pending|refused)$`));
  });

  test('answers in the interface’s shape, with the correlation id', async () => {
    const { statusCode, correlationId, body } = answerOf(await runCase(name));
    expect(correlationId).toBe('c-1');
    const { errorDetails: reason } = Details.parse(body.errorDetails ?? {});
    expect(body).toEqual(
      statusCode === 202
        ? expected.sent
          ? { creationTime: REQUESTED_AT, eventId: EVENT_ID }
          : { creationTime: FIRST_AT, eventId: FIRST_ID }
        : {
            statusCode,
            message: expect.stringMatching(/^.{10,}$/),
            errorDetails: {
              title: null,
              description: null,
              presentationType: 'DIALOG',
              iconId: null,
              isRetriable: reason === 'VEHICLE_BUSY' || reason === 'SERVICE_UNAVAILABLE',
              errorDetails: expect.toSatisfy((text) => StatusReason.safeParse(text).success),
            },
            ...(reason === 'VEHICLE_BUSY' && { inFlight: expect.anything() }),
          },
    );
  });
});

describe('on every way', () => {
  const cases = Object.entries(CASES);

  test('a refused request leaves no lease and no message to the vehicle (I7)', () => {
    const refused = cases.filter(([, { answer }]) => answer >= 400 && answer < 500);
    expect(refused.filter(([, { claimed, recorded, sent }]) => claimed || recorded || sent)).toEqual([]);
  });

  test('nothing is sent that was not recorded before, and nothing recorded without a lease', async () => {
    for (const [name] of cases) {
      const successes = (await runCase(name)).calls
        .filter(({ refused }) => !refused)
        .map((call) => call.name);
      const [claimed, recorded, sent] = [CLAIM, RECORD, SEND].map((call) => successes.indexOf(call));
      if (sent !== -1) expect(recorded, name).toSatisfy((at: number) => at !== -1 && at < Number(sent));
      if (recorded !== -1)
        expect(claimed, name).toSatisfy((at: number) => at !== -1 && at < Number(recorded));
    }
  });

  test('a command that fails after the claim is ended by an event that frees the vehicle', async () => {
    const failed = cases.filter(([, { answer, claimed }]) => claimed && answer !== 202);
    expect(failed.length).toBeGreaterThan(0);
    for (const [name, { published }] of failed) {
      const isEnded = published.includes('FAILED SERVICE_UNAVAILABLE');
      expect(isEnded || (await isEndedByTimeout(await runCase(name))), name).toBe(true);
    }
  });

  const Item = z.object({ Item: z.record(z.string(), z.custom<AttributeValue>()) });

  /** Whether the watch over CREATED, if nothing else happens, comes to an event that ends the command. */
  async function isEndedByTimeout(found: Run): Promise<boolean> {
    const created = eventsOf(found).find(({ data }) => data.status === 'CREATED');
    if (created === undefined) return false;
    const [recorded] = done(found, RECORD);
    const ends: RemoteServiceEvent[] = [];
    const watches = [watchOf(created)];
    for (const watch of watches) {
      await check(watch, {
        getState: async () => recorded && CommandState.parse(unmarshall(Item.parse(recorded).Item)),
        publish: async (event) => void ends.push(event),
        watchOn: async (next) => void watches.push(next),
        now: () => watch.deadline,
      });
    }
    return ends.length === 1;
  }

  test('a refusal that cannot be published is ended by the time-out of CREATED', async () => {
    expect(await isEndedByTimeout(await runCase('a busy vehicle, and FAILED cannot be published'))).toBe(
      true,
    );
  });

  test.each([PENDING_UNPUBLISHED, NEITHER_SENT_NOR_FAILED])('so is this command: %s', async (name) => {
    expect(await isEndedByTimeout(await runCase(name))).toBe(true);
  });

  test('a refused request may be retried with the same correlation id, but not one that may have been sent', () => {
    const kept = cases.filter(([, { answer, remembered, forgotten }]) =>
      answer === 202 ? false : remembered && !forgotten,
    );
    expect(kept.map(([name]) => name)).toEqual([
      'the command has ended before it is recorded',
      'the command cannot be recorded',
      'the command cannot be sent',
      NEITHER_SENT_NOR_FAILED,
      REFUSED_AND_UNFORGOTTEN,
    ]);
  });

  test('what is not remembered leaves no trace', () => {
    const unremembered = cases.filter(([, { remembered }]) => !remembered);
    expect(unremembered.length).toBeGreaterThan(0);
    const traces = unremembered.filter(
      ([, { published, claimed, forgotten }]) => published.length > 0 || claimed || forgotten,
    );
    expect(traces).toEqual([]);
  });

  test('a client that hears 503 need not fear that the vehicle does it all the same', () => {
    expect(cases.filter(([, { answer, sent }]) => answer === 503 && sent)).toEqual([]);
  });

  test('every state is entered', async () => {
    const runs = await Promise.all(cases.map(([name]) => runCase(name)));
    const entered = new Set(runs.flatMap(({ states }) => states));
    expect(stateNames(DEFINITION).filter((state) => !entered.has(state))).toEqual([]);
  });

  test('no transition can be lost, or lead elsewhere, unnoticed', { timeout: 60_000 }, async () => {
    expect(await survivorsOf(DEFINITION, Object.values(CASES).map(scenarioOf))).toEqual([]);
  });
});

describe('an accepted command', () => {
  test('is claimed as the vehicle’s one command in flight (I2)', async () => {
    expect(done(await runCase('accepted'), CLAIM)).toEqual([
      {
        TableName: 'shared/Persistence/Leases',
        Item: {
          vin: { S: VIN },
          eventId: { S: EVENT_ID },
          serviceType: { S: 'horn-blow' },
          requestedAt: { S: REQUESTED_AT },
          expiresAt: {
            N: String(Date.parse('2026-01-01T12:00:01Z') / 1000 + leaseSeconds(hornBlow, mqtt2021)),
          },
        },
        // Times are compared, for TTL deletes late; the own lease counts as free, for a retry.
        ConditionExpression: 'attribute_not_exists(vin) OR expiresAt <= :now OR eventId = :eventId',
        ExpressionAttributeValues: {
          ':now': { N: String(Date.parse('2026-01-01T12:00:00Z') / 1000) },
          ':eventId': { S: EVENT_ID },
        },
      },
    ]);
  });

  test('is PENDING with all that the backend knows of the vehicle', async () => {
    const [created, pending] = eventsOf(await runCase('accepted'));
    const known = {
      eventId: EVENT_ID,
      vin: VIN,
      serviceType: 'horn-blow',
      environment: 'blue',
      requestedAt: REQUESTED_AT,
      expiresAt: '2026-01-01T12:00:15.100Z',
      correlationId: 'c-1',
      payload: {},
    };
    expect(created).toEqual({
      specversion: '1.0',
      id: `${EVENT_ID}.created`,
      source: 'event-creation',
      type: EVENT_TYPE,
      subject: VIN,
      time: NOW,
      data: { ...known, status: 'CREATED' },
    });
    const seconds = deliverySeconds(hornBlow, mqtt2021);
    expect(seconds).toBeGreaterThan(hornBlow.deliverySeconds);
    expect(pending).toEqual({
      ...created,
      id: `${EVENT_ID}.pending`,
      data: {
        ...known,
        status: 'PENDING',
        brand: 'bmw',
        country: 'DE',
        generation: 'mqtt-2021',
        // It may have to be woken first.
        expiresAt: new Date(Date.parse(REQUESTED_AT) + seconds * 1000).toISOString(),
      },
    });
  });

  test('is sent to the vehicle as the PENDING event', async () => {
    const found = await runCase('accepted');
    const [message, ...others] = done(found, SEND);
    expect(others).toEqual([]);
    expect(message).toEqual({
      QueueUrl: 'blue/OutgoingVehicleCommunication/Commands/Queue',
      MessageBody: expect.any(String),
    });
    expect(JSON.parse(String(message?.MessageBody))).toEqual(eventsOf(found)[1]);
  });

  const Update = z.object({
    Key: z.record(z.string(), z.json()),
    ConditionExpression: z.string(),
    ExpressionAttributeNames: z.record(z.string(), z.string()),
    ExpressionAttributeValues: z.record(z.string(), z.json()),
  });

  test('is recorded as the persistence of events would record it, and with who requested it', async () => {
    const found = await runCase('accepted');
    const pending = eventsOf(found)[1];
    if (pending === undefined) throw new Error('PENDING was not published');
    const client = new DynamoDBClient({ region: 'eu-central-1' });
    const send = vi.spyOn(client, 'send').mockImplementation(() => Promise.resolve({}));
    const store = commandStore(client, {
      eventsTable: 'shared/Persistence/Events',
      leasesTable: 'shared/Persistence/Leases',
      retentionDays: config.eventRetentionDays,
    });
    await store.putState(pending);
    const update = Update.parse(send.mock.calls[0]?.[0].input);
    const updated = Object.entries(update.ExpressionAttributeNames).map(([placeholder, name]) => [
      name,
      update.ExpressionAttributeValues[placeholder.replace('#', ':')],
    ]);
    expect(done(found, RECORD)).toEqual([
      {
        TableName: 'shared/Persistence/Events',
        Item: { ...update.Key, ...Object.fromEntries(updated), requester: { S: USER } },
        ConditionExpression: update.ConditionExpression.replace('#changedBy', 'changedBy')
          .replace(':changedBy', ':event')
          .replace('#changedAt', 'changedAt')
          .replace(':changedAt', ':time'),
        ExpressionAttributeNames: { '#rank': 'rank' },
        ExpressionAttributeValues: {
          ':rank': update.ExpressionAttributeValues[':rank'],
          ':event': update.ExpressionAttributeValues[':changedBy'],
          ':time': update.ExpressionAttributeValues[':changedAt'],
        },
      },
    ]);
  });
});

describe('the vehicle', () => {
  test('is read before anything else', async () => {
    const [first] = (await runCase('accepted')).calls;
    expect(first).toEqual({
      name: READ_VEHICLE,
      input: { TableName: 'shared/Persistence/Vehicles', Key: { vin: { S: VIN } } },
      refused: false,
    });
  });

  test.each([
    'an unknown vehicle',
    'a vehicle of someone else',
    'an invalid body for a vehicle of someone else',
    'a retry for a vehicle that is someone else’s now',
  ])('%s: nothing but this is called, and the answer is always the same', async (name) => {
    const found = await runCase(name);
    expect(found.calls.map((call) => call.name)).toEqual([READ_VEHICLE]);
    expect(answerOf(found)).toEqual(answerOf(await runCase('an unknown vehicle')));
  });

  test.each(['', `${USER} `, USER.toUpperCase(), 'user', '$request.user'])(
    'of the owner %j is not the user’s',
    async (owner) => {
      const found = await run(scenarioOf({ ...ACCEPTED, with: () => withVehicle({ owner }) }));
      expect(answerOf(found).statusCode).toBe(404);
      expect(found.calls.map(({ name }) => name)).toEqual([READ_VEHICLE]);
    },
  );

  test('without an owner is nobody’s', async () => {
    const ownerless = { [READ_VEHICLE]: () => ({ Item: { vin: { S: VIN } } }) };
    const found = await run(scenarioOf({ ...ACCEPTED, with: () => ownerless }));
    expect(answerOf(found).statusCode).toBe(404);
    expect(found.calls.map(({ name }) => name)).toEqual([READ_VEHICLE]);
  });

  test.each([[[]], [['horn-blow']], [['horn-blow', 'light-flash']]])(
    'with the capabilities %j goes to the functions, which hear neither which nor whose it is',
    async (capabilities) => {
      const found = await run(scenarioOf({ ...ACCEPTED, with: () => withVehicle({ capabilities }) }));
      const { vin: _, owner: __, ...vehicle } = VEHICLE;
      for (const name of [VALIDATE, ENRICH]) {
        expect(done(found, name).map(({ Payload }) => Payload)).toEqual([
          {
            serviceType: 'horn-blow',
            requestedAt: Date.parse(REQUESTED_AT),
            body: {},
            vehicle: { ...vehicle, capabilities },
          },
        ]);
      }
    },
  );
});

describe('a request is remembered', () => {
  const remember = async (input: Partial<typeof REQUEST> = {}) => {
    const owner = input.user ?? USER;
    const found = await run(scenarioOf({ ...ACCEPTED, input, with: () => withVehicle({ owner }) }));
    const [item, ...others] = done(found, REMEMBER).map(({ Item }) => Remembered.parse(Item));
    expect(others).toEqual([]);
    if (item === undefined) throw new Error('Nothing was remembered');
    return item;
  };
  const Remembered = z.strictObject({
    pk: z.strictObject({ S: z.string().regex(/^REQUEST#[0-9a-f]{64}$/) }),
    sk: z.strictObject({ S: z.literal('REQUEST') }),
    eventId: z.json(),
    fingerprint: z.strictObject({ S: z.string().regex(/^[0-9a-f]{64}$/) }),
    requestedAt: z.json(),
    ttl: z.json(),
  });

  test('for ten minutes, unless it is already; times are compared, for TTL deletes late', async () => {
    const [request, ...others] = done(await runCase('accepted'), REMEMBER);
    expect(others).toEqual([]);
    expect(request).toEqual({
      TableName: 'shared/Persistence/Events',
      Item: {
        pk: expect.anything(),
        sk: { S: 'REQUEST' },
        eventId: { S: EVENT_ID },
        fingerprint: expect.anything(),
        requestedAt: { N: String(Date.parse(REQUESTED_AT)) },
        ttl: { N: String(Date.parse('2026-01-01T12:10:00Z') / 1000) },
      },
      // The own write counts as free, for a retry.
      ConditionExpression: 'attribute_not_exists(pk) OR #ttl <= :now OR eventId = :eventId',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ':now': { N: String(Date.parse('2026-01-01T12:00:00Z') / 1000) },
        ':eventId': { S: EVENT_ID },
      },
    });
  });

  test('without user and correlation id in plain', async () => {
    const item = JSON.stringify(await remember({ correlationId: 'my-correlation-id' }));
    expect(item).not.toContain('my-correlation-id');
    expect(item).not.toContain(USER);
  });

  test('by user and correlation id, whatever is asked for', async () => {
    const { pk } = await remember();
    expect((await remember({ body: { loud: true }, vin: OTHER_VIN, serviceType: 'light-flash' })).pk).toEqual(
      pk,
    );
    expect((await remember({ user: 'user-0815' })).pk).not.toEqual(pk);
    expect((await remember({ correlationId: 'c-2' })).pk).not.toEqual(pk);
  });

  test('so that nobody can be taken for someone else', async () => {
    const keys = await Promise.all(
      [
        { user: 'a', correlationId: 'b","c' },
        { user: 'a","b', correlationId: 'c' },
        { user: 'a', correlationId: 'bc' },
        { user: 'ab', correlationId: 'c' },
        // What is cut from the answer still tells requests apart.
        { user: 'a', correlationId: 'x'.repeat(200) },
        { user: 'a', correlationId: 'x'.repeat(201) },
      ].map(async (input) => (await remember(input)).pk.S),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  test.each<Partial<typeof REQUEST>>([
    { body: { loud: true } },
    { vin: OTHER_VIN },
    { serviceType: 'light-flash' },
  ])('with what is asked for: %j is another request', async (input) => {
    expect((await remember(input)).fingerprint).not.toEqual((await remember()).fingerprint);
  });

  test('with what is asked for: when it is asked for is no part of it', async () => {
    const { fingerprint } = await remember({ requestedAt: REQUEST.requestedAt + 1000 });
    expect(fingerprint).toEqual((await remember()).fingerprint);
  });
});

describe('a retried request', () => {
  const RETRY = 'a retry of an accepted request';

  test('reads the first request and its command, strongly consistent, and calls nothing else', async () => {
    const { pk } = z
      .object({ Item: z.object({ pk: z.json() }) })
      .parse(done(await runCase('accepted'), REMEMBER)[0]).Item;
    const { calls } = await runCase(RETRY);
    expect(calls.map(({ name, refused }) => [name, refused])).toEqual([
      [READ_VEHICLE, false],
      [REMEMBER, true],
      [READ_FIRST, false],
      [READ_FIRST_COMMAND, false],
    ]);
    expect(calls.slice(2).map(({ input }) => input)).toEqual([
      {
        TableName: 'shared/Persistence/Events',
        Key: { pk, sk: { S: 'REQUEST' } },
        ConsistentRead: true,
      },
      {
        TableName: 'shared/Persistence/Events',
        Key: { pk: { S: `COMMAND#${FIRST_ID}` }, sk: { S: 'STATE' } },
        ConsistentRead: true,
      },
    ]);
  });

  test('waits a second before it looks again', async () => {
    await runCase('a retry while the first is under way, which is accepted then');
    expect(Date.now()).toBe(Date.parse(NOW) + 2000);
  });

  test.each([
    ['body', { body: { loud: true } }],
    ['vehicle', { vin: OTHER_VIN }],
    ['service', { serviceType: 'light-flash' }],
  ])('with another %s is another request: nothing is called but what finds the first', async (_, other) => {
    const { with: memory } = CASES[RETRY] ?? {};
    const found = await run(scenarioOf({ ...ACCEPTED, input: other, ...(memory && { with: memory }) }));
    expect(answerOf(found)).toMatchObject({
      statusCode: 409,
      body: { errorDetails: { errorDetails: 'CORRELATION_ID_REUSED', isRetriable: false } },
    });
    expect(found.calls.map(({ name }) => name)).toEqual([READ_VEHICLE, REMEMBER, READ_FIRST]);
  });

  test('gives up after ten seconds, before a client does', async () => {
    const found = await runCase('a retry of a request of which nothing is known after 10 s');
    expect(found.calls.filter(({ name }) => name === READ_FIRST_COMMAND)).toHaveLength(11);
    expect(Date.now()).toBe(Date.parse(NOW) + 10_000);
  });

  test.each([
    // As long as it may be under way, with all that may be late.
    ['2026-01-01T11:59:15.249Z', 0],
    ['2026-01-01T11:59:15.250Z', 1],
    ['2026-01-01T11:59:16.250Z', 2],
  ])('takes over from one of %s after %i s', async (requestedAt, seconds) => {
    const found = await run(scenarioOf(retryOfOneThatNeverEnded(requestedAt)));
    expect(answerOf(found).body).toEqual({ creationTime: REQUESTED_AT, eventId: EVENT_ID });
    expect(Date.now()).toBe(Date.parse(NOW) + seconds * 1000);
  });

  test('is CREATED when it has become the first one, not before it waited', async () => {
    const [created] = eventsOf(await runCase('a retry while the first is under way, which is refused then'));
    expect(created).toMatchObject({
      time: new Date(Date.parse(NOW) + 1000).toISOString(),
      data: { status: 'CREATED', requestedAt: REQUESTED_AT, expiresAt: '2026-01-01T12:00:15.100Z' },
    });
  });

  test('forgets the first one only, and itself only', async () => {
    const forgotten = async (name: string) =>
      (await runCase(name)).calls.filter((call) => call.name === FORGET).map(({ input }) => input);
    const expected = (eventId: string) => ({
      TableName: 'shared/Persistence/Events',
      Key: { pk: { S: expect.stringMatching(/^REQUEST#[0-9a-f]{64}$/) }, sk: { S: 'REQUEST' } },
      ConditionExpression: 'eventId = :eventId',
      ExpressionAttributeValues: { ':eventId': { S: eventId } },
    });
    expect(await forgotten('a retry of a request that never ended')).toEqual([expected(FIRST_ID)]);
    expect(await forgotten('a busy vehicle')).toEqual([expected(EVENT_ID)]);
  });
});

describe('a refusal says why', () => {
  const detail = async (name: string) => {
    const { body } = answerOf(await runCase(name));
    return {
      ...body,
      errorDetails: z.object({ errorDetails: z.string() }).parse(body.errorDetails).errorDetails,
    };
  };

  test('which command the vehicle is busy with, read strongly consistent: its claim has just won', async () => {
    expect(done(await runCase('a busy vehicle'), READ_LEASE)).toEqual([
      { TableName: 'shared/Persistence/Leases', Key: { vin: { S: VIN } }, ConsistentRead: true },
    ]);
    expect(await detail('a busy vehicle')).toEqual({
      statusCode: 409,
      message:
        'The vehicle is busy with light-flash (event 00000000-0000-4000-8000-000000000000). Try again when it has ended.',
      errorDetails: 'VEHICLE_BUSY',
      inFlight: {
        eventId: '00000000-0000-4000-8000-000000000000',
        serviceType: 'light-flash',
        creationTime: '2026-01-01T11:59:50.000Z',
      },
    });
  });

  const NOTHING_DONE = /^The request could not be handled now; nothing was done\. Try again\.$/;

  test.each([
    ['a malformed VIN', 'INVALID_REQUEST', /^A VIN has 17 capital letters and digits, /],
    ['a request that the API itself refuses', 'INVALID_REQUEST', /^The request body is too large\.$/],
    ['an invalid body', 'INVALID_REQUEST', /loud/],
    ['an unknown vehicle', 'VEHICLE_UNKNOWN', /^You have no vehicle with this VIN\.$/],
    ['a vehicle of someone else', 'VEHICLE_UNKNOWN', /^You have no vehicle with this VIN\.$/],
    [
      'a vehicle without a horn',
      'SERVICE_NOT_SUPPORTED',
      /^This vehicle \(i4\) does not support horn-blow\.$/,
    ],
    ['the correlation id of another request', 'CORRELATION_ID_REUSED', /^This correlation id belongs to /],
    ['a retry of a request of which nothing is known after 10 s', 'SERVICE_UNAVAILABLE', NOTHING_DONE],
    ['the vehicle cannot be read', 'SERVICE_UNAVAILABLE', NOTHING_DONE],
    ['remembering fails', 'SERVICE_UNAVAILABLE', NOTHING_DONE],
    ['the claim fails', 'SERVICE_UNAVAILABLE', /^The command could not be sent\. Try again\.$/],
    ['the command cannot be sent', 'SERVICE_UNAVAILABLE', /^The command could not be sent\. Try again\.$/],
  ])('%s: %s', async (name, reason, message) => {
    expect(await detail(name)).toMatchObject({
      errorDetails: reason,
      message: expect.stringMatching(message),
    });
  });
});

test.each([
  '',
  'wbadem00000000001',
  'WBADEM0000000000',
  'WBADEM000000000011',
  'WBADEMO0000000001',
  `${VIN}\n`,
  `x ${VIN}`,
])('the VIN %j is malformed', async (vin) => {
  expect(answerOf(await run(scenarioOf({ ...ACCEPTED, input: { vin } }))).statusCode).toBe(400);
});

test('a long correlation id is cut, for it goes into every event', async () => {
  const found = await run(scenarioOf({ ...ACCEPTED, input: { correlationId: 'x'.repeat(5000) } }));
  const cut = 'x'.repeat(100);
  expect(answerOf(found).correlationId).toBe(cut);
  expect(eventsOf(found).map(({ data }) => data.correlationId)).toEqual([cut, cut]);
});

test('quotes and other languages in what the client sends stay what they are', async () => {
  const correlationId = `"},{'\\ {% $uuid() %} \${EventsTopic} 車`;
  const found = await run(scenarioOf({ ...ACCEPTED, input: { correlationId } }));
  expect(eventsOf(found).map(({ data }) => data.correlationId)).toEqual([correlationId, correlationId]);
  expect(JSON.stringify(done(found, RECORD))).toContain(JSON.stringify({ S: correlationId }));
});

test.each([
  'a malformed VIN',
  'a request that the API itself refuses',
  'a request with a malformed VIN that the API itself refuses',
])('%s: nothing is called', async (name) => {
  expect((await runCase(name)).calls).toEqual([]);
});

test('who asks is known to the table of commands, and to nobody else', async () => {
  for (const name of Object.keys(CASES)) {
    const { calls } = await runCase(name);
    const told = new Set(
      calls.filter(({ input }) => JSON.stringify(input).includes(USER)).map((call) => call.name),
    );
    for (const call of told) expect(call, name).toBe(RECORD);
  }
});

test('the definition is valid Amazon States Language', () => {
  expect(faultsOf(DEFINITION)).toEqual([]);
});
