import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hornBlow } from '../../functions/remote-services/at-the-car.ts';
import { deliverySeconds } from '../../functions/remote-services/times.ts';
import { mqtt2021 } from '../../functions/vehicle-generations/mqtt-2021.ts';
import type { VehicleAnswer } from '../../functions/vehicle-generations/vehicle-message.ts';
import { accepted, follow } from './app.ts';
import { startTestBroker, type TestBroker } from './broker.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';
import { say } from './vehicle.ts';

let broker: TestBroker;
let stage: TestStage;
beforeAll(async () => {
  broker = await startTestBroker();
  const parameters = {
    BrokerUrl: broker.url,
    SubscriberUrl: broker.subscriberUrl,
    BrokerRoleArn: 'arn:aws:iam::000000000000:role/broker',
  };
  // As in production: no simulator, what is known of the peers are parameters.
  stage = await startTestStage({ parameters }, { vehicleSimulator: false, broker: 'http' });
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  await broker?.stop();
});
beforeEach(() => {
  broker.mood = 'well';
  broker.credentials = undefined;
  broker.sleeping.clear();
});

const fleet = vehicles('normal', mqtt2021.name);
const vehicle = (): string => fleet.take()[0] ?? '';

/** The vehicle answers what the broker took for it. */
const answer = (vin: string, commandId: string, state: VehicleAnswer['state']) =>
  say(stage, vin, { commandId, service: 'HORN_BLOW', state });

/** Waits until the broker has the command, answers it, and sees it through. */
async function delivered(vin: string, eventId: string): Promise<void> {
  await vi.waitFor(() => expect(takenFor(eventId)).not.toEqual([]), { timeout: 15_000 });
  await answer(vin, eventId, 'EXECUTED');
  expect((await follow(stage.app, eventId)).at(-1)?.body.eventStatus).toBe('EXECUTED');
}

/** The reason in the answer to the poll after which the command has ended. */
const failureOf = async (eventId: string): Promise<string> =>
  (await follow(stage.app, eventId)).at(-1)?.body.errorDetails?.errorDetails;

const takenFor = (eventId: string) => broker.taken.filter(({ command }) => command.commandId === eventId);

describe('a command while the broker', { timeout: 60_000 }, () => {
  it('works is taken once, with payload, topic and expiry', async () => {
    const vin = vehicle();
    const eventId = await accepted(stage.app, vin);
    await delivered(vin, eventId);
    expect(takenFor(eventId)).toHaveLength(1);
    const [{ message, command } = {}] = takenFor(eventId);
    expect(message?.topic).toBe(mqtt2021.commandTopic(vin));
    expect(message?.properties.message_expiry_interval).toBeLessThanOrEqual(
      deliverySeconds(hornBlow, mqtt2021),
    );
    expect(command).toMatchObject({ service: 'HORN_BLOW', parameters: {} });
    // Who asked is no business of the vehicle or the subscriber.
    await vi.waitFor(() => expect(broker.notifications).toHaveLength(1), { timeout: 15_000 });
    expect(JSON.stringify([message, broker.notifications])).not.toMatch(/\bdemo\b/);
    expect(broker.wakeUps).toEqual([]);
  });

  it.each(['broken', 'hanging'] as const)(
    'is %s for a while is delivered as soon as it recovers',
    async (mood) => {
      broker.mood = mood;
      const vin = vehicle();
      const { requests } = broker;
      const eventId = await accepted(stage.app, vin);
      // Tried, dropped and tried again, by the invocation and by the queue.
      await vi.waitFor(() => expect(broker.requests).toBeGreaterThan(requests + 3), { timeout: 12_000 });
      expect(takenFor(eventId)).toEqual([]);
      broker.mood = 'well';
      await delivered(vin, eventId);
    },
  );

  it('is broken for longer than the command lives fails, and is never delivered', async () => {
    broker.mood = 'broken';
    const vin = vehicle();
    const eventId = await accepted(stage.app, vin);
    expect(await failureOf(eventId)).toBe('COMMAND_EXPIRED');
    broker.mood = 'well';
    // The next one gets through, so the one before would have.
    await delivered(vin, await accepted(stage.app, vin));
    expect(takenFor(eventId)).toEqual([]);
    expect(stage.deadLetters()).toEqual([]);
  });

  it('refuses the message fails at once', async () => {
    broker.mood = 'refusing';
    expect(await failureOf(await accepted(stage.app, vehicle()))).toBe('COMMAND_UNDELIVERABLE');
  });

  it('has nobody who listens wakes the vehicle, and is delivered once it does', async () => {
    const vin = vehicle();
    broker.sleeping.add(vin);
    const eventId = await accepted(stage.app, vin);
    const call = { clientid: vin, channel: 'UDP', reference: eventId };
    await vi.waitFor(() => expect(broker.wakeUps).toContainEqual(call), { timeout: 10_000 });
    expect(takenFor(eventId)).toEqual([]);
    broker.sleeping.delete(vin);
    await delivered(vin, eventId);
  });

  it('has nobody who listens for as long as the command lives fails, and says so', async () => {
    const vin = vehicle();
    broker.sleeping.add(vin);
    const eventId = await accepted(stage.app, vin);
    expect(await failureOf(eventId)).toBe('VEHICLE_UNREACHABLE');
    broker.sleeping.delete(vin);
    await delivered(vin, await accepted(stage.app, vin));
    expect(takenFor(eventId)).toEqual([]);
    expect(stage.deadLetters()).toEqual([]);
  });
});

describe('credentials of the broker and the subscriber', { timeout: 60_000 }, () => {
  /** Both peers admit by these from now on. */
  const peersAdmitBy = (password: string) => {
    broker.credentials = { username: 'remote-vehicle-services', password };
  };
  /** What an operator does. */
  const operatorPuts = (password: string) => {
    for (const output of ['BrokerSecretArn', 'SubscriberSecretArn']) {
      const secret = JSON.stringify({ username: 'remote-vehicle-services', password });
      stage.secrets.put(stage.output(output), secret);
    }
  };
  const told = (eventId: string) =>
    vi.waitFor(() => expect(broker.notifications).toContainEqual(expect.objectContaining({ eventId })), {
      timeout: 20_000,
    });

  it('are rotated while the stage runs: commands wait, and go through without a restart', async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    peersAdmitBy(first);
    operatorPuts(first);
    const before = vehicle();
    const eventId = await accepted(stage.app, before);
    await delivered(before, eventId);
    await told(eventId);

    // The peers' operators change them; ours comes a little later.
    peersAdmitBy(second);
    const vin = vehicle();
    const { rejected } = broker;
    const waiting = await accepted(stage.app, vin);
    await vi.waitFor(() => expect(broker.rejected).toBeGreaterThan(rejected + 3), { timeout: 12_000 });
    expect(takenFor(waiting)).toEqual([]);
    operatorPuts(second);
    await delivered(vin, waiting);
    await told(waiting);

    // Neither as they are, nor as they stand in a header.
    const printed = stage.logs.join('\n');
    for (const password of [first, second]) expect(printed).not.toContain(password);
    expect(printed).not.toMatch(/Basic [\w+/]{8}/);
  });
});
