import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../aws.ts';
import type { Disturbance } from '../faults/service-faults.ts';
import { disturbRequests } from './disturb-requests.ts';
import { type Answer, createDynalite } from './dynalite.ts';

/** What this child process is asked for. */
interface Request {
  readonly id: number;
  readonly action: string;
  readonly input: JsonObject;
}

/** What it is told: requests; whether it has to ask what goes wrong with those over HTTP, and what does. */
export type Instruction =
  | Request
  | { readonly faults: boolean }
  | { readonly question: number; readonly disturbance: Disturbance | undefined };

/** What it says: where it listens, once, then the answers to requests; and what it asks. */
export type Message =
  | { readonly port: number }
  | ({ readonly id: number } & Answer)
  | { readonly question: number; readonly action: string; readonly input: JsonObject };

const send = (message: Message): void => {
  // The parent may be gone by now; `disconnect` is on its way then.
  if (process.connected) process.send?.(message);
};

// However the parent ends, kill -9 included.
process.on('disconnect', () => process.exit());
// Ctrl+C reaches the whole process group: the parent decides when this database ends.
process.on('SIGINT', () => undefined);

const [, , path] = process.argv;
const { server, run } = await createDynalite(path);

const questions = new Map<number, (disturbance: Disturbance | undefined) => void>();
let lastQuestion = 0;
const setFaults = disturbRequests({ server, run }, (action, input) => {
  lastQuestion += 1;
  const question = lastQuestion;
  send({ question, action, input });
  return new Promise((resolve) => questions.set(question, resolve));
});

process.on('message', async (message: Instruction) => {
  if ('faults' in message) {
    setFaults(message.faults);
  } else if ('question' in message) {
    questions.get(message.question)?.(message.disturbance);
    questions.delete(message.question);
  } else {
    const { id, action, input } = message;
    send({ id, ...(await run(action, input)) });
  }
});

server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));
