import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { describe, onTestFinished } from 'vitest';
import { SERVICE_USERS } from '../../../local/mqtt/configuration.ts';
import { findMosquitto, type Mosquitto, startMosquitto } from '../../../local/mqtt/mosquitto.ts';

const SKIPPED = findMosquitto() === undefined && process.env.CI === undefined;

/** Tests that need a real broker: where it is not installed they are skipped, but never in CI. */
export const describeWithMosquitto = (name: string, suite: () => void): void => {
  describe.skipIf(SKIPPED)(SKIPPED ? `${name} (skipped: mosquitto is not installed)` : name, suite);
};

/** The users that the broker's accounts are for; a test's passwords are made of their names. */
export const account = (name: string) => ({ name, password: `password of ${name}` });

export const services = {
  publisher: account(SERVICE_USERS.publisher),
  rule: account(SERVICE_USERS.rule),
  monitor: account(SERVICE_USERS.monitor),
};

/** A broker for these vehicles and the services of the stage; the test stops it. */
export const startTestMosquitto = (vins: readonly string[], warn: (line: string) => void = () => undefined) =>
  startMosquitto([...Object.values(services), ...vins.map(account)], warn);

/** Connects as one of the broker's users; the connection ends with the test: say which, where several run at once. */
export async function connectAs(
  { host, port }: Pick<Mosquitto, 'host' | 'port'>,
  name: string,
  options: IClientOptions = {},
  finished: typeof onTestFinished = onTestFinished,
): Promise<MqttClient & { readonly received: { topic: string; payload: string }[] }> {
  const received: { topic: string; payload: string }[] = [];
  const client = await connectAsync({
    host,
    port,
    protocolVersion: 5,
    clientId: name,
    username: name,
    password: account(name).password,
    reconnectPeriod: 0,
    ...options,
  });
  client.on('message', (topic, payload) => received.push({ topic, payload: payload.toString() }));
  client.on('error', () => undefined);
  finished(() => client.endAsync(true));
  return Object.assign(client, { received });
}
