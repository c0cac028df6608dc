import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { GENERATIONS } from '../../../functions/vehicle-generations/generations.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../../../local/mqtt/mosquitto.ts';
import { connectionTopic } from '../../../vehicle-simulator/mqtt/connection.ts';
import { connectAs, describeWithMosquitto, services, startTestMosquitto } from './start.ts';

const OWN = 'WBA11AA0N00000001';
const OTHER = 'WBA11AA0N00000002';
const NOT_AUTHORIZED = 135;

it('a program that is not there is not found', () => {
  expect(findMosquitto(['/nowhere'])).toBeUndefined();
});

describeWithMosquitto('the broker', () => {
  let broker: Mosquitto;
  beforeAll(async () => {
    broker = await startTestMosquitto([OWN, OTHER]);
  });
  afterAll(() => broker?.stop());

  it.each([
    ['nobody', {}],
    ['a vehicle with a wrong password', { username: OWN, password: 'password' }],
    ['a vehicle with the password of another', { username: OWN, password: `password of ${OTHER}` }],
    ['an unknown vehicle', { username: 'WBA99AA0N00000001', password: 'password of WBA99AA0N00000001' }],
  ])('does not let in %s', async (_, credentials) => {
    const { host, port } = broker;
    const connecting = connectAsync({ host, port, protocolVersion: 5, reconnectPeriod: 0, ...credentials });
    await expect(connecting).rejects.toMatchObject({ code: NOT_AUTHORIZED });
  });

  it.each(GENERATIONS)('lets a vehicle read its own commands only ($name)', async ({ commandTopic }) => {
    const publisher = await connectAs(broker, services.publisher.name);
    const vehicle = await connectAs(broker, OWN);
    await vehicle.subscribeAsync([commandTopic(OWN), commandTopic(OTHER), commandTopic('+'), '#'], {
      qos: 1,
    });
    await publisher.publishAsync(commandTopic(OTHER), 'for the other', { qos: 1 });
    await publisher.publishAsync(commandTopic(OWN), 'for it', { qos: 1 });
    await vi.waitFor(() =>
      expect(vehicle.received).toContainEqual({ topic: commandTopic(OWN), payload: 'for it' }),
    );
    expect(vehicle.received.map(({ topic }) => topic)).not.toContain(commandTopic(OTHER));
  });

  it.each(GENERATIONS)('lets a vehicle speak for itself only ($name)', async (generation) => {
    const rule = await connectAs(broker, services.rule.name);
    const [answers, reports] = [generation.answerTopic, generation.reportTopic];
    await rule.subscribeAsync([answers('+'), reports('+')], { qos: 1 });
    const vehicle = await connectAs(broker, OWN);
    for (const topic of [
      answers(OTHER),
      reports(OTHER),
      connectionTopic(OTHER),
      generation.commandTopic(OWN),
    ]) {
      await expect(vehicle.publishAsync(topic, 'forged', { qos: 1 })).rejects.toMatchObject({
        code: NOT_AUTHORIZED,
      });
    }
    await vehicle.publishAsync(answers(OWN), 'an answer', { qos: 1 });
    await vehicle.publishAsync(reports(OWN), 'a report', { qos: 1 });
    await vi.waitFor(() => expect(rule.received).toHaveLength(2));
    expect(rule.received.map(({ topic }) => topic)).toEqual([answers(OWN), reports(OWN)]);
  });

  it('gives nobody the session of another, whatever client id they name', async () => {
    const vehicle = await connectAs(broker, OWN);
    const ended = vi.fn();
    vehicle.on('close', ended);
    const thief = await connectAs(broker, OTHER, { clientId: OWN });
    // Both are there: each answers the other's question.
    await Promise.all([vehicle, thief].map((client) => client.subscribeAsync('#', { qos: 1 })));
    expect(ended).not.toHaveBeenCalled();
  });

  it('keeps its services apart', async () => {
    const [{ commandTopic, answerTopic }] = GENERATIONS;
    const rule = await connectAs(broker, services.rule.name);
    const monitor = await connectAs(broker, services.monitor.name);
    const publisher = await connectAs(broker, services.publisher.name);
    for (const client of [rule, monitor]) {
      const publishing = client.publishAsync(commandTopic(OWN), 'x', { qos: 1 });
      await expect(publishing).rejects.toMatchObject({ code: NOT_AUTHORIZED });
    }
    await expect(publisher.publishAsync(answerTopic(OWN), 'x', { qos: 1 })).rejects.toMatchObject({
      code: NOT_AUTHORIZED,
    });
  });
});

describeWithMosquitto('its end', () => {
  const reachable = async (port: number): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  };

  it('comes with its parent, however that ends', { timeout: 20_000 }, async () => {
    const parent = fork(fileURLToPath(new URL('./parent.ts', import.meta.url)), {
      execArgv: [],
      stdio: 'ignore',
    });
    onTestFinished(() => {
      parent.kill('SIGKILL');
    });
    const [port] = (await once(parent, 'message')) as [number];
    await reachable(port);
    parent.kill('SIGKILL');
    await vi.waitFor(() => expect(reachable(port)).rejects.toThrow(/ECONNREFUSED/), { timeout: 5000 });
  });

  it('is asked for, and nobody is warned', async () => {
    const warn = vi.fn();
    const broker = await startMosquitto([], warn);
    await reachable(broker.port);
    await broker.stop();
    await expect(reachable(broker.port)).rejects.toThrow(/ECONNREFUSED/);
    expect(warn).not.toHaveBeenCalled();
  });
});
