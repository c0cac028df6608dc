import { ConnectionState, connectionTopic } from '../../vehicle-simulator/mqtt/connection.ts';
import type { BrokerAddress } from '../../vehicle-simulator/mqtt/vehicle.ts';
import { connectClient } from './client.ts';
import type { Account } from './configuration.ts';

/** Which vehicles are connected, as they and their last wills say. */
export interface Connections {
  /** @returns undefined for a vehicle that has never been connected */
  stateOf(vin: string): ConnectionState | undefined;
  /** How many are connected. */
  online(): number;
  stop(): Promise<void>;
}

export async function watchConnections(broker: BrokerAddress, account: Account): Promise<Connections> {
  const client = await connectClient(broker, account);
  const states = new Map<string, ConnectionState>();
  client.on('message', (topic, payload) => {
    const state = ConnectionState.safeParse(payload.toString());
    const vin = topic.split('/').at(-2);
    if (state.success && vin !== undefined) states.set(vin, state.data);
  });
  await client.subscribeAsync(connectionTopic('+'), { qos: 1 });
  return {
    stateOf: (vin) => states.get(vin),
    online: () => [...states.values()].filter((state) => state === 'online').length,
    stop: () => client.endAsync(true),
  };
}
