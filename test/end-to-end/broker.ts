import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import * as z from 'zod';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { WakeUpCall } from '../../functions/outgoing-vehicle-communication/wake-up.ts';
import { commandedVehicle } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleCommand } from '../../functions/vehicle-generations/vehicle-message.ts';

/** How the broker API answers a request; by default it takes the message. */
type Mood = 'well' | 'broken' | 'hanging' | 'refusing';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface TestBroker {
  /** Where the broker API is. */
  readonly url: string;
  readonly subscriberUrl: string;
  mood: Mood;
  /** Whom it admits, and the subscriber does; everybody, if this is not set. */
  credentials: Credentials | undefined;
  /** VINs of the vehicles that do not listen; a wake-up alone does not change it. */
  readonly sleeping: Set<string>;
  /** What it took, with the time. */
  readonly taken: { at: number; message: BrokerMessage; command: VehicleCommand }[];
  /** Wake-ups that were sent: a repetition is not. */
  readonly wakeUps: WakeUpCall[];
  /** What the subscriber was told. */
  readonly notifications: unknown[];
  /** Requests to publish, taken or not. */
  requests: number;
  /** Requests that were not admitted. */
  rejected: number;
  stop(): Promise<void>;
}

const NOBODY_LISTENS = { reason_code: 16, message: 'no_matching_subscribers' };

/** A broker API and a subscriber under the test's control. */
export async function startTestBroker(): Promise<TestBroker> {
  const broker: Omit<TestBroker, 'url' | 'subscriberUrl' | 'stop'> = {
    mood: 'well',
    credentials: undefined,
    sleeping: new Set(),
    taken: [],
    wakeUps: [],
    notifications: [],
    requests: 0,
    rejected: 0,
  };

  const answer = (response: ServerResponse, status: number, body: object = {}) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

  const publish = (body: unknown, response: ServerResponse) => {
    const message = BrokerMessage.parse(body);
    broker.requests += 1;
    if (broker.mood === 'hanging') return;
    if (broker.mood !== 'well') return answer(response, { broken: 503, refusing: 400 }[broker.mood]);
    const listener = commandedVehicle(message.topic);
    if (listener === undefined) throw new Error(`${message.topic} is not a vehicle's topic for commands`);
    if (broker.sleeping.has(listener.vin)) return answer(response, 202, NOBODY_LISTENS);
    const command = z.decode(listener.generation.command, message.payload);
    broker.taken.push({ at: Date.now(), message, command });
    return answer(response, 200, { id: String(broker.taken.length) });
  };

  const wakeUp = (body: unknown, response: ServerResponse) => {
    const call = WakeUpCall.parse(body);
    if (broker.wakeUps.every(({ reference }) => reference !== call.reference)) broker.wakeUps.push(call);
    return answer(response, 202);
  };

  const notify = (body: unknown, response: ServerResponse) => {
    broker.notifications.push(body);
    return answer(response, 200);
  };

  const admitted = ({ headers }: IncomingMessage): boolean => {
    if (broker.credentials === undefined) return true;
    const { username, password } = broker.credentials;
    return headers.authorization === `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  };

  const paths: Readonly<Record<string, (body: unknown, response: ServerResponse) => unknown>> = {
    '/api/v5/publish': publish,
    '/api/v5/wake-up': wakeUp,
    '/notifications': notify,
  };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const body: unknown = await json(request);
    if (!admitted(request)) {
      broker.rejected += 1;
      return answer(response, 401);
    }
    const take = paths[request.url ?? ''];
    return take === undefined ? answer(response, 404) : take(body, response);
  };

  const server = createServer((request, response) => {
    // A fault of the test's own, or of what is under test: the command fails, and says so.
    handle(request, response).catch((error: unknown) => answer(response, 400, { message: String(error) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(broker, {
    url: `${base}/api/v5`,
    subscriberUrl: `${base}/notifications`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
