import { beforeEach, describe, expect, test } from 'vitest';
import type { RemoteServiceEvent } from '../../functions/event/event.ts';
import { rankOf, Status } from '../../functions/event/lifecycle.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { at, EVENT_ID, eventOf, OTHER_EVENT_ID, VIN } from '../factories.ts';
import type { CommandTables, StoredEntry } from './fake-command-store.ts';

const entry = ({ id, time }: RemoteServiceEvent, ignored = false): StoredEntry => ({ id, time, ignored });

/** What every command store does, the tables and the fake that stands for them. @param open gives empty tables */
export function commandStoreSuite(name: string, open: () => Promise<CommandTables>): void {
  describe(name, () => {
    let tables: CommandTables;
    let store: CommandTables['store'];
    beforeEach(async () => {
      tables = await open();
      store = tables.store;
    });

    describe('the state of a command', () => {
      test('is unknown before its first event', async () => {
        expect(await store.getState(EVENT_ID)).toBeUndefined();
      });

      const steps = Status.options.flatMap((from) => Status.options.map((to) => [from, to] as const));
      test.each(steps)('%s, then another event of %s', async (from, to) => {
        const standing = eventOf(from, { id: 'standing', time: at(5) });
        const next = eventOf(to, { id: 'next', time: at(1) });
        expect(await store.putState(standing)).toBe(true);
        const replaces = rankOf(to) > rankOf(from);
        expect(await store.putState(next)).toBe(replaces);
        expect(await store.getState(EVENT_ID)).toEqual(stateOf(replaces ? next : standing));
      });

      test.each(Status.options)('%s may be written again', async (status) => {
        await store.putState(eventOf(status));
        expect(await store.putState(eventOf(status))).toBe(true);
        expect(await store.getState(EVENT_ID)).toEqual(stateOf(eventOf(status)));
      });

      test('is that of the first of two equal messages', async () => {
        const first = eventOf('EXECUTED', { time: at(5) });
        await store.putState(first);
        expect(await store.putState(eventOf('EXECUTED', { time: at(4) }))).toBe(false);
        expect(await store.getState(EVENT_ID)).toEqual(stateOf(first));
      });

      test('never goes back, even if a vehicle gives two messages one id', async () => {
        const executed = eventOf('EXECUTED', { id: 'reused' });
        await store.putState(executed);
        await store.putState(eventOf('RUNNING', { id: 'reused' }));
        expect(await store.getState(EVENT_ID)).toEqual(stateOf(executed));
      });

      test('keeps the generation: an event from before it was known ends the command as well', async () => {
        const failed = eventOf('FAILED', { data: { generation: undefined } });
        await store.putState(eventOf('CREATED', { data: { generation: undefined } }));
        expect(await store.getState(EVENT_ID)).not.toHaveProperty('generation', expect.anything());
        await store.putState(eventOf('PENDING'));
        expect(await store.getState(EVENT_ID)).toMatchObject({ generation: 'mqtt-2021' });
        await store.putState(failed);
        expect(await store.getState(EVENT_ID)).toEqual({ ...stateOf(failed), generation: 'mqtt-2021' });
      });

      test('is its own', async () => {
        const other = eventOf('PENDING', { data: { eventId: OTHER_EVENT_ID } });
        await store.putState(eventOf('EXECUTED'));
        expect(await store.putState(other)).toBe(true);
        expect(await store.getState(EVENT_ID)).toEqual(stateOf(eventOf('EXECUTED')));
        expect(await store.getState(OTHER_EVENT_ID)).toEqual(stateOf(other));
      });

      test('has one winner when two ends are written at once', async () => {
        const ends = [eventOf('EXECUTED'), eventOf('FAILED')];
        const won = await Promise.all(ends.map((end) => store.putState(end)));
        expect(won.filter(Boolean)).toHaveLength(1);
        const winner = ends[won.indexOf(true)] ?? ends[0];
        expect(await store.getState(EVENT_ID)).toEqual(winner && stateOf(winner));
      });
    });

    describe('a lease', () => {
      test('is released by the command that holds it, once or twice', async () => {
        await tables.claim(VIN, EVENT_ID);
        await store.releaseLease(eventOf('EXECUTED'));
        expect(await tables.leaseOf(VIN)).toBeUndefined();
        await store.releaseLease(eventOf('EXECUTED'));
        expect(await tables.leaseOf(VIN)).toBeUndefined();
      });

      test('of another command stays', async () => {
        await tables.claim(VIN, OTHER_EVENT_ID);
        await store.releaseLease(eventOf('EXECUTED'));
        expect(await tables.leaseOf(VIN)).toBe(OTHER_EVENT_ID);
      });

      test('of another vehicle stays', async () => {
        await tables.claim('WBA11AA0N00000002', EVENT_ID);
        await store.releaseLease(eventOf('EXECUTED'));
        expect(await tables.leaseOf('WBA11AA0N00000002')).toBe(EVENT_ID);
      });
    });

    describe('the history', () => {
      test('is in the order of time, however it was written', async () => {
        const events = [eventOf('EXECUTED'), eventOf('CREATED'), eventOf('PENDING')];
        const entries = events.map((event) => ({ event, ignored: event.data.status === 'PENDING' }));
        expect(await store.appendHistory(entries)).toEqual([]);
        expect(await tables.historyOf(VIN)).toEqual([
          entry(eventOf('CREATED')),
          entry(eventOf('PENDING'), true),
          entry(eventOf('EXECUTED')),
        ]);
      });

      test('has one entry for an event that came twice, in one batch or in two', async () => {
        const running = { event: eventOf('RUNNING'), ignored: false };
        const again = { event: structuredClone(eventOf('RUNNING')), ignored: false };
        expect(await store.appendHistory([running, again])).toEqual([]);
        expect(await tables.historyOf(VIN)).toEqual([entry(eventOf('RUNNING'))]);
        await store.appendHistory([{ ...again, ignored: true }]);
        expect(await tables.historyOf(VIN)).toEqual([entry(eventOf('RUNNING'), true)]);
      });

      test('has an entry for each event of one time', async () => {
        const events = ['a', 'b'].map((id) => eventOf('RUNNING', { id, time: at(2) }));
        await store.appendHistory(events.map((event) => ({ event, ignored: false })));
        expect(await tables.historyOf(VIN)).toEqual(events.map((event) => entry(event)));
      });

      test('is the vehicle’s own', async () => {
        await store.appendHistory([{ event: eventOf('RUNNING'), ignored: false }]);
        expect(await tables.historyOf('WBA11AA0N00000002')).toEqual([]);
      });
    });
  });
}
