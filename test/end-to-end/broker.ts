import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { VehicleCommand } from '../../functions/remote-services/vehicle-payload.ts';

/** How the broker API answers a request; by default it takes the message. */
type Mood = 'well' | 'broken' | 'hanging' | 'refusing';

export interface TestBroker {
  readonly url: string;
  mood: Mood;
  /** What it took, with the time. */
  readonly taken: { at: number; message: BrokerMessage; command: VehicleCommand }[];
  /** Requests, taken or not. */
  requests: number;
  stop(): Promise<void>;
}

/** A broker API (and a subscriber, which takes anything) under the test's control. */
export async function startTestBroker(): Promise<TestBroker> {
  const broker: Omit<TestBroker, 'url' | 'stop'> = { mood: 'well', taken: [], requests: 0 };
  const publish = async (request: IncomingMessage, response: ServerResponse) => {
    broker.requests += 1;
    const message = BrokerMessage.parse(await json(request));
    if (broker.mood === 'hanging') return;
    if (broker.mood === 'well') {
      broker.taken.push({
        at: Date.now(),
        message,
        command: VehicleCommand.parse(JSON.parse(message.payload)),
      });
    }
    response.writeHead({ well: 200, broken: 503, refusing: 400 }[broker.mood]).end('{}');
  };
  const server = createServer((request, response) => {
    if (request.url === '/publish') void publish(request, response);
    else request.resume().on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(broker, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
