import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import * as z from 'zod';
import { mqtt2021 } from '../../../functions/vehicle-generations/mqtt-2021.ts';
import type {
  VehicleAnswer,
  VehicleCommand,
} from '../../../functions/vehicle-generations/vehicle-message.ts';
import type { Mosquitto } from '../../../local/mqtt/mosquitto.ts';
import { connectionTopic } from '../../../vehicle-simulator/mqtt/connection.ts';
import { MqttVehicle, type VehicleAccount } from '../../../vehicle-simulator/mqtt/vehicle.ts';
import { vehicleCommand } from '../../factories.ts';
import {
  account,
  connectAs,
  describeWithMosquitto,
  services,
  startTestMosquitto,
} from '../../local/mqtt/start.ts';

/** Vehicles of the demo fleet that answer at once; each test takes another. */
const VINS = Array.from({ length: 20 }, (_, index) => `WBA12AA0P0${String(index + 1).padStart(7, '0')}`);

describeWithMosquitto('a vehicle', () => {
  let broker: Mosquitto;
  const vins = [...VINS];
  beforeAll(async () => {
    broker = await startTestMosquitto(VINS);
  });
  afterAll(() => broker?.stop());

  interface Started {
    readonly wakesAfterSeconds?: number | null;
    readonly awakeMs?: number;
  }

  /** A vehicle, and the backend's side of the broker. */
  async function start({ wakesAfterSeconds, awakeMs }: Started = {}) {
    const vin = vins.shift() ?? expect.unreachable();
    const warn = vi.fn<(line: string) => void>();
    const identity: VehicleAccount = {
      vin,
      generation: mqtt2021.name,
      password: account(vin).password,
      ...(wakesAfterSeconds === undefined ? {} : { wakesAfterSeconds }),
    };
    const vehicle = new MqttVehicle({
      broker,
      account: identity,
      warn,
      ...(awakeMs === undefined ? {} : { awakeMs }),
    });
    onTestFinished(() => vehicle.setReachable(false));
    const monitor = await connectAs(broker, services.monitor.name);
    await monitor.subscribeAsync(connectionTopic(vin), { qos: 1 });
    const rule = await connectAs(broker, services.rule.name);
    await rule.subscribeAsync(mqtt2021.answerTopic(vin), { qos: 1 });
    const publisher = await connectAs(broker, services.publisher.name);
    const reasonCodes: (number | undefined)[] = [];
    publisher.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback') reasonCodes.push(packet.reasonCode);
    });
    return {
      vehicle,
      warn,
      states: () => monitor.received.map(({ payload }) => payload),
      answers: (): VehicleAnswer[] => rule.received.map(({ payload }) => z.decode(mqtt2021.answer, payload)),
      publish: async (payload: string): Promise<number | undefined> => {
        await publisher.publishAsync(mqtt2021.commandTopic(vin), payload, { qos: 1 });
        return reasonCodes.at(-1) ?? 0;
      },
    };
  }
  type Side = Awaited<ReturnType<typeof start>>;

  const command = (seconds = 60): VehicleCommand =>
    vehicleCommand({
      commandId: randomUUID(),
      expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
    });
  const send = (side: Side, sent: VehicleCommand) => side.publish(z.encode(mqtt2021.command, sent));
  const expectState = (side: Side, state: string) =>
    vi.waitFor(() => expect(side.states().at(-1)).toBe(state), 5000);
  const answered = (side: Side, { commandId }: VehicleCommand) =>
    vi.waitFor(() => {
      const states = side.answers().filter((answer) => answer.commandId === commandId);
      expect(states.map(({ state }) => state).toSorted()).toEqual(['ACKNOWLEDGED', 'EXECUTED']);
    }, 5000);

  it('says that it is there, and does what it is told, once', async () => {
    const side = await start();
    await side.vehicle.connect();
    await expectState(side, 'online');
    const [first, last] = [command(), command()];
    await send(side, first);
    await send(side, first);
    await answered(side, first);
    await send(side, first);
    // When this has been done, all before it would have been.
    await send(side, last);
    await answered(side, last);
    expect(side.answers()).toHaveLength(4);
    expect(side.warn).not.toHaveBeenCalled();
  });

  it('that is not let in says so', async () => {
    const vehicle = new MqttVehicle({
      broker,
      account: { vin: VINS[0] ?? '', generation: mqtt2021.name, password: 'wrong' },
      warn: () => undefined,
    });
    await expect(vehicle.connect()).rejects.toThrow(/Not authorized/);
  });

  it('that was cut off for a while does then what is still wanted', async () => {
    const side = await start();
    await side.vehicle.connect();
    side.vehicle.setReachable(false);
    await expectState(side, 'lost');
    const [expired, wanted] = [command(1), command()];
    expect(await send(side, expired)).toBe(0);
    expect(await send(side, wanted)).toBe(0);
    await vi.waitUntil(() => Date.now() >= Date.parse(expired.expiresAt), 3000);
    side.vehicle.setReachable(true);
    await expectState(side, 'online');
    await answered(side, wanted);
    expect(side.answers()).toHaveLength(2);
  });

  it('sends what it has done while it was cut off', async () => {
    const side = await start();
    await side.vehicle.connect();
    const interrupted = command();
    await send(side, interrupted);
    side.vehicle.setReachable(false);
    await expectState(side, 'lost');
    side.vehicle.setReachable(true);
    await answered(side, interrupted);
  });

  it('passes over what it cannot read', async () => {
    const side = await start();
    await side.vehicle.connect();
    await side.publish('not even JSON {');
    const next = command();
    await send(side, next);
    await answered(side, next);
    expect(side.warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('cannot be read'));
  });

  it('that sleeps does not listen, until it is woken, and for a while', async () => {
    const side = await start({ wakesAfterSeconds: 0, awakeMs: 300 });
    expect(side.vehicle.sleeps).toBe(true);
    expect(await send(side, command())).toBe(16);
    const wanted = command();
    // On a slow machine it may sleep again before the command comes. Waking one that is awake does nothing.
    await vi.waitFor(async () => {
      side.vehicle.wake();
      expect(await send(side, wanted)).toBe(0);
    }, 5000);
    await answered(side, wanted);
    await expectState(side, 'asleep');
    await vi.waitFor(async () => expect(await send(side, command())).toBe(16));
    const before = side.states().length;
    side.vehicle.wake();
    await vi.waitFor(() => expect(side.states().at(before)).toBe('online'), 5000);
  });

  it.each([
    ['that nothing wakes', null, true],
    ['that is cut off', 0, false],
  ])('%s sleeps on', async (_, wakesAfterSeconds, reachable) => {
    const side = await start({ wakesAfterSeconds });
    side.vehicle.setReachable(reachable);
    side.vehicle.wake();
    expect(await send(side, command())).toBe(16);
    expect(side.states()).toEqual([]);
  });
});
