import { describe, expect, test, vi } from 'vitest';
import type { AppClient, Shown } from '../../../vehicle-simulator/runner/app-client.ts';
import {
  type Outcome,
  type Progress,
  type RunOptions,
  runCases,
} from '../../../vehicle-simulator/runner/run-cases.ts';
import type { Leftovers, StageUnderTest } from '../../../vehicle-simulator/runner/stage-under-test.ts';
import type { Case } from '../../../vehicle-simulator/scenarios/case.ts';
import { messageIdOf } from '../../../vehicle-simulator/vehicle/message-id.ts';
import { at } from '../../factories.ts';
import { caseOf, HISTORY, NOTIFICATION } from './factories.ts';

const vinOf = (index: number) => `WBA11AA0N${String(index).padStart(8, '0')}`;

const casesOf = (count: number, overrides: Partial<Case> = {}): Case[] =>
  Array.from({ length: count }, (_, index) => {
    const one = caseOf(overrides);
    return { ...one, id: `case ${index}`, vehicle: { ...one.vehicle, vin: vinOf(index) } };
  });

const EXECUTED: Shown = { word: 'EXECUTED', reason: undefined };
const NOTHING: Leftovers = { deadLetters: [], leases: new Map() };

/** A stage where every command, which is called like its vehicle, has been executed at once. */
function stageOf({
  app = {},
  ...overrides
}: Partial<Omit<StageUnderTest, 'app'>> & { app?: Partial<AppClient> } = {}) {
  const requests: string[] = [];
  const stage: StageUnderTest = {
    notifications: async (eventId) => [{ ...NOTIFICATION, eventId, vin: eventId }],
    leftovers: async () => NOTHING,
    ...overrides,
    app: {
      trigger: async (_service, vin) => {
        requests.push(vin);
        return { eventId: vin, requestedAt: new Date(at(0)), sentMs: performance.now() };
      },
      poll: async () => EXECUTED,
      history: async (vin) => HISTORY.map((entry) => ({ ...entry, eventId: vin })),
      ...app,
    },
  };
  return { stage, requests };
}

const run = (cases: readonly Case[], stage: StageUnderTest, options: Partial<RunOptions> = {}) =>
  runCases(cases, stage, {
    rate: 10_000,
    concurrency: 100,
    patienceSeconds: 0,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...options,
  });

const results = (outcomes: readonly Outcome[]) => outcomes.map(({ result }) => result);
const onlyFaults = (outcomes: readonly Outcome[]) => outcomes.flatMap(({ faults }) => faults);

