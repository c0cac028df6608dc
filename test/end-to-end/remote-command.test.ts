import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accepted, eventually, follow, history, status, trigger } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { notifications } from './subscriber.ts';
import { say } from './vehicle.ts';

/** Above the longest expected times of a command that nobody answers. */
const TIMEOUT_MS = 90_000;

let stage: TestStage;
beforeAll(async () => {
  stage = await startTestStage();
}, TIMEOUT_MS);
afterAll(() => stage?.stop());

const fleet = Object.fromEntries(
  [
    'normal',
    'slow',
    'silent',
    'stalling',
    'rejecting',
    'late',
    'repeating',
    'unordered',
    'garbled',
    'garbage',
    'incapable',
    'shy',
  ].map((behaviour) => [behaviour, vehicles(behaviour)]),
);
const vehicle = (behaviour: string): string => fleet[behaviour]?.take()[0] ?? '';

const leases = async () => (await stage.scan('LeasesTable')).map((item) => JSON.stringify(item));

describe.concurrent('a remote command', { timeout: TIMEOUT_MS }, () => {
  it('goes from the app to the vehicle and back', async () => {
    const vin = vehicle('normal');
    const answer = await trigger(stage.app, vin, { headers: { 'x-correlation-id': "it's-me" } });
    expect(answer.status).toBe(202);
    expect(answer.headers.get('x-correlation-id')).toBe("it's-me");
    const { eventId, creationTime } = answer.body;
    expect(eventId).toMatch(/^[0-9a-f-]{36}$/);
    expect(Math.abs(Date.parse(creationTime) - Date.now())).toBeLessThan(60_000);

    const seen = await follow(stage.app, eventId);
    expect(seen.at(0)?.body).toEqual({ eventStatus: 'PENDING' });
    expect(seen.at(-1)?.body).toEqual({ eventStatus: 'EXECUTED' });

    await eventually(async () => {
      expect(await notifications(stage, eventId)).toEqual([
        expect.objectContaining({
          eventId,
          vin,
          remoteService: 'horn-blow',
          outcome: 'EXECUTED',
          brand: 'bmw',
          country: 'DE',
        }),
      ]);
    });
    const metric = /"serviceType":"horn-blow","status":"EXECUTED","environment":"blue","EndToEndLatency":\d+/;
    await eventually(() => expect(stage.logs.filter((line) => metric.test(line))).not.toEqual([]));
  });

  it('shows and remembers each status as the vehicle tells it', async () => {
    // The test answers in its place: a machine that is busy could pass over a status within its second.
    const vin = vehicle('silent');
    const eventId = await accepted(stage.app, vin);
    const shows = async (eventStatus: string) =>
      expect((await status(stage.app, eventId)).body).toEqual({ eventStatus });
    await shows('PENDING');
    say(stage, vin, { commandId: eventId, service: 'HORN_BLOW', state: 'ACKNOWLEDGED' });
    await eventually(() => shows('DELIVERED'));
    say(stage, vin, { commandId: eventId, service: 'HORN_BLOW', state: 'EXECUTED' });
    await eventually(() => shows('EXECUTED'));
    await eventually(async () => {
      const entries = await history(stage.app, vin);
      expect(entries.map((entry) => entry.status)).toEqual(['EXECUTED', 'RUNNING', 'PENDING', 'CREATED']);
      expect(entries.every((entry) => entry.eventId === eventId && !entry.ignored)).toBe(true);
    });
  });

  it('is refused while another is in flight, and taken after its end', async () => {
    const vin = vehicle('slow');
    const first = await accepted(stage.app, vin);
    const busy = await trigger(stage.app, vin, { service: 'light-flash' });
    expect(busy.status).toBe(409);
    expect(busy.body).toMatchObject({
      statusCode: 409,
      errorDetails: { errorDetails: 'VEHICLE_BUSY', isRetriable: true },
      inFlight: { eventId: first, serviceType: 'horn-blow' },
    });
    expect(busy.body.message).toContain(first);
    await follow(stage.app, first);
    // At once: the vehicle is free before the end shows.
    const second = await accepted(stage.app, vin, 'light-flash');
    expect((await follow(stage.app, second)).at(-1)?.body.eventStatus).toBe('EXECUTED');
  });

  it('is accepted once of fifty at once', async () => {
    const vin = vehicle('slow');
    const answers = await Promise.all(Array.from({ length: 50 }, () => trigger(stage.app, vin)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((code) => code === 202)).toHaveLength(1);
    expect(statuses.filter((code) => code === 409)).toHaveLength(49);
    const winner = answers.find((answer) => answer.status === 202)?.body.eventId;
    expect(new Set(answers.flatMap(({ body }) => body.inFlight?.eventId ?? []))).toEqual(new Set([winner]));
    await follow(stage.app, winner);
  });

  it.each([
    ['silent', 'VEHICLE_DID_NOT_ANSWER'],
    ['stalling', 'VEHICLE_DID_NOT_FINISH'],
    ['garbage', 'VEHICLE_DID_NOT_ANSWER'],
    ['rejecting', 'VEHICLE_REJECTED'],
    ['shy', 'VEHICLE_REJECTED'],
  ])('to a vehicle that is %s ends as ERROR with %s, and the next is accepted', async (behaviour, reason) => {
    const vin = vehicle(behaviour);
    const eventId = await accepted(stage.app, vin);
    const seen = await follow(stage.app, eventId);
    expect(seen.at(-1)?.body).toEqual({
      eventStatus: 'ERROR',
      errorDetails: {
        title: null,
        description: null,
        presentationType: 'DIALOG',
        iconId: null,
        isRetriable: false,
        errorDetails: reason,
      },
    });
    await accepted(stage.app, vin);
    await eventually(async () => {
      expect(await notifications(stage, eventId)).toEqual([
        expect.objectContaining({ outcome: 'FAILED', reason }),
      ]);
    });
  });

  it('that failed is not changed by a late answer, which the history keeps as ignored', async () => {
    const vin = vehicle('late');
    const eventId = await accepted(stage.app, vin);
    await follow(stage.app, eventId);
    await eventually(async () => {
      const late = (await history(stage.app, vin)).filter((entry) => entry.ignored);
      expect(late.map((entry) => entry.status)).toEqual(['EXECUTED', 'RUNNING']);
    }, 20_000);
    expect((await status(stage.app, eventId)).body).toMatchObject({
      eventStatus: 'ERROR',
      errorDetails: { errorDetails: 'VEHICLE_DID_NOT_ANSWER' },
    });
    expect(await notifications(stage, eventId)).toHaveLength(1);
  });

  it.each(['repeating', 'unordered', 'garbled'])('to a vehicle that is %s is executed', async (behaviour) => {
    const vin = vehicle(behaviour);
    const eventId = await accepted(stage.app, vin);
    expect((await follow(stage.app, eventId)).at(-1)?.body).toEqual({ eventStatus: 'EXECUTED' });
    await eventually(async () => expect((await leases()).filter((lease) => lease.includes(vin))).toEqual([]));
  });

  it('leaves a vehicle’s rubbish in a dead-letter queue, with the reason', async () => {
    const vin = vehicle('garbled');
    await follow(stage.app, await accepted(stage.app, vin));
    await eventually(() => {
      const reasons = stage
        .deadLetters()
        .filter(({ body }) => body.includes(vin))
        .map(({ reason }) => reason);
      expect(reasons).toHaveLength(2);
      expect(reasons).toContain('payload: not JSON');
    });
  });

  it('of one kind may be refused while another is done', async () => {
    const flash = await accepted(stage.app, vehicle('shy'), 'light-flash');
    expect((await follow(stage.app, flash)).at(-1)?.body.eventStatus).toBe('EXECUTED');
  });
});

describe('an answer for a command that is not the vehicle’s own', () => {
  it.each([
    ['does not exist', () => Promise.resolve('00000000-0000-4000-8000-000000000000'), 'UNKNOWN_COMMAND'],
    ['is another vehicle’s', () => accepted(stage.app, vehicle('silent')), 'COMMAND_OF_ANOTHER_VEHICLE'],
  ])('(it %s) changes nothing and becomes a dead letter', async (_, commandOf, reason) => {
    const vin = vehicle('normal');
    const commandId = await commandOf();
    say(stage, vin, { commandId, service: 'HORN_BLOW', state: 'EXECUTED' });
    await eventually(() => {
      const mine = stage.deadLetters().filter(({ body }) => body.includes(vin));
      expect(mine.map((letter) => letter.reason)).toEqual([reason]);
    });
    expect(await history(stage.app, vin)).toEqual([]);
  });
});
