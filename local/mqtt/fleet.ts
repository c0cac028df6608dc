import { fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FleetMessage, FleetOrder } from '../../vehicle-simulator/mqtt/process.ts';
import type { BrokerAddress, VehicleAccount } from '../../vehicle-simulator/mqtt/vehicle.ts';

/** Simulated vehicles as MQTT clients. */
export interface Fleet {
  /** Resolves to the number of vehicles that are connected all the time, once they are. */
  readonly listening: Promise<number>;
  /** Calls a vehicle that sleeps; of others, and unknown ones, nothing becomes of it. */
  wake(vin: string): void;
  /** Cuts a vehicle off, or lets it back: what comes of it, its connection's state shows. */
  reach(vin: string, reachable: boolean): void;
  stop(): Promise<void>;
}

const PROCESS = fileURLToPath(new URL('../../vehicle-simulator/mqtt/process.ts', import.meta.url));

/**
 * Starts the fleet in a child process, where its work does not hold up ours. It dies with us.
 * @param warn is told what vehicles could not do, and of the fleet's own end
 */
export function startFleet(
  broker: BrokerAddress,
  accounts: readonly VehicleAccount[],
  warn: (line: string) => void,
): Fleet {
  const child = fork(PROCESS, { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', warn);
  const { promise: listening, resolve, reject } = Promise.withResolvers<number>();
  child.on('message', (message: FleetMessage) => {
    if ('listening' in message) resolve(message.listening);
    else reject(new Error(`A simulated vehicle cannot connect to the broker: ${message.failed}`));
  });
  let stopping = false;
  const closed = Promise.withResolvers<void>();
  child.on('close', (code, signal) => {
    if (!stopping) warn(`The simulated vehicles' process ended unexpectedly (${signal ?? code})`);
    reject(new Error("The simulated vehicles' process has ended"));
    closed.resolve();
  });
  // Whoever waits hears of it.
  listening.catch(() => undefined);
  const order = (request: FleetOrder): void => {
    // A failure to send is the end of the child, and reported as that.
    if (child.connected) child.send(request, () => undefined);
  };
  order({ order: 'connect', broker: { host: broker.host, port: broker.port }, accounts });
  return {
    listening,
    wake: (vin) => order({ order: 'wake', vin }),
    reach: (vin, reachable) => order({ order: 'reach', vin, reachable }),
    async stop() {
      stopping = true;
      child.kill('SIGKILL');
      await closed.promise;
    },
  };
}
