import { expect, it } from 'vitest';
import { createMeterControl, METER_PATH } from '../../../local/control/meter.ts';
import type { MeterReading } from '../../../local/metering/meter-reading.ts';
import { API_ANSWER, serve } from '../beside.ts';

const READING: MeterReading = {
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-01T00:01:00.000Z',
  commands: 1,
  apiCalls: 4,
  statusPolls: 3,
  uses: [{ block: 'event-creation', resource: 'Api', unit: 'api-gateway:requests', amount: 1 }],
};

it('the meter is read once the stage is there, by who reads', async () => {
  let reading: Promise<MeterReading> | undefined;
  const origin = await serve(async () => createMeterControl(() => reading));
  const url = `${origin}${METER_PATH}`;
  expect((await fetch(url)).status).toBe(503);
  reading = Promise.resolve(READING);
  expect(await (await fetch(url)).json()).toEqual(READING);
  expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(405);
  expect(await (await fetch(`${origin}/other`)).text()).toBe(API_ANSWER);
});

it('a reading that fails says why', async () => {
  const origin = await serve(async () =>
    createMeterControl(() => Promise.reject(new Error('DynamoDB was closed'))),
  );
  const response = await fetch(`${origin}${METER_PATH}`);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({ message: 'Error: DynamoDB was closed' });
});
