import { type AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { EVENT_TYPE, filterAttributes, RemoteServiceEvent } from '../../functions/event/event.ts';
import { check } from '../../functions/event-processing/lifecycle-check/check.ts';
import { watchOf } from '../../functions/event-processing/lifecycle-watch/watch-event.ts';
import { CommandState } from '../../functions/persistence/command-state.ts';
import { commandStore } from '../../functions/persistence/command-store.ts';
import { leaseSeconds } from '../../functions/remote-services/catalogue.ts';
import { hornBlow } from '../../functions/remote-services/signals.ts';
import { faultsOf, stateNames } from './definition.ts';
import {
  ACCEPTED,
  answerOf,
  CASES,
  CLAIM,
  DEFINITION,
  EVENT_ID,
  eventsOf,
  NEITHER_SENT_NOR_FAILED,
  NOW,
  type Outcome,
  PENDING_UNPUBLISHED,
  PUBLISH,
  READ_LEASE,
  RECORD,
  REQUESTED_AT,
  run,
  runCase,
  SEND,
  scenarioOf,
  VIN,
} from './event-creation-cases.ts';
import { survivorsOf } from './mutation.ts';
import { config, done, type Run } from './workflow.ts';

vi.mock('node:crypto', async (original) => ({
  ...(await original<typeof import('node:crypto')>()),
  randomUUID: () => '5f0c1d2e-3b4a-4c5d-8e6f-708192a3b4c5',
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

describe.each(Object.entries(CASES))('%s', (name, { answer, published, claimed, recorded, sent }) => {
  test('comes to this', async () => {
    const found = await runCase(name);
    const outcome: Outcome = {
      answer: answerOf(found).statusCode,
      published: eventsOf(found).map(({ data }) =>
        [data.status, data.statusReason].filter(Boolean).join(' '),
      ),
      claimed: done(found, CLAIM).length > 0,
      recorded: done(found, RECORD).length > 0,
      sent: done(found, SEND).length > 0,
    };
    expect(outcome).toEqual({ answer, published, claimed, recorded, sent });
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
    expect(body).toEqual(
      statusCode === 202
        ? { creationTime: REQUESTED_AT, eventId: EVENT_ID }
        : {
            statusCode,
            message: expect.stringMatching(/^.{10,}$/),
            errorDetails: {
              title: null,
              description: null,
              presentationType: 'DIALOG',
              iconId: null,
              isRetriable: statusCode === 409 || statusCode === 503,
              errorDetails: expect.stringMatching(/^[A-Z_]+$/),
            },
            ...(statusCode === 409 && { inFlight: expect.anything() }),
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
          expiresAt: { N: String(Date.parse('2026-01-01T12:00:01Z') / 1000 + leaseSeconds(hornBlow)) },
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
    expect(pending).toEqual({
      ...created,
      id: `${EVENT_ID}.pending`,
      data: { ...known, status: 'PENDING', brand: 'bmw', country: 'DE', generation: 'mqtt-2021' },
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

  test('is recorded as the persistence of events would record it', async () => {
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
    expect(done(found, RECORD)).toEqual([send.mock.calls[0]?.[0].input]);
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

  test.each([
    ['a malformed VIN', 'INVALID_REQUEST', /^The header bmw-vin must be a VIN: /],
    ['an invalid body', 'INVALID_REQUEST', /loud/],
    ['an unknown vehicle', 'VEHICLE_UNKNOWN', /^No vehicle has the VIN WBADEM00000000001\.$/],
    [
      'a vehicle without a horn',
      'SERVICE_NOT_SUPPORTED',
      /^This vehicle \(i4\) does not support horn-blow\.$/,
    ],
    ['the claim fails', 'SERVICE_UNAVAILABLE', /^The command could not be sent\. Try again\.$/],
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

test('the definition is valid Amazon States Language', () => {
  expect(faultsOf(DEFINITION)).toEqual([]);
});
