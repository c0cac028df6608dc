import type { AddressInfo } from 'node:net';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import type { JsonObject } from '../aws.ts';
import type { Disturbance } from '../faults/service-faults.ts';
import { answerLoopback } from '../loopback.ts';
import { outbox } from '../outbox.ts';
import { Consumption } from './consumption.ts';
import { type Answer, createDynalite } from './dynalite.ts';
import { createFront } from './front.ts';

// What runs in the thread of the database.

/** `workerData` */
export interface ServerSetup {
  /** Its file; without, all is in memory. */
  readonly path: string | undefined;
}

/** What this thread is asked for. */
export type Question =
  | {
      readonly action: string;
      readonly input: JsonObject;
      /** Who pays. */
      readonly caller: string;
    }
  /** What capacity has been used so far. */
  | { readonly consumption: true };

/**
 * What it is told, in lists: requests; the port of a function, whose requests come through it; whether it has to ask
 * what goes wrong with those of functions and tools, and what does.
 */
export type Instruction =
  | ({ readonly id: number } & Question)
  | { readonly loopback: MessagePort }
  | { readonly faults: boolean }
  | { readonly question: number; readonly disturbance: Disturbance | undefined };

/** What it says, in lists: where it listens, once, then the answers to requests; and what it asks. */
export type Message =
  | { readonly port: number }
  | ({ readonly id: number } & Answer)
  | { readonly question: number; readonly action: string; readonly input: JsonObject };

if (parentPort === null) throw new Error('This runs in a thread of the local stage');
const send = outbox<Message>(parentPort);

const { path } = workerData as ServerSetup;
const consumption = new Consumption();
const run = consumption.counting(await createDynalite(path));

const questions = new Map<number, (disturbance: Disturbance | undefined) => void>();
let lastQuestion = 0;
const front = createFront(run, (action, input) => {
  lastQuestion += 1;
  const question = lastQuestion;
  send({ question, action, input });
  return new Promise((resolve) => questions.set(question, resolve));
});

parentPort.on('message', (messages: readonly Instruction[]) => {
  for (const message of messages) follow(message);
});

function follow(message: Instruction): void {
  if ('loopback' in message) {
    answerLoopback(message.loopback, front.answer);
  } else if ('faults' in message) {
    front.setFaults(message.faults);
  } else if ('question' in message) {
    questions.get(message.question)?.(message.disturbance);
    questions.delete(message.question);
  } else if ('consumption' in message) {
    send({ id: message.id, statusCode: 200, body: { consumed: consumption.list() } });
  } else {
    const { id, action, input, caller } = message;
    void run(action, input, caller).then((answer) => send({ id, ...answer }));
  }
}

front.server.listen(0, '127.0.0.1', () => send({ port: (front.server.address() as AddressInfo).port }));
