import { randomBytes } from 'node:crypto';
import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { SLEEPERS } from '../../vehicle-simulator/fleet.ts';
import type { BrokerAddress, VehicleAccount } from '../../vehicle-simulator/mqtt/vehicle.ts';
import type { BesideHandler } from '../api-gateway/http-server.ts';
import { brokerFront } from '../faults/broker-front.ts';
import { IOT_DATA_PLANE, startDataPlane } from '../iot-core/data-plane.ts';
import type { LocalStage } from '../stage.ts';
import { SERVICE_USERS } from './configuration.ts';
import { type Connections, watchConnections } from './connections.ts';
import { createVehiclesControl } from './control.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { startHttpFront } from './front.ts';
import { startMosquitto } from './mosquitto.ts';
import { startPublisher } from './publisher.ts';
import { type Deliver, deliveryOf, startRule } from './rule.ts';

/** A real MQTT broker beside a local stage that was synthesised for `http` or `iot-core`, and its vehicles. */
export interface MqttBroker {
  /** Where it listens for MQTT. */
  readonly address: BrokerAddress;
  /** Of the stage's stacks. */
  readonly parameters: Readonly<Record<string, string>>;
  /** For the SDK of the stage's functions. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Its vehicles' place in the stage's control. */
  readonly control: BesideHandler;
  readonly fleet: Fleet;
  readonly connections: Connections;
  /** @throws Error if there is no such vehicle */
  passwordOf(vin: string): string;
  /**
   * Connects it with the stage: credentials, faults, and what vehicles send.
   * @returns how many vehicles are connected, once they are
   */
  attach(stage: LocalStage): Promise<number>;
  stop(): Promise<void>;
}

type Warn = (line: string) => void;

/** 128 bits: nobody guesses them. */
const newPassword = (): string => randomBytes(16).toString('hex');

/**
 * Starts the broker, its HTTP front and the fleet: vehicles connect while the stage is still being started.
 * @param warn is told, in lines, what goes wrong later
 * @throws Error in one line, if mosquitto is not installed or does not start
 */
export async function startMqttBroker(vehicles: readonly Vehicle[], warn: Warn): Promise<MqttBroker> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const step of stops.reverse()) await step();
    stops.length = 0;
  };
  try {
    return await start(vehicles, warn, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  vehicles: readonly Vehicle[],
  warn: Warn,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<MqttBroker> {
  const accounts = new Map(vehicles.map((vehicle) => [vehicle.vin, accountOf(vehicle)]));
  const service = (name: string) => ({ name, password: newPassword() });
  const users = {
    publisher: service(SERVICE_USERS.publisher),
    rule: service(SERVICE_USERS.rule),
    monitor: service(SERVICE_USERS.monitor),
  };
  const address = await startMosquitto(
    [
      ...Object.values(users),
      ...[...accounts.values()].map(({ vin, password }) => ({ name: vin, password })),
    ],
    warn,
  );
  stops.push(() => address.stop());
  const publisher = await startPublisher(address, users.publisher);
  stops.push(() => publisher.stop());
  const connections = await watchConnections(address, users.monitor);
  stops.push(() => connections.stop());
  const delivery = Promise.withResolvers<Deliver>();
  const rule = await startRule(address, users.rule, async (topic, payload) => {
    const deliver = await delivery.promise;
    await deliver(topic, payload);
  });
  stops.push(() => rule.stop());
  const fleet = startFleet(address, [...accounts.values()], warn);
  stops.push(() => fleet.stop());
  const credentials = { username: 'remote-vehicle-services', password: newPassword() };
  const front = await startHttpFront({ credentials, publish: publisher.publish, wakeUp: fleet.wake });
  stops.push(() => front.stop());
  const dataPlane = await startDataPlane(publisher.publish);
  stops.push(() => dataPlane.stop());

  return {
    address,
    parameters: {
      BrokerUrl: front.url,
      // Nobody asks for either here: the role is a broker's on AWS, and the endpoint is the one below.
      BrokerRoleArn: 'arn:aws:iam::000000000000:role/broker',
      IotDataEndpoint: 'iot.localhost',
    },
    endpoints: { [IOT_DATA_PLANE]: dataPlane.url },
    control: createVehiclesControl({ vins: new Set(accounts.keys()), fleet, connections }),
    fleet,
    connections,
    passwordOf: (vin) => {
      const account = accounts.get(vin);
      if (account === undefined) throw new Error(`The broker knows no vehicle ${vin}`);
      return account.password;
    },
    async attach(stage) {
      if (stage.topicRules.length > 0) {
        delivery.resolve(stage.applyTopicRules);
      } else {
        stage.secrets.put(stage.output('BrokerSecretArn'), JSON.stringify(credentials));
        front.standBefore(brokerFront(stage.faults));
        const QueueUrl = stage.output('IncomingQueueUrl');
        delivery.resolve(async (topic, payload) => {
          const MessageBody = deliveryOf(topic, payload);
          await stage.messaging.call('SendMessage', 'sqs', { QueueUrl, MessageBody });
        });
      }
      return fleet.listening;
    },
    stop,
  };
}

function accountOf({ vin, generation }: Vehicle): VehicleAccount {
  const wakesAfterSeconds = SLEEPERS.get(vin.slice(0, 10));
  return {
    vin,
    generation,
    password: newPassword(),
    ...(wakesAfterSeconds === undefined ? {} : { wakesAfterSeconds }),
  };
}
