import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, history, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, 60_000);
afterAll(() => stage?.stop());

const fleet = vehicles('prompt', 'mqtt-2021');
const vehicle = () => fleet.take()[0] ?? '';
const withId = (id: string) => ({ headers: { 'x-correlation-id': id } });

describe('a trigger that is sent again', { timeout: 60_000 }, () => {
  it('gets the first answer while the command is under way, and after its end', async () => {
    const vin = vehicle();
    const id = randomUUID();
    const first = await trigger(stage.app, vin, withId(id));
    expect(first.status).toBe(202);
    expect((await trigger(stage.app, vin, withId(id))).body).toEqual(first.body);
    await follow(stage.app, first.body.eventId);
    const again = await trigger(stage.app, vin, withId(id));
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(again.headers.get('x-correlation-id')).toBe(id);
    expect(new Set((await history(stage.app, vin)).map(({ eventId }) => eventId))).toEqual(
      new Set([first.body.eventId]),
    );
  });

  it('twenty times at once is one command', async () => {
    const vin = vehicle();
    const id = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => trigger(stage.app, vin, withId(id))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ body }) => body.eventId)).size).toBe(1);
    await follow(stage.app, answers[0]?.body.eventId);
  });

  it.each([
    ['another vehicle', (id: string) => trigger(stage.app, vehicle(), withId(id))],
    [
      'another service',
      (id: string, vin: string) => trigger(stage.app, vin, { ...withId(id), service: 'light-flash' }),
    ],
    [
      'another body',
      (id: string, vin: string) =>
        trigger(stage.app, vin, {
          ...withId(id),
          service: 'charging-settings',
          body: { chargingTarget: 50 },
        }),
    ],
  ])('for %s is refused', async (_, other) => {
    const vin = vehicle();
    const id = randomUUID();
    const first = await trigger(stage.app, vin, { ...withId(id), service: 'charging-settings' });
    expect(first.status).toBe(202);
    const { status, body } = await other(id, vin);
    expect({ status, reason: body.errorDetails?.errorDetails }).toEqual({
      status: 409,
      reason: 'CORRELATION_ID_REUSED',
    });
    await follow(stage.app, first.body.eventId);
  });

  it('by someone else is none of theirs', async () => {
    const vin = vehicle();
    const id = randomUUID();
    await trigger(stage.app, vin, withId(id));
    expect((await trigger(stage.stranger, vin, withId(id))).status).toBe(404);
  });

  it('is tried anew after it was refused', async () => {
    const vin = vehicle();
    const [slow = ''] = vehicles('slow').take();
    const running = await trigger(stage.app, slow);
    const id = randomUUID();
    expect((await trigger(stage.app, slow, withId(id))).status).toBe(409);
    await follow(stage.app, running.body.eventId);
    expect((await trigger(stage.app, slow, withId(id))).status).toBe(202);
    // The same id is free for another request only where nothing came of the first.
    expect((await trigger(stage.app, vin, withId(id))).status).toBe(409);
  });
});
