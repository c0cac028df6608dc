import type { BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import { expect, test } from 'vitest';
import { commandStore } from '../../functions/persistence/command-store.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, REQUESTED_AT, VIN } from '../factories.ts';
import { commandStoreSuite } from './command-store-suite.ts';
import { FakeCommandStore } from './fake-command-store.ts';
import { RETENTION_DAYS, realTables } from './tables.ts';

const open = realTables();

commandStoreSuite('the fake', async () => new FakeCommandStore());
commandStoreSuite('DynamoDB', open);

const TTL = REQUESTED_AT / 1000 + RETENTION_DAYS * 86_400;

test('a state is stored as the templates of status API and routing read it', async () => {
  const { store, item } = await open();
  const failed = eventOf('FAILED', {
    data: { statusDetail: 'ENGINE_RUNNING', result: { door: { open: [] } } },
  });
  await store.putState(failed);
  const { payload: _, ...data } = failed.data;
  expect(await item(`COMMAND#${EVENT_ID}`, 'STATE')).toEqual({
    pk: `COMMAND#${EVENT_ID}`,
    sk: 'STATE',
    ...data,
    rank: 3,
    changedBy: failed.id,
    changedAt: failed.time,
    ttl: TTL,
  });
});

test('what stands beside a state stays: events do not know who requested the command', async () => {
  const { store, item, put } = await open();
  const key = { pk: `COMMAND#${EVENT_ID}`, sk: 'STATE' };
  await store.putState(eventOf('CREATED'));
  // As the event-creation workflow records it.
  await put({ ...(await item(key.pk, key.sk)), rank: 1, status: 'PENDING', requester: 'demo' });
  for (const status of ['RUNNING', 'RUNNING', 'EXECUTED', 'FAILED', 'PENDING'] as const) {
    await store.putState(eventOf(status));
    expect(await item(key.pk, key.sk)).toMatchObject({ requester: 'demo' });
  }
  expect(await item(key.pk, key.sk)).toMatchObject({ ...key, status: 'EXECUTED', rank: 3 });
});

test('a state that was refused leaves everything as it was', async () => {
  const { store, item } = await open();
  await store.putState(eventOf('EXECUTED', { data: { result: { level: 1 } } }));
  const standing = await item(`COMMAND#${EVENT_ID}`, 'STATE');
  expect(await store.putState(eventOf('FAILED'))).toBe(false);
  expect(await store.putState(eventOf('RUNNING', { data: { country: 'FR' } }))).toBe(false);
  expect(await item(`COMMAND#${EVENT_ID}`, 'STATE')).toEqual(standing);
});

test('names that DynamoDB reserves are attributes like others', async () => {
  const { store, item } = await open();
  const parameters = { status: 'x', '#rank': ':rank', 'a.b': [null, true] };
  await store.putState(eventOf('EXECUTED', { data: { result: parameters } }));
  expect(await item(`COMMAND#${EVENT_ID}`, 'STATE')).toMatchObject({
    result: parameters,
    status: 'EXECUTED',
  });
});

test('a history entry is stored as the template of the history reads it', async () => {
  const { store, item } = await open();
  const failed = eventOf('FAILED', { data: { statusDetail: 'ENGINE_RUNNING' } });
  await store.appendHistory([{ event: failed, ignored: true }]);
  expect(await item(`VEHICLE#${VIN}`, `${at(3)}#${failed.id}`)).toEqual({
    pk: `VEHICLE#${VIN}`,
    sk: `${at(3)}#${failed.id}`,
    eventId: EVENT_ID,
    serviceType: 'horn-blow',
    status: 'FAILED',
    statusReason: 'VEHICLE_REJECTED',
    statusDetail: 'ENGINE_RUNNING',
    source: 'test',
    time: at(3),
    ignored: true,
    ttl: TTL,
  });
});

test('the entries that DynamoDB left out come back, duplicates with them', async () => {
  const { dynamoDb, eventsTable, store, historyOf } = await open();
  const throttle = (input: BatchWriteItemCommandInput) => {
    const [first, ...others] = input.RequestItems?.[eventsTable] ?? [];
    input.RequestItems = { [eventsTable]: others };
    return first;
  };
  dynamoDb.middlewareStack.add(
    (next) => async (args) => {
      const left = throttle(args.input as BatchWriteItemCommandInput);
      const result = await next(args);
      return { ...result, output: { ...result.output, UnprocessedItems: { [eventsTable]: [left] } } };
    },
    { step: 'initialize', name: 'throttle' },
  );
  const [running, executed] = ['RUNNING', 'EXECUTED'] as const;
  const entries = [running, executed, running].map((status) => ({ event: eventOf(status), ignored: false }));
  const unwritten = await store
    .appendHistory(entries)
    .finally(() => dynamoDb.middlewareStack.remove('throttle'));
  expect(unwritten).toEqual([entries[0], entries[2]]);
  expect(await historyOf(VIN)).toEqual([{ id: eventOf('EXECUTED').id, time: at(3), ignored: false }]);
});

test('states that are asked for at once are one call, each once', async () => {
  const { dynamoDb, store } = await open();
  await store.putState(eventOf('RUNNING'));
  const asked: unknown[] = [];
  dynamoDb.middlewareStack.add(
    (next) => (args) => {
      asked.push(args.input);
      return next(args);
    },
    { step: 'initialize', name: 'watch' },
  );
  const ids = [EVENT_ID, OTHER_EVENT_ID, EVENT_ID];
  const states = await Promise.all(ids.map((id) => store.getState(id)));
  const running = expect.objectContaining({ status: 'RUNNING' });
  expect(states).toEqual([running, undefined, running]);
  expect(asked).toHaveLength(1);
  // What was written since is seen.
  await store.putState(eventOf('EXECUTED'));
  expect(await store.getState(EVENT_ID)).toMatchObject({ status: 'EXECUTED' });
  dynamoDb.middlewareStack.remove('watch');
});

test('states that DynamoDB left out are an error, not unknown', async () => {
  const { dynamoDb, eventsTable, store } = await open();
  dynamoDb.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const UnprocessedKeys = { [eventsTable]: { Keys: [{}] } };
      return { ...result, output: { ...result.output, UnprocessedKeys } };
    },
    { step: 'initialize', name: 'throttle' },
  );
  const read = Promise.all([store.getState(EVENT_ID), store.getState(OTHER_EVENT_ID)]);
  await expect(read.finally(() => dynamoDb.middlewareStack.remove('throttle'))).rejects.toThrow(
    'left out 1 of 2 states',
  );
});

test('an error that is no failed condition is passed on', async () => {
  const { dynamoDb } = await open();
  const store = commandStore(dynamoDb, { eventsTable: 'None', leasesTable: 'None', retentionDays: 1 });
  const name = 'ResourceNotFoundException';
  await expect(store.putState(eventOf('RUNNING'))).rejects.toMatchObject({ name });
  await expect(store.releaseLease(eventOf('EXECUTED'))).rejects.toMatchObject({ name });
  await expect(store.getState(EVENT_ID)).rejects.toMatchObject({ name });
  await expect(store.appendHistory([{ event: eventOf('RUNNING'), ignored: false }])).rejects.toMatchObject({
    name,
  });
});
