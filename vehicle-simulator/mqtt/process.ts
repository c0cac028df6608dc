import { type BrokerAddress, MqttVehicle, type VehicleAccount } from './vehicle.ts';

/** What this child process is asked for. */
export type FleetOrder =
  | {
      readonly order: 'connect';
      readonly broker: BrokerAddress;
      readonly accounts: readonly VehicleAccount[];
    }
  | { readonly order: 'wake'; readonly vin: string }
  | { readonly order: 'reach'; readonly vin: string; readonly reachable: boolean };

/** What it says, once: all vehicles listen that do not sleep, or one was refused. */
export type FleetMessage = { readonly listening: number } | { readonly failed: string };

/** Connections are made so many at a time: the broker is not hit by thousands at once. */
const BATCH = 100;

const vehicles = new Map<string, MqttVehicle>();

const send = (message: FleetMessage): void => {
  // The parent may be gone by now; `disconnect` is on its way then.
  if (process.connected) process.send?.(message);
};

// However the parent ends, kill -9 included.
process.on('disconnect', () => process.exit());
// Ctrl+C reaches the whole process group: the parent decides when the fleet ends.
process.on('SIGINT', () => undefined);

process.on('message', (order: FleetOrder) => {
  switch (order.order) {
    case 'connect':
      connect(order.broker, order.accounts).then(
        (listening) => send({ listening }),
        (error: unknown) => send({ failed: String(error) }),
      );
      return;
    case 'wake':
      vehicles.get(order.vin)?.wake();
      return;
    case 'reach':
      vehicles.get(order.vin)?.setReachable(order.reachable);
      return;
  }
});

async function connect(broker: BrokerAddress, accounts: readonly VehicleAccount[]): Promise<number> {
  for (const account of accounts) {
    vehicles.set(account.vin, new MqttVehicle({ broker, account, warn: console.error }));
  }
  const awake = [...vehicles.values()].filter(({ sleeps }) => !sleeps);
  for (let start = 0; start < awake.length; start += BATCH) {
    await Promise.all(awake.slice(start, start + BATCH).map((vehicle) => vehicle.connect()));
  }
  return awake.length;
}
