import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../aws.ts';
import { type Answer, createDynalite } from './dynalite.ts';

/** What this child process is asked for. */
export interface Request {
  readonly id: number;
  readonly action: string;
  readonly input: JsonObject;
}

/** What it says: where it listens, once, then the answers to requests. */
export type Message = { readonly port: number } | ({ readonly id: number } & Answer);

const send = (message: Message): void => {
  // The parent may be gone by now; `disconnect` is on its way then.
  if (process.connected) process.send?.(message);
};

// However the parent ends, kill -9 included.
process.on('disconnect', () => process.exit());
// Ctrl+C reaches the whole process group: the parent decides when this database ends.
process.on('SIGINT', () => undefined);

const { server, run } = createDynalite();

process.on('message', async ({ id, action, input }: Request) => {
  send({ id, ...(await run(action, input)) });
});

server.listen(0, '127.0.0.1', () => send({ port: (server.address() as AddressInfo).port }));
