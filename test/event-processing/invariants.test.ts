import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFinal, rankOf } from '../../functions/event/lifecycle.ts';
import { stateOf } from '../../functions/persistence/settle.ts';
import { VIN } from '../factories.ts';
import { COMMANDS, isEarly, keyOf, NEXT, Run, recordedOf, type Scenario, scenarios } from './scenario.ts';

/** What must hold at the end of every scenario. */
const always = (
  check: (run: Run, scenario: Scenario) => Promise<void> | void,
  { numRuns }: { numRuns: number } = { numRuns: 200 },
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
      const run = new Run(scheduler, scenario);
      await run.toTheEnd();
      await check(run, scenario);
    }),
    { numRuns },
  );

/** The events of a command that may become its state. */
const eventsOf = (scenario: Scenario, eventId: string) =>
  [...scenario.batches.flat().filter((event) => !isEarly(event)), ...recordedOf(scenario)].filter(
    ({ data }) => data.eventId === eventId,
  );

/**
 * What is expected is computed from the *set* of a command's events alone, and from what the workflow has recorded. So two runs that see the same events, in
 * whatever order, number, batches and interleaving, agree:
 * - the state has the highest rank among the events, and is one of the events of this rank;
 * - where one event alone has this rank, the state is that event, whole;
 * - where several compete (two ends that cross, two messages of RUNNING), the first to be written stands. Which one
 *   that is, the order must say; but it is the only one of them that ever stood, so nobody has seen another.
 */
test('I1, I4: any multiset of events in any order gives the same current state', { timeout: 120_000 }, () =>
  always(
    (run, scenario) => {
      for (const eventId of COMMANDS) {
        const seen = new Map(eventsOf(scenario, eventId).map((event) => [event.id, event]));
        const ranks = [...seen.values()].map(({ data }) => rankOf(data.status));
        const highest = [...seen.values()].filter(({ data }) => rankOf(data.status) === Math.max(...ranks));
        const stood = run.stood.get(eventId) ?? [];
        expect(highest.map(stateOf)).toEqual(
          highest.length === 0 ? [] : expect.arrayContaining([run.tables.states.get(eventId)]),
        );
        // Of each rank one at most, and none went back.
        const way = stood.map(({ status }) => rankOf(status));
        expect(way).toEqual([...new Set(way)].toSorted());
      }
    },
    { numRuns: 10_000 },
  ),
);

test('I4: the history has each event once, in order, and marks what came too late', () =>
  always(async (run, { batches }) => {
    const events = new Map(batches.flat().map((event) => [keyOf(event), event]));
    const history = await run.tables.historyOf(VIN);
    expect(history.map(keyOf)).toEqual([...events.keys()].toSorted());

    for (const entry of history) {
      const event = events.get(keyOf(entry)) ?? expect.unreachable();
      const { id, time, data } = event;
      const standing = run.tables.states.get(data.eventId);
      if (standing === undefined) expect(isEarly(event)).toBe(true);
      const { status = 'CREATED', changedBy = '', changedAt = '' } = standing ?? {};
      if (!isFinal(status) || id === changedBy) expect(entry.ignored).toBe(false);
      else if (isFinal(data.status)) expect(entry.ignored).toBe(true);
      else if (time <= changedAt || !run.finishedLate.has(keyOf(entry))) expect(entry.ignored).toBe(false);
      else if (!isEarly(event) && !run.begunInTime.has(keyOf(entry))) expect(entry.ignored).toBe(true);
      // Else it was stored while its command ended, and may have been seen on either side; or it says to be of after
      // the end, and is one of those that never are.
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
