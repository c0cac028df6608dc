import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { FaultSetInput } from '../../local/faults/fault.ts';
import { accepted, follow, history, status, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { notifications } from './subscriber.ts';

/** For each step, of the fleet's prompt vehicles. */
const COMMANDS = 20;
/** 20 commands a second. */
const INTERVAL_MS = 50;

/**
 * What comes last is a message that waits for its queue's visibility time-out, 60 s, or a command's longest
 * expected time, 10 + 35 + 30 s: all steps are over by then.
 */
const LIMIT_MS = 120_000;

type FaultInput = FaultSetInput['faults'][number];

/** Probabilities leave something to work with. What has the longest aftermath comes first. */
const STEPS: Readonly<Record<string, FaultInput[]>> = {
  'functions crash before they work': [
    { fault: 'function-crashes', when: 'before', function: 'EventProcessingPersistence', probability: 0.3 },
    { fault: 'function-crashes', when: 'before', function: 'CommunicationSend', probability: 0.3 },
    { fault: 'function-crashes', when: 'before', function: 'EventCreation', probability: 0.2 },
  ],
  'functions crash after they worked': [
    { fault: 'function-crashes', when: 'after', function: 'EventProcessingPersistence', probability: 0.3 },
    { fault: 'function-crashes', when: 'after', function: 'CommunicationSend', probability: 0.3 },
    { fault: 'function-crashes', when: 'after', function: 'EventCreation', probability: 0.2 },
  ],
  'functions time out in the middle of their batch': [
    { fault: 'function-times-out', function: 'EventProcessingPersistence', afterMs: 3, probability: 0.3 },
    { fault: 'function-times-out', function: 'CommunicationSend', afterMs: 3, probability: 0.3 },
  ],
  'the broker forgets': [{ fault: 'broker-forgets', probability: 0.5 }],
  'workflows do not start': [{ fault: 'service-fails', service: 'states', probability: 0.2 }],
  'services fail': [
    { fault: 'service-fails', service: 'dynamodb', probability: 0.2 },
    { fault: 'service-fails', service: 'sns', probability: 0.2 },
    { fault: 'service-fails', service: 'sqs', probability: 0.2 },
  ],
  'services fail after they did what was asked': [
    { fault: 'service-fails', service: 'dynamodb', effect: true, probability: 0.2 },
    { fault: 'service-fails', service: 'sns', effect: true, probability: 0.2 },
    { fault: 'service-fails', service: 'sqs', effect: true, probability: 0.2 },
  ],
  'services are throttled': [
    { fault: 'service-throttles', service: 'dynamodb', probability: 0.2 },
    { fault: 'service-throttles', service: 'lambda', probability: 0.2 },
    { fault: 'service-throttles', service: 'sns', probability: 0.2 },
    { fault: 'service-throttles', service: 'sqs', probability: 0.2 },
  ],
  'services are slow': [
    { fault: 'service-slow', service: 'dynamodb', ms: 200 },
    { fault: 'service-slow', service: 'sns', ms: 200 },
    { fault: 'service-slow', service: 'sqs', ms: 200 },
  ],
  'messages come twice, late and out of order': [
    { fault: 'queue-duplicates' },
    { fault: 'queue-shuffles' },
    { fault: 'queue-delays', ms: 500, probability: 0.5 },
  ],
  'the broker is down': [{ fault: 'broker-down' }],
  'the broker is slow': [{ fault: 'broker-slow', ms: 1500 }],
  'the broker fails': [{ fault: 'broker-fails', status: 503 }],
};

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, 60_000);
afterAll(() => stage?.stop(), 60_000);

const fleet = vehicles('prompt', 'mqtt-2021');
const vehicle = (): string => fleet.take()[0] ?? '';

/**
 * Sends commands while the faults strike, and one as soon as they have ended, which is executed: the stage
 * recovers by itself.
 * @returns vehicles by the commands that were accepted
 */
async function play(step: string, faults: FaultInput[], seed: number): Promise<Map<string, string>> {
  const taken = new Map<string, string>();
  stage.faults.set({ seed, faults });
  const send = async (): Promise<void> => {
    const vin = vehicle();
    const { status: code, body } = await trigger(stage.app, vin);
    if (code === 202) taken.set(body.eventId, vin);
  };
  const sending: Promise<void>[] = [];
  for (let count = 0; count < COMMANDS; count += 1) {
    sending.push(send());
    await wait(INTERVAL_MS);
  }
  await Promise.all(sending);
  await vi.waitFor(
    () => {
      for (const { hits } of stage.faults.list().faults) expect(hits, step).toBeGreaterThan(0);
    },
    { timeout: 10_000 },
  );
  stage.faults.clear();

  const vin = vehicle();
  const eventId = await accepted(stage.app, vin);
  expect((await follow(stage.app, eventId)).at(-1)?.body.eventStatus, step).toBe('EXECUTED');
  return taken.set(eventId, vin);
}

/** Waits until a command has ended, and its history and the subscriber know of that end and no other. */
async function endOf(eventId: string, vin: string): Promise<void> {
  let end = '';
  await vi.waitFor(
    async () => {
      const { body } = await status(stage.app, eventId);
      expect(['EXECUTED', 'ERROR']).toContain(body.eventStatus);
      end = body.eventStatus === 'ERROR' ? 'FAILED' : body.eventStatus;
    },
    { timeout: LIMIT_MS, interval: 250 },
  );
  await vi.waitFor(
    async () => {
      const told = await notifications(stage, eventId);
      expect(new Set(told.map(({ outcome }) => outcome))).toEqual(new Set([end]));
      const ends = (await history(stage.app, vin)).filter(
        (entry) =>
          entry.eventId === eventId && ['EXECUTED', 'FAILED'].includes(entry.status) && !entry.ignored,
      );
      expect(ends.map((entry) => entry.status)).toEqual([end]);
    },
    { timeout: LIMIT_MS, interval: 250 },
  );
}

it(
  'whatever goes wrong for a while, each accepted command ends once, and nothing is left over',
  async () => {
    const commands = new Map<string, string>();
    let seed = 0;
    for (const [step, faults] of Object.entries(STEPS)) {
      seed += 1;
      for (const [eventId, vin] of await play(step, faults, seed)) commands.set(eventId, vin);
    }
    // Most are accepted, whatever goes wrong: else there would be nothing to see here.
    expect(commands.size).toBeGreaterThan((Object.keys(STEPS).length * COMMANDS) / 2);
    await Promise.all([...commands].map(([eventId, vin]) => endOf(eventId, vin)));
    await vi.waitFor(async () => expect(await stage.scan('LeasesTable')).toEqual([]), { timeout: LIMIT_MS });
    expect(stage.deadLetters()).toEqual([]);
  },
  3 * LIMIT_MS,
);
