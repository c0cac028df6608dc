import { connect as connectSocket, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorWithReasonCode, type IPublishPacket, MqttClient } from 'mqtt';
import * as z from 'zod';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import { drive, type VehicleSends } from '../vehicle/drive.ts';
import { once } from '../vehicle/once.ts';
import { type ConnectionState, connectionTopic } from './connection.ts';

export interface VehicleAccount {
  readonly vin: string;
  /** How it is connected and what it speaks. */
  readonly generation: string;
  readonly password: string;
  /**
   * For a vehicle that sleeps until it is woken: seconds from the wake-up until it listens, `null` if nothing wakes
   * it. Others are connected all the time.
   */
  readonly wakesAfterSeconds?: number | null;
}

export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

export interface MqttVehicleOptions {
  readonly broker: BrokerAddress;
  readonly account: VehicleAccount;
  /** Is told what it could not do. */
  readonly warn: (line: string) => void;
  /** How long it listens once it was woken. */
  readonly awakeMs?: number;
}

/** The broker keeps a session for an hour of absence: longer than any command lives. */
const SESSION_EXPIRY_SECONDS = 3600;
/** As long as the mock of the broker API lets a vehicle listen that was woken. */
const AWAKE_MS = 60_000;
const RECONNECT_MS = 1000;
/** A lost connection shows by itself on one machine; a ping a minute from each of thousands would be noise. */
const KEEPALIVE_SECONDS = 300;
/** Commands to remember: they come again while they live, less than two minutes, so this is for 80 a second. */
const REMEMBERED_COMMANDS = 10_000;

/** Executes a command once, however often the vehicle receives it. */
const execute = once(REMEMBERED_COMMANDS);

/** A simulated vehicle as an MQTT 5 client: does with each command what its behaviour says. */
export class MqttVehicle {
  readonly #broker: BrokerAddress;
  readonly #account: VehicleAccount;
  readonly #generation: VehicleGeneration;
  readonly #warn: (line: string) => void;
  readonly #awakeMs: number;
  #client: MqttClient | undefined;
  #socket: Socket | undefined;
  /** Whether there is a network where it is. */
  #reachable = true;
  #waking = false;
  /** Messages that it has still to send, and those that the broker has not confirmed. */
  #outgoing = 0;
  #allSent: (() => void) | undefined;

  constructor({ broker, account, warn, awakeMs = AWAKE_MS }: MqttVehicleOptions) {
    this.#broker = broker;
    this.#account = account;
    this.#generation = vehicleGeneration(account.generation);
    this.#warn = warn;
    this.#awakeMs = awakeMs;
  }

  get sleeps(): boolean {
    return this.#account.wakesAfterSeconds !== undefined;
  }

  /**
   * Connects, and listens from then on. A connection that is lost later comes back by itself.
   * @throws Error if the broker refuses the vehicle
   */
  async connect(): Promise<void> {
    const { vin, password } = this.#account;
    const client = new MqttClient(() => this.#openSocket(), {
      protocolVersion: 5,
      clientId: vin,
      username: vin,
      password,
      clean: false,
      keepalive: KEEPALIVE_SECONDS,
      reconnectPeriod: RECONNECT_MS,
      properties: { sessionExpiryInterval: SESSION_EXPIRY_SECONDS },
      will: {
        topic: connectionTopic(vin),
        payload: Buffer.from('lost' satisfies ConnectionState),
        qos: 1,
        retain: false,
      },
    });
    this.#client = client;
    client.on('message', (topic, payload, packet) => this.#receive(topic, payload, packet));
    client.on('connect', () => this.#tell('online').catch(() => undefined));
    const refused = new Promise<never>((_, reject) => {
      // Other errors are a network that is away: the client tries again.
      client.on('error', (error) => {
        if (error instanceof ErrorWithReasonCode) reject(error);
      });
    });
    // Who is connected already can still be refused when it comes back; nobody waits for it then.
    refused.catch((error: unknown) => this.#warn(String(error)));
    const subscribed = client.subscribeAsync(this.#generation.commandTopic(vin), { qos: 1 });
    try {
      await Promise.race([subscribed, refused]);
    } catch (error) {
      client.end(true);
      this.#client = undefined;
      throw error;
    }
  }

  /** A wake-up call reaches it, if anything does. One that is awake, or wakes already, does nothing. */
  wake(): void {
    const { wakesAfterSeconds } = this.#account;
    if (typeof wakesAfterSeconds !== 'number' || !this.#reachable) return;
    if (this.#client !== undefined || this.#waking) return;
    this.#waking = true;
    void this.#wakeAndSleep(wakesAfterSeconds * 1000).catch((error: unknown) => this.#warn(String(error)));
  }

  /** Cuts the vehicle off without a farewell, as a tunnel does, or lets it back. */
  setReachable(reachable: boolean): void {
    if (reachable === this.#reachable) return;
    this.#reachable = reachable;
    if (reachable) this.#client?.connect();
    else this.#socket?.destroy();
  }

  async #wakeAndSleep(afterMs: number): Promise<void> {
    await sleep(afterMs);
    try {
      await this.connect();
    } finally {
      this.#waking = false;
    }
    await sleep(this.#awakeMs);
    await this.#fallAsleep();
  }

  /** What it has received it still does; then it leaves no session, so that the broker says that nobody listens. */
  async #fallAsleep(): Promise<void> {
    const client = this.#client;
    await client?.unsubscribeAsync(this.#generation.commandTopic(this.#account.vin));
    if (this.#outgoing > 0) {
      await new Promise<void>((resolve) => {
        this.#allSent = resolve;
      });
    }
    await this.#tell('asleep');
    await client?.endAsync(false, { properties: { sessionExpiryInterval: 0 } });
    this.#client = undefined;
  }

  #openSocket(): Socket {
    // Where there is no network, an attempt ends at once.
    this.#socket = this.#reachable ? connectSocket(this.#broker) : new Socket().destroy();
    return this.#socket;
  }

  #receive(topic: string, payload: Buffer, { properties }: IPublishPacket): void {
    try {
      const text = payload.toString();
      const { commandId, expiresAt } = z.decode(this.#generation.command, text);
      // The broker counts whole seconds, and not those that the message is under way.
      if (Date.now() >= Date.parse(expiresAt)) return;
      const message_expiry_interval = properties?.messageExpiryInterval ?? 1;
      const message = { topic, payload: text, qos: 1 as const, properties: { message_expiry_interval } };
      void execute(`${this.#account.vin} ${commandId}`, async () => {
        await Promise.all(drive(message, 0).map((answer) => this.#send(answer)));
      }).catch((error: unknown) => this.#warn(String(error)));
    } catch (error) {
      this.#warn(`A command cannot be read: ${String(error)}`);
    }
  }

  /** Without a connection, a message waits until there is one. */
  async #send({ afterMs, topic, payload }: VehicleSends): Promise<void> {
    this.#outgoing += 1;
    await sleep(afterMs);
    try {
      await this.#client?.publishAsync(topic, payload, { qos: 1 });
    } finally {
      this.#outgoing -= 1;
      if (this.#outgoing === 0) this.#allSent?.();
    }
  }

  async #tell(state: ConnectionState): Promise<void> {
    await this.#client?.publishAsync(connectionTopic(this.#account.vin), state, { qos: 1 });
  }
}
