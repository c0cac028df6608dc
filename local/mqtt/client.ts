import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { BrokerAddress } from '../../vehicle-simulator/mqtt/vehicle.ts';
import type { Account } from './configuration.ts';

const RECONNECT_MS = 500;

/**
 * Connects one of the stage's own clients; it comes back by itself when the connection is lost.
 * @param prepare is called before anything can arrive: a session may have kept messages
 * @throws Error if the broker refuses it
 */
export async function connectClient(
  { host, port }: BrokerAddress,
  { name, password }: Account,
  options: Pick<IClientOptions, 'clean' | 'properties' | 'outgoingStore'> = {},
  prepare: (client: MqttClient) => void = () => undefined,
): Promise<MqttClient> {
  const client = connect({
    protocolVersion: 5,
    host,
    port,
    clientId: name,
    username: name,
    password,
    reconnectPeriod: RECONNECT_MS,
    ...options,
  });
  prepare(client);
  // Tried again; what fails meanwhile says so itself.
  client.on('error', () => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
    });
  } catch (error) {
    client.end(true);
    throw error;
  }
  return client;
}
