import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mqtt2021 } from '../../functions/vehicle-generations/mqtt-2021.ts';
import { type MqttBroker, startMqttBroker } from '../../local/mqtt/broker.ts';
import { demoFleet } from '../../vehicle-simulator/fleet.ts';
import { connectAs, describeWithMosquitto } from '../local/mqtt/start.ts';
import { accepted, eventually, follow, history, request } from './app.ts';
import { startTestStage, type TestStage, vehicles } from './stage.ts';

const one = (behaviour: string, generation: string): string =>
  vehicles(behaviour, generation).take()[0] ?? '';

const NORMAL = ['http-2013', 'mqtt-2018', 'mqtt-2021'].map((generation) => one('normal', generation));
const [FOR_A_MOMENT = '', FOR_TOO_LONG = ''] = vehicles('prompt', 'mqtt-2021').take(2);
const SLEEPER = one('sleeping', 'mqtt-2021');
const UNREACHABLE = one('unreachable', 'mqtt-2021');

describeWithMosquitto('with a real broker', () => {
  let broker: MqttBroker;
  let stage: TestStage;
  let listening: number;
  const warnings: string[] = [];
  beforeAll(async () => {
    const vins = [...NORMAL, FOR_A_MOMENT, FOR_TOO_LONG, SLEEPER, UNREACHABLE];
    const fleet = demoFleet().filter(({ vin }) => vins.includes(vin));
    broker = await startMqttBroker(fleet, (line) => warnings.push(line));
    stage = await startTestStage(
      { parameters: broker.parameters, beside: broker.control },
      { broker: 'http' },
    );
    listening = await broker.attach(stage);
  }, 60_000);
  afterAll(async () => {
    await broker?.stop();
    await stage?.stop();
  }, 60_000);

  const control = (vin: string) => `${stage.url}/local-stage/vehicles/${vin}`;
  const connection = async (vin: string, state: string | null) =>
    vi.waitFor(async () => expect((await request(control(vin))).body).toEqual({ connection: state }), 5000);
  const cutOff = async (vin: string) => {
    await request(control(vin), { method: 'PUT', body: '{"connected":false}' });
    await connection(vin, 'lost');
  };
  const letBack = async (vin: string) => {
    await request(control(vin), { method: 'PUT', body: '{"connected":true}' });
    await connection(vin, 'online');
  };
  /** Requests that have come to the broker API. */
  const requests = () => stage.faults.list().faults[0]?.hits ?? 0;
  const end = async (eventId: string) => (await follow(stage.app, eventId)).at(-1)?.body;

  it('a vehicle that is cut off for a moment still executes what came meanwhile', async () => {
    // A fault that does no harm counts.
    stage.faults.set({ faults: [{ fault: 'broker-slow', ms: 1 }] });
    await cutOff(FOR_A_MOMENT);
    const eventId = await accepted(stage.app, FOR_A_MOMENT);
    await eventually(() => expect(requests()).toBe(1));
    await letBack(FOR_A_MOMENT);
    expect(await end(eventId)).toMatchObject({ eventStatus: 'EXECUTED' });
    // The broker kept it: nobody had to send it again.
    expect(requests()).toBe(1);
    stage.faults.clear();
  });

  // Waiting is most of what these do: they do it together.
  describe.concurrent('and at the same time', { timeout: 90_000 }, () => {
    it('a vehicle that is cut off for too long never executes what came meanwhile', async () => {
      await cutOff(FOR_TOO_LONG);
      const missed = await accepted(stage.app, FOR_TOO_LONG);
      expect(await end(missed)).toMatchObject({
        eventStatus: 'ERROR',
        errorDetails: { errorDetails: 'VEHICLE_DID_NOT_ANSWER' },
      });
      await letBack(FOR_TOO_LONG);
      // When this has been executed, all that had been kept would have been.
      expect(await end(await accepted(stage.app, FOR_TOO_LONG))).toMatchObject({ eventStatus: 'EXECUTED' });
      const seen = (await history(stage.app, FOR_TOO_LONG)).filter(({ eventId }) => eventId === missed);
      expect(seen.map(({ status }) => status).toSorted()).toEqual(['CREATED', 'FAILED', 'PENDING']);
    });

    it('all vehicles that do not sleep are connected', async () => {
      expect(listening).toBe(NORMAL.length + 2);
      await connection(NORMAL[0] ?? '', 'online');
      await connection(UNREACHABLE, null);
    });

    it.each(NORMAL)('a command goes to the vehicle and back (%s)', async (vin) => {
      const eventId = await accepted(stage.app, vin);
      expect(await end(eventId)).toMatchObject({ eventStatus: 'EXECUTED' });
      await eventually(async () => {
        const seen = (await history(stage.app, vin)).map(({ status }) => status);
        expect(seen.toSorted()).toEqual(['CREATED', 'EXECUTED', 'PENDING', 'RUNNING']);
      });
    });

    it('a vehicle that sleeps is woken, and executes', async () => {
      expect(await end(await accepted(stage.app, SLEEPER))).toMatchObject({ eventStatus: 'EXECUTED' });
      await connection(SLEEPER, 'online');
    });

    it('what is no text reaches the dead letters as it was', async ({ onTestFinished }) => {
      const rubbish = Buffer.from([0xff, 0x00, 0xfe]);
      const options = { password: broker.passwordOf(UNREACHABLE) };
      const vehicle = await connectAs(broker.address, UNREACHABLE, options, onTestFinished);
      const topic = mqtt2021.answerTopic(UNREACHABLE);
      await vehicle.publishAsync(topic, rubbish, { qos: 1 });
      await eventually(() => expect(stage.deadLetters()).toHaveLength(1));
      const [{ body, reason } = expect.unreachable()] = stage.deadLetters();
      expect(JSON.parse(body)).toEqual({ topic, payload: rubbish.toString('base64'), encoding: 'base64' });
      expect(reason).toContain('payload');
    });
  });

  it('nothing else went wrong', () => {
    expect(stage.deadLetters()).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});
