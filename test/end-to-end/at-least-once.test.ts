import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { accepted, follow, history, request } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

/** Every message is delivered twice, in random order. What else may happen to messages, `test/model` tries. */
const COMMANDS = 60;
const VEHICLES = 20;
/** Each duplication doubles what follows: a command becomes some 200 messages. */
const AT_ONCE = 8;
const LIMIT_MS = 540_000;

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
  stage.faults.set({ faults: [{ fault: 'queue-duplicates' }, { fault: 'queue-shuffles' }] });
}, 60_000);
afterAll(() => stage?.stop(), 60_000);

it(
  `each of ${COMMANDS} commands over ${VEHICLES} vehicles ends once, and nothing is left over`,
  async () => {
    const vins = vehicles('prompt').take(VEHICLES);
    const commands = Array.from({ length: COMMANDS }, (_, index) => vins[index % VEHICLES] ?? '');
    const ends = new Map<string, string>();
    const worker = async () => {
      for (let vin = commands.shift(); vin !== undefined; vin = commands.shift()) {
        const eventId = await accepted(stage.app, vin);
        const polls = await follow(stage.app, eventId, { limitMs: LIMIT_MS, intervalMs: 100 });
        const seen = polls.map(({ body }) => body.eventStatus);
        // Never back: what the app sees is a part of the way, in its order.
        expect(['PENDING', 'DELIVERED', 'EXECUTED', 'ERROR'].filter((word) => seen.includes(word))).toEqual(
          seen,
        );
        ends.set(eventId, seen.at(-1));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(ends.size).toBe(COMMANDS);

    await vi.waitFor(async () => expect(await stage.scan('LeasesTable')).toEqual([]), { timeout: 30_000 });

    // The subscriber heard each end at least once, and no other.
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/execute-api/aws4_request',
    };
    const url = stage.localUrl(stage.output('NotificationsUrl'));
    for (const [eventId, end] of ends) {
      await vi.waitFor(
        async () => {
          const { body } = await request(`${url}/${eventId}`, { headers });
          expect(body.length).toBeGreaterThan(0);
          for (const { outcome } of body) expect(outcome).toBe(end === 'ERROR' ? 'FAILED' : end);
        },
        { timeout: 30_000 },
      );
    }
    const [vin = ''] = vins;
    const counted = Map.groupBy(await history(stage.app, vin), ({ eventId }) => eventId);
    expect([...counted.keys()].sort()).toEqual(
      [...ends.keys()].filter((eventId) => counted.has(eventId)).sort(),
    );
    expect(counted.size).toBe(COMMANDS / VEHICLES);
    expect(stage.deadLetters()).toEqual([]);
  },
  LIMIT_MS,
);
