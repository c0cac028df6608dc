import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { login } from '../bin/login.ts';
import { whoActs } from '../bin/session.ts';
import { commandsFile, ORDERS_VARIABLE, Orders, STOP_FILE, TOKEN_VARIABLE, tellFile } from './artillery.ts';
import { Client } from './client.ts';
import { Phones } from './phones.ts';
import { Tally } from './tally.ts';

/**
 * The load generator, in a worker thread of Artillery (its «processor»; `.mts`, for Artillery would bundle `.ts`):
 * Artillery says when a virtual user arrives. It tells of itself in files, which outlive whatever happens to it.
 */

/** Tokens live for an hour; one that is renewed late by a busy machine is still good. */
const TOKEN_AGE_MS = 20 * 60_000;
const TICK_MS = 1000;

const orders = Orders.parse(JSON.parse(readFileSync(process.env[ORDERS_VARIABLE] ?? '', 'utf8')));
const { base, stage, user, workers, folder } = orders;
const who = await whoActs(stage, { user, token: process.env[TOKEN_VARIABLE] });
const renew = (): Promise<string> =>
  who.token !== undefined ? Promise.resolve(who.token) : (who.logIn ?? ((name) => login(base, name)))(user);
let token = await renew();
setInterval(() => {
  // It fails where the stage does; the old one is good for the next time, and then errors say that it was not.
  renew().then(
    (fresh) => {
      token = fresh;
    },
    () => undefined,
  );
}, TOKEN_AGE_MS).unref();

// Artillery's workers are numbered from 1.
const own = orders.vins.filter((_, index) => index % workers === (threadId - 1) % workers);
let commands = '';
const tally = new Tally();
const phones = new Phones({
  ...orders,
  client: new Client(base),
  tally,
  vins: own,
  token: () => token,
  accepted: (eventId, vin) => {
    commands += `${eventId} ${vin}\n`;
  },
});
const tell = (): void => {
  if (existsSync(join(folder, STOP_FILE))) phones.stop();
  // At once, for Artillery ends the thread without a word. Commands first: who has read a tick finds them.
  appendFileSync(commandsFile(folder, threadId), commands);
  commands = '';
  appendFileSync(tellFile(folder, threadId), `${JSON.stringify(tally.tick(Date.now()))}\n`);
  tellLater();
};
/** At the end of each second of the clock, as everybody's samples are. */
const tellLater = (): void => {
  setTimeout(tell, TICK_MS - (Date.now() % TICK_MS));
};
tellLater();

/** What Artillery calls for each virtual user; it waits for the end of what says that it is `async`. */
export const command = async (): Promise<void> => phones.command();
