import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE, remoteService } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { accepted, follow, type MyApp, position, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

/** Above the longest way of a command: a vehicle that is not woken in time. */
const TIMEOUT_MS = 120_000;

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, TIMEOUT_MS);
afterAll(() => stage?.stop());

const end = async (app: MyApp, eventId: string) => (await follow(app, eventId)).at(-1)?.body;

describe.each(GENERATIONS.map(({ name }) => name))('vehicles of %s', (generation) => {
  const fleet = (behaviour: string) => vehicles(behaviour, generation);
  const prompt = fleet('prompt');

  it.concurrent.each(CATALOGUE.map(({ serviceType }) => serviceType))(
    'do %s',
    async (service) => {
      const [vin = ''] = prompt.take();
      const eventId = await accepted(stage.app, vin, service);
      expect(await end(stage.app, eventId)).toEqual({ eventStatus: 'EXECUTED' });
    },
    TIMEOUT_MS,
  );

  it('are found, and only their owner is told where', async () => {
    const [vin = ''] = prompt.take();
    const eventId = await accepted(stage.app, vin, 'vehicle-finder');
    await end(stage.app, eventId);
    const { status: code, body } = await position(stage.app, eventId);
    expect(code).toBe(200);
    const { latitude, longitude } = body.positionData.position;
    expect(body).toEqual({
      positionData: {
        status: 'OK',
        position: {
          latitude: expect.any(Number),
          longitude: expect.any(Number),
          formattedAddress: `${latitude}, ${longitude}`,
          heading: expect.any(Number),
        },
      },
      errorDetails: null,
    });
    const unknown = await position(stage.app, '00000000-0000-4000-8000-000000000000');
    expect(unknown.status).toBe(404);
    expect((await position(stage.stranger, eventId)).body).toEqual(unknown.body);
  });

  it('refuse with a reason', async () => {
    const [vin = ''] = fleet('rejecting').take();
    const body = await end(stage.app, await accepted(stage.app, vin, 'door-lock'));
    expect(body).toMatchObject({
      eventStatus: 'ERROR',
      errorDetails: { errorDetails: 'VEHICLE_REJECTED', isRetriable: false },
    });
  });
});

describe.concurrent('a vehicle that sleeps', { timeout: TIMEOUT_MS }, () => {
  it.each(GENERATIONS)('is woken ($name); until then its command is pending', async ({ name }) => {
    const [vin = ''] = vehicles('sleeping', name).take();
    const seen = await follow(stage.app, await accepted(stage.app, vin));
    expect(seen.at(0)?.body).toEqual({ eventStatus: 'PENDING' });
    expect(seen.at(-1)?.body).toEqual({ eventStatus: 'EXECUTED' });
  });

  it('and cannot be woken is reported as such, and is free for the next command', async () => {
    const [vin = ''] = vehicles('unreachable').take();
    const body = await end(stage.app, await accepted(stage.app, vin));
    expect(body).toMatchObject({
      eventStatus: 'ERROR',
      errorDetails: { errorDetails: 'VEHICLE_UNREACHABLE' },
    });
    await accepted(stage.app, vin);
  });
});

describe('a body that the rules forbid is refused before anything is sent', () => {
  const normal = (generation?: string) => vehicles('normal', generation).take()[0] ?? '';
  const profile = remoteService('charging-profile').example as {
    chargingMode: Record<string, string>;
  };
  const PLACE = { position: { lat: 48, lng: 11 } };
  const mode = (changes: object) => ({
    ...profile,
    chargingMode: { ...profile.chargingMode, ...changes },
  });

  it.each<[string, string, unknown, string?]>([
    ['a target beyond the battery', 'charging-settings', { chargingTarget: 105 }],
    ['a target below 20', 'charging-settings', { chargingTarget: 15 }],
    ['a target between the steps', 'charging-settings', { chargingTarget: 76 }],
    ['a text for a target', 'charging-settings', { chargingTarget: '75' }],
    ['a limit that no wire carries', 'charging-settings', { acLimitValue: 400 }],
    ['neither target nor limit', 'charging-settings', { chargingTarget: null, acLimitValue: null }],
    ['an unknown setting', 'charging-settings', { chargingTarget: 75, ludicrous: true }],
    ['a preference with another’s type', 'charging-profile', mode({ type: 'CHARGING_IMMEDIATELY' })],
    ['a time that no clock shows', 'charging-profile', mode({ endTimeSlot: '0001-01-01T25:00:00.000' })],
    ['nowhere to go', 'send-to-car', { places: [] }],
    ['a place off the map', 'send-to-car', { places: [{ position: { lat: 91, lng: 0 } }] }],
    ['two places for an old car', 'send-to-car', { places: [PLACE, PLACE] }, 'http-2013'],
  ])('%s (%s)', async (_, service, body, generation) => {
    const vin = normal(generation);
    const answer = await trigger(stage.app, vin, { service, body: body as RemoteService['example'] });
    expect(answer.body).toMatchObject({ statusCode: 400, message: expect.stringMatching(/\S/) });
    expect(await stage.scan('LeasesTable')).not.toContainEqual(expect.objectContaining({ vin: { S: vin } }));
  });

  it('a climate action that there is not', async () => {
    const answer = await fetch(
      `${stage.url}/eadrax-vrccs/v4/presentation/remote-commands/climate-now?action=BLOW`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${stage.app.token}`,
          'content-type': 'application/json',
          'bmw-vin': normal(),
        },
        body: '{}',
      },
    );
    expect(await answer.json()).toMatchObject({
      statusCode: 400,
      message: 'The query parameter action must be START or STOP.',
      errorDetails: { errorDetails: 'INVALID_REQUEST' },
    });
  });
});

it('neither users nor tokens show in logs or events', async () => {
  const seen: string[] = [];
  stage.messaging.onPublish((_, message) => seen.push(message));
  const [vin = ''] = vehicles('prompt', 'mqtt-2018').take(20).slice(-1);
  await end(stage.app, await accepted(stage.app, vin, 'vehicle-finder'));
  expect(seen).not.toEqual([]);
  for (const text of [...seen, ...stage.logs]) {
    expect(text).not.toMatch(/\b(demo|stranger)\b/);
    expect(text).not.toContain(stage.app.token);
  }
  // Nor where the vehicle is, but in the vehicle's own message on its way to the environment.
  const events = seen.filter((message) => message.includes('specversion'));
  for (const event of events) expect(event).not.toContain('latitude');
});
