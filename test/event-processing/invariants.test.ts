import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFinal, rankOf } from '../../functions/event/lifecycle.ts';
import { VIN } from '../factories.ts';
import { COMMANDS, keyOf, NEXT, Run, type Scenario, scenarios } from './scenario.ts';

/** What must hold at the end of every scenario. */
const always = (check: (run: Run, scenario: Scenario) => Promise<void> | void): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
      const run = new Run(scheduler, scenario);
      await run.toTheEnd();
      await check(run, scenario);
    }),
    { numRuns: 200 },
  );

const eventsOf = ({ batches }: Scenario, eventId: string) =>
  batches.flat().filter(({ data }) => data.eventId === eventId);

test('I1: once an end is seen, the command has this end or another that was seen, and never had any other', () =>
  always((run, scenario) => {
    const ends = COMMANDS.flatMap((eventId) => {
      const seen = eventsOf(scenario, eventId).filter(({ data }) => isFinal(data.status));
      if (seen.length === 0) return [];
      const state = run.tables.states.get(eventId);
      expect(seen.map(({ id }) => id)).toContain(state?.changedBy);
      return [state?.changedBy];
    });
    expect(run.ends).toEqual(new Set(ends));
  }));

test('I4: the state is the highest that was seen, and no status went back', () =>
  always((run, scenario) => {
    expect(run.setbacks).toEqual([]);
    for (const eventId of COMMANDS) {
      const events = eventsOf(scenario, eventId);
      const state = run.tables.states.get(eventId);
      if (state === undefined) expect(events).toEqual([]);
      else expect(rankOf(state.status)).toBe(Math.max(...events.map(({ data }) => rankOf(data.status))));
    }
  }));

test('I4: the history has each event once, in order, and marks what came too late', () =>
  always(async (run, { batches }) => {
    const events = new Map(batches.flat().map((event) => [keyOf(event), event]));
    const history = await run.tables.historyOf(VIN);
    expect(history.map(keyOf)).toEqual([...events.keys()].toSorted());

    for (const entry of history) {
      const { id, time, data } = events.get(keyOf(entry)) ?? expect.unreachable();
      const { status, changedBy, changedAt } = run.tables.states.get(data.eventId) ?? expect.unreachable();
      if (!isFinal(status) || id === changedBy) expect(entry.ignored).toBe(false);
      else if (isFinal(data.status)) expect(entry.ignored).toBe(true);
      else if (time <= changedAt || !run.finishedLate.has(keyOf(entry))) expect(entry.ignored).toBe(false);
      else if (!run.begunInTime.has(keyOf(entry))) expect(entry.ignored).toBe(true);
      // Else it was stored while its command ended, and may have been seen on either side.
    }
  }));

test('I2: an end frees the vehicle from its command, and from no other', () =>
  always((run, { batches, holder }) => {
    const ended = batches.flat().some(({ data }) => data.eventId === holder && isFinal(data.status));
    const free = holder === undefined || ended;
    if (run.nextHasClaimed) expect(free).toBe(true);
    expect(run.tables.leases.get(VIN)).toBe(run.nextHasClaimed ? NEXT : free ? undefined : holder);
  }));

test('the subscriber hears of the end that stands, at least once, and of no other', () =>
  always((run, { distributed }) => {
    const standing = distributed.filter(
      ({ id, data }) => run.tables.states.get(data.eventId)?.changedBy === id,
    );
    expect(new Set(run.told)).toEqual(new Set(standing.map(({ id }) => id)));
    expect(run.told.length).toBeGreaterThanOrEqual(standing.length);
  }));
