import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import {
  HistoryPage,
  type ReadHistory,
  vehicleHistory,
} from '../../functions/persistence/vehicle-history.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, VIN } from '../factories.ts';
import { type RealTables, realTables } from './tables.ts';

const open = realTables();
let tables: RealTables;
let read: ReadHistory;
beforeEach(async () => {
  tables = await open();
  read = vehicleHistory(tables.dynamoDb, tables.eventsTable);
});

/** As the event-creation workflow records it. */
const requestedBy = (requester: string, eventId = EVENT_ID) =>
  tables.put({ pk: `COMMAND#${eventId}`, sk: 'STATE', requester });

async function append(...events: RemoteServiceEvent[]): Promise<void> {
  // As many as DynamoDB takes at once.
  for (let from = 0; from < events.length; from += 25) {
    const entries = events.slice(from, from + 25).map((event) => ({ event, ignored: false }));
    expect(await tables.store.appendHistory(entries)).toEqual([]);
  }
}

/** Events of as many times. */
const running = (count: number, eventIdOf: (index: number) => string = () => EVENT_ID) =>
  Array.from({ length: count }, (_, index) =>
    eventOf('RUNNING', { id: `event-${index}`, time: at(index), data: { eventId: eventIdOf(index) } }),
  );
const timesOf = (pages: HistoryPage[]) => pages.flatMap(({ items }) => items.map(({ time }) => time));
const newestFirst = (events: RemoteServiceEvent[]) => events.map(({ time }) => time).toReversed();

/** All pages, as an app turns them. */
async function pagesOf(user = 'demo'): Promise<HistoryPage[]> {
  const pages: HistoryPage[] = [];
  let before: string | null | undefined;
  while (before !== null) {
    const page = HistoryPage.parse(await read(VIN, user, before));
    pages.push(page);
    before = page.before;
    expect(pages.length).toBeLessThan(10);
  }
  return pages;
}

test('a vehicle without history has an empty one', async () => {
  expect(await read(VIN, 'demo', undefined)).toEqual({ items: [], before: null });
});

test('an entry says what happened, and nothing more', async () => {
  await requestedBy('demo');
  const rejected = eventOf('FAILED', { data: { statusDetail: 'ENGINE_RUNNING', payload: { a: 1 } } });
  await tables.store.appendHistory([
    { event: eventOf('PENDING'), ignored: false },
    { event: rejected, ignored: true },
  ]);
  const item = { eventId: EVENT_ID, serviceType: 'horn-blow', source: 'test' };
  expect(await read(VIN, 'demo', undefined)).toEqual({
    items: [
      { ...item, status: 'FAILED', statusReason: 'VEHICLE_REJECTED', time: at(3), ignored: true },
      { ...item, status: 'PENDING', statusReason: null, time: at(1), ignored: false },
    ],
    before: null,
  });
});

describe('pages', () => {
  test.each([1, 24, 25, 26, 50, 60])('of %d entries hold each once, newest first', async (count) => {
    await requestedBy('demo');
    const events = running(count);
    await append(...events);
    const pages = await pagesOf();
    expect(timesOf(pages)).toEqual(newestFirst(events));
    for (const { items } of pages) expect(items.length).toBeLessThanOrEqual(25);
    expect(pages[0]?.items).toHaveLength(Math.min(count, 25));
  });

  test('go on behind what is newer meanwhile', async () => {
    await requestedBy('demo');
    const events = running(30);
    await append(...events);
    const first = await read(VIN, 'demo', undefined);
    await append(eventOf('EXECUTED', { time: at(100) }));
    const second = await read(VIN, 'demo', first.before ?? undefined);
    expect(timesOf([first, second])).toEqual(newestFirst(events));
    expect(second.before).toBeNull();
  });

  test('tell entries of one time apart', async () => {
    await requestedBy('demo');
    const ids = Array.from({ length: 30 }, (_, index) => `event-${index}`);
    await append(...ids.map((id) => eventOf('RUNNING', { id })));
    const pages = await pagesOf();
    expect(pages.map(({ items }) => items.length)).toEqual([25, 5]);
  });

  test.each([
    ['a time', at(2), 2],
    ['the key of an entry', `${at(2)}#event-2`, 2],
    ['a time after all', at(100), 5],
    ['a time before all', at(-1), 0],
    ['what sorts first', '!', 0],
    ['what sorts last', '\u{10ffff}', 5],
  ])('before %s', async (_what, before, count) => {
    await requestedBy('demo');
    const events = running(5);
    await append(...events);
    const page = await read(VIN, 'demo', before);
    expect(timesOf([page])).toEqual(newestFirst(events.slice(0, count)));
    expect(page.before).toBeNull();
  });
});

describe('someone sees', () => {
  test('only the vehicle that is asked for', async () => {
    await requestedBy('demo');
    await append(eventOf('RUNNING'));
    expect(await read('WBA11AA0N00000002', 'demo', undefined)).toEqual({ items: [], before: null });
  });

  test('only what they requested: the former owner’s commands stay the former owner’s', async () => {
    await requestedBy('former', OTHER_EVENT_ID);
    await requestedBy('demo');
    const events = running(40, (index) => (index < 30 ? OTHER_EVENT_ID : EVENT_ID));
    await append(...events);
    expect(timesOf(await pagesOf('demo'))).toEqual(newestFirst(events.slice(30)));
    expect(timesOf(await pagesOf('former'))).toEqual(newestFirst(events.slice(0, 30)));
    expect(timesOf(await pagesOf('stranger'))).toEqual([]);
  });

  test('their own behind a page of nothing but others’', async () => {
    await requestedBy('demo');
    const events = running(40, (index) => (index < 10 ? EVENT_ID : OTHER_EVENT_ID));
    await append(...events);
    const [first, second] = await pagesOf();
    expect(first).toEqual({ items: [], before: expect.any(String) });
    expect(second?.items).toHaveLength(10);
  });

  test('no request that was refused: nobody is its requester', async () => {
    await append(eventOf('CREATED'), eventOf('FAILED'));
    expect(timesOf(await pagesOf())).toEqual([]);
    await tables.store.putState(eventOf('FAILED'));
    expect(timesOf(await pagesOf())).toEqual([]);
  });
});