// Each run waits a second until the stage is quiet.
describe.concurrent('a run', () => {
  test('sends each command once, and tells how far it is', async () => {
    const { stage, requests } = stageOf();
    const cases = casesOf(5);
    const onProgress = vi.fn<(progress: Progress) => void>((progress) => ({ ...progress }));
    const outcomes = await run(cases, stage, { onProgress });
    expect(outcomes.map((outcome) => outcome.case)).toEqual(cases);
    expect(results(outcomes)).toEqual(Array(5).fill('HELD'));
    expect(requests.sort()).toEqual(cases.map(({ vehicle }) => vehicle.vin));
    expect(onProgress).toHaveReturnedWith({ cases: 5, sent: 5, ended: 5, checked: 5, failed: 0 });
  });

  test('begins with what takes long', async () => {
    const { stage, requests } = stageOf();
    const cases = casesOf(3).map((one, index) => ({
      ...one,
      seconds: [0, [10, 90, 50][index] ?? 0] as const,
    }));
    await run(cases, stage);
    expect(requests).toEqual([vinOf(1), vinOf(2), vinOf(0)]);
  });

  test('does not flood a stage that is slow', async () => {
    let open = 0;
    let most = 0;
    const { stage } = stageOf({
      app: {
        poll: async () => {
          open += 1;
          most = Math.max(most, open);
          await new Promise(setImmediate);
          open -= 1;
          return EXECUTED;
        },
      },
    });
    await run(casesOf(50), stage, { concurrency: 3 });
    // Eight look at the same time in the end.
    expect(most).toBeLessThanOrEqual(8);
  });

  test('waits for what is stored late', async () => {
    let looks = 0;
    const { stage } = stageOf({
      notifications: async (eventId) => {
        looks += 1;
        return looks === 1 ? [] : [{ ...NOTIFICATION, eventId, vin: eventId }];
      },
    });
    expect(results(await run(casesOf(1), stage, { patienceSeconds: 10 }))).toEqual(['HELD']);
  });

  test('fails one case where the stage does, and goes on', async () => {
    const { stage } = stageOf({
      app: {
        poll: async (eventId) => {
          if (eventId === vinOf(1)) throw new Error('answered 503', { cause: new Error('tired') });
          return EXECUTED;
        },
      },
    });
    const outcomes = await run(casesOf(3), stage);
    expect(results(outcomes)).toEqual(['HELD', 'FAILED', 'HELD']);
    expect(onlyFaults(outcomes)).toEqual(['stage: answered 503, tired']);
  });

  test('sees dead letters and leases of the command, and not those of others', async () => {
    const letter = (body: string, seconds: number) => ({
      queue: 'Incoming',
      reason: 'UNKNOWN_COMMAND',
      body,
      sentAt: new Date(at(seconds)),
    });
    const { stage } = stageOf({
      leftovers: async () => ({
        deadLetters: [
          // The first one is the sender.
          letter(`{"topic":"vehicles/${vinOf(0)}/answers","payload":"${vinOf(1)}"}`, 1),
          letter(`of a run before: ${vinOf(1)}`, -1),
          letter('of a vehicle that is not in this run: WBA99ZZ0Z00000000', 1),
        ],
        leases: new Map([
          [vinOf(1), 'another command'],
          [vinOf(2), vinOf(2)],
        ]),
      }),
    });
    const outcomes = await run(casesOf(3), stage);
    expect(outcomes.map(({ faults }) => faults)).toEqual([
      ["dead letters: 'UNKNOWN_COMMAND' of Incoming must not be there"],
      [],
      [`lease: the vehicle is still held by ${vinOf(2)}`],
    ]);
  });

  test('asks for each report that the vehicle sends', async () => {
    const heard: string[] = [];
    const { stage } = stageOf({
      notifications: async (id) => {
        heard.push(id);
        return id === vinOf(0) ? [{ ...NOTIFICATION, eventId: id, vin: id }] : [];
      },
    });
    const steps = [
      { afterMs: 0, state: 'ACKNOWLEDGED' as const },
      { afterMs: 0, report: 'theft-alarm' as const },
    ];
    await run(casesOf(1, { behaviour: { description: '', steps } }), stage);
    expect(heard).toEqual([vinOf(0), messageIdOf(vinOf(0), 1)]);
  });

  test('of a request that must be refused looks at what is new in the history', async () => {
    const refused: Partial<Case> = { expect: { end: 'REFUSED', statusCode: 400, history: [] } };
    const answer = async () => ({ statusCode: 400, reason: undefined });
    const { stage } = stageOf({ app: { trigger: answer } });
    expect(results(await run(casesOf(1, refused), stage))).toEqual(['HELD']);

    let looks = 0;
    const other = stageOf({
      app: {
        trigger: answer,
        history: async () => {
          looks += 1;
          return looks === 1 ? [] : HISTORY.slice(3);
        },
      },
    });
    expect(onlyFaults(await run(casesOf(1, refused), other.stage))).toEqual([
      'history: CREATED must not be there',
    ]);
  });

  test('ends when it is told to, with what is known', async () => {
    const abort = new AbortController();
    const { stage } = stageOf({
      app: {
        poll: async (eventId) => {
          if (eventId === vinOf(1)) abort.abort();
          return eventId === vinOf(0) ? { word: 'ERROR', reason: 'VEHICLE_REJECTED' } : EXECUTED;
        },
      },
    });
    const cases = casesOf(4).map((one, index) =>
      index === 3 ? { ...one, seconds: [900, 901] as const } : one,
    );
    const outcomes = await run(cases, stage, { rate: 100, signal: abort.signal });
    expect(results(outcomes)).toEqual(['FAILED', 'UNFINISHED', 'UNFINISHED', 'UNFINISHED']);
  });
});
