import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { accepted, follow } from './app.ts';
import { startTestBroker, type TestBroker } from './broker.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

let broker: TestBroker;
let stage: TestStage;
beforeAll(async () => {
  broker = await startTestBroker();
  const parameters = { BrokerUrl: `${broker.url}/publish`, SubscriberUrl: `${broker.url}/notifications` };
  // As in production: no simulator, the peers' URLs are parameters.
  stage = await startTestStage({ parameters }, { vehicleSimulator: false });
}, 60_000);
afterAll(async () => {
  await stage?.stop();
  await broker?.stop();
});

const fleet = vehicles('normal');
const vehicle = (): string => fleet.take()[0] ?? '';

/** The vehicle answers what the broker took for it. */
function answer(vin: string, commandId: string, state: string): void {
  const payload = { version: 1, messageId: randomUUID(), commandId, service: 'HORN_BLOW', state };
  stage.messaging.call('SendMessage', 'sqs', {
    QueueUrl: stage.output('IncomingQueueUrl'),
    MessageBody: JSON.stringify({ topic: `vehicles/${vin}/answers`, payload: JSON.stringify(payload) }),
  });
}

const takenFor = (eventId: string) => broker.taken.filter(({ command }) => command.commandId === eventId);

describe('a command while the broker', { timeout: 60_000 }, () => {
  it('works is taken once, with payload, topic and expiry', async () => {
    broker.mood = 'well';
    const vin = vehicle();
    const eventId = await accepted(stage.url, vin);
    await vi.waitFor(() => expect(takenFor(eventId)).toHaveLength(1), { timeout: 10_000 });
    const [{ message, command } = {}] = takenFor(eventId);
    expect(message?.topic).toBe(`vehicles/${vin}/commands`);
    expect(message?.properties.message_expiry_interval).toBeLessThanOrEqual(15);
    expect(command).toMatchObject({ version: 1, service: 'HORN_BLOW', parameters: {} });
    answer(vin, eventId, 'EXECUTED');
    expect((await follow(stage.url, eventId)).at(-1)?.body.eventStatus).toBe('EXECUTED');
  });

  it.each(['broken', 'hanging'] as const)(
    'is %s for a while is delivered as soon as it recovers',
    async (mood) => {
      broker.mood = mood;
      const vin = vehicle();
      const { requests } = broker;
      const eventId = await accepted(stage.url, vin);
      // Tried, dropped and tried again, by the invocation and by the queue.
      await vi.waitFor(() => expect(broker.requests).toBeGreaterThan(requests + 3), { timeout: 12_000 });
      expect(takenFor(eventId)).toEqual([]);
      broker.mood = 'well';
      await vi.waitFor(() => expect(takenFor(eventId)).not.toEqual([]), { timeout: 10_000 });
      answer(vin, eventId, 'EXECUTED');
      expect((await follow(stage.url, eventId)).at(-1)?.body.eventStatus).toBe('EXECUTED');
    },
  );

  it('is broken for longer than the command lives fails, and is never delivered', async () => {
    broker.mood = 'broken';
    const vin = vehicle();
    const eventId = await accepted(stage.url, vin);
    const end = (await follow(stage.url, eventId)).at(-1)?.body;
    expect(end).toMatchObject({ eventStatus: 'ERROR', errorDetails: { errorDetails: 'COMMAND_EXPIRED' } });
    broker.mood = 'well';
    // The next one gets through, so the one before would have.
    const next = await accepted(stage.url, vin);
    await vi.waitFor(() => expect(takenFor(next)).not.toEqual([]), { timeout: 10_000 });
    expect(takenFor(eventId)).toEqual([]);
    expect(stage.deadLetters()).toEqual([]);
  });

  it('refuses the message fails at once', async () => {
    broker.mood = 'refusing';
    const eventId = await accepted(stage.url, vehicle());
    const end = (await follow(stage.url, eventId)).at(-1)?.body;
    expect(end).toMatchObject({
      eventStatus: 'ERROR',
      errorDetails: { errorDetails: 'COMMAND_UNDELIVERABLE' },
    });
  });
});
