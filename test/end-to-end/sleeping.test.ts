import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { accepted, follow } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, 60_000);
afterAll(() => stage?.stop());

describe.concurrent('a command to a vehicle that sleeps', { timeout: 60_000 }, () => {
  it.each(GENERATIONS)('wakes one of generation $name and is executed', async ({ name }) => {
    const [vin = ''] = vehicles('sleeping', name).take();
    const begin = Date.now();
    const seen = await follow(stage.app, await accepted(stage.app, vin));
    expect(seen.map(({ body }) => body.eventStatus)).toEqual(['PENDING', 'DELIVERED', 'EXECUTED']);
    // It wakes after four seconds and works for two.
    expect(Date.now() - begin).toBeGreaterThan(6000);

    // It is awake now, so nothing is waited for.
    const again = Date.now();
    const next = await follow(stage.app, await accepted(stage.app, vin));
    expect(next.at(-1)?.body.eventStatus).toBe('EXECUTED');
    expect(Date.now() - again).toBeLessThan(6000);
  });

  it('for ever fails when it expires', async () => {
    const [vin = ''] = vehicles('unreachable').take();
    const seen = await follow(stage.app, await accepted(stage.app, vin));
    expect(seen.at(-1)?.body).toMatchObject({
      eventStatus: 'ERROR',
      errorDetails: { errorDetails: 'VEHICLE_UNREACHABLE' },
    });
    expect(stage.deadLetters()).toEqual([]);
  });
});
