import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { login } from '../bin/login.ts';
import { triggerRequest } from '../bin/trigger-request.ts';
import { EVENT_STATUS_PATH } from '../functions/event-creation/paths.ts';
import type { RemoteService } from '../functions/remote-services/remote-service.ts';
import type { Command, Ledger } from './ledger.ts';

/** The phone looks after a second, and then now and then. */
const FIRST_POLL_MS = 1000;
const POLL_INTERVAL_MS = 3500;
/** API Gateway ends its integrations after 29 s. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Tokens live for an hour. */
const TOKEN_AGE_MS = 20 * 60_000;

const Accepted = z.object({ eventId: z.string() });
const Shown = z.object({
  eventStatus: z.string(),
  errorDetails: z.object({ errorDetails: z.string().optional() }).nullish(),
});

export interface LoadOptions {
  /** Base URL of the app's API. */
  readonly base: string;
  readonly user: string;
  /** Commands a second. */
  readonly rate: number;
  readonly service: RemoteService;
  /** The vehicles, which take turns; one whose command has not ended is passed over. */
  readonly vins: readonly string[];
}

/** Many phones: commands at a steady rate, whatever becomes of them; each that is accepted is polled as an app does. */
export class Load {
  readonly #options: LoadOptions;
  readonly #ledger: Ledger;
  readonly #free: string[];
  readonly #underWay = new Set<Promise<void>>();
  readonly #sending = new AbortController();
  readonly #following = new AbortController();
  #token = '';
  #tokenAt = 0;

  private constructor(options: LoadOptions, ledger: Ledger) {
    this.#options = options;
    this.#ledger = ledger;
    this.#free = [...options.vins];
  }

  /** @throws AppError if nobody can be logged in */
  static async start(options: LoadOptions, ledger: Ledger): Promise<Load> {
    const load = new Load(options, ledger);
    await load.#renewToken();
    void load.#send();
    return load;
  }

  /** No more commands; those that were accepted are followed on. */
  stopSending(): void {
    this.#sending.abort();
  }

  /** Polls no more. */
  async stop(): Promise<void> {
    this.stopSending();
    this.#following.abort();
    await Promise.all(this.#underWay);
  }

  async #send(): Promise<void> {
    const started = performance.now();
    for (let number = 0; !this.#sending.signal.aborted; number += 1) {
      const due = started + (number * 1000) / this.#options.rate;
      await sleep(Math.max(0, due - performance.now()));
      if (this.#sending.signal.aborted) return;
      const one = this.#command().finally(() => this.#underWay.delete(one));
      this.#underWay.add(one);
    }
  }

  async #command(): Promise<void> {
    const vin = this.#free.shift();
    if (vin === undefined) {
      this.#ledger.notSent += 1;
      return;
    }
    const { path, headers, body } = triggerRequest(this.#options.service, vin);
    const { phase } = this.#ledger;
    const at = Date.now();
    const answer = await this.#request(path, 202, {
      headers: { ...headers, 'x-correlation-id': randomUUID() },
      body,
    });
    const accepted = Accepted.safeParse(answer);
    const command: Command | undefined = accepted.success
      ? { eventId: accepted.data.eventId, vin }
      : undefined;
    phase.attempts.push({ at, command });
    if (command !== undefined) {
      this.#ledger.commands.push(command);
      await this.#follow(command);
    }
    this.#free.push(vin);
  }

  async #follow(command: Command): Promise<void> {
    const { signal } = this.#following;
    const path = `${EVENT_STATUS_PATH}?eventId=${command.eventId}`;
    for (let pause = FIRST_POLL_MS; !signal.aborted; pause = POLL_INTERVAL_MS) {
      // Aborted only when the game day is over.
      await sleep(pause, undefined, { signal }).catch(() => undefined);
      const shown = Shown.safeParse(await this.#request(path, 200, {}));
      if (!shown.success) continue;
      const { eventStatus: word, errorDetails } = shown.data;
      if (word !== 'EXECUTED' && word !== 'ERROR') continue;
      command.end = { word, reason: errorDetails?.errorDetails };
      return;
    }
  }

  /** @returns the body, parsed; undefined unless the status is the one that is hoped for */
  async #request(path: string, hopedFor: number, init: RequestInit): Promise<unknown> {
    const { phase } = this.#ledger;
    try {
      if (Date.now() - this.#tokenAt > TOKEN_AGE_MS) await this.#renewToken();
      const response = await fetch(`${this.#options.base}${path}`, {
        ...init,
        method: 'POST',
        headers: { ...init.headers, authorization: `Bearer ${this.#token}` },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.status === hopedFor) {
        phase.answered += 1;
        return JSON.parse(text);
      }
      phase.failed(response.status);
    } catch {
      // Nobody answered, or nobody to the end.
      phase.failed(0);
    }
    return undefined;
  }

  async #renewToken(): Promise<void> {
    this.#token = await login(this.#options.base, this.#options.user);
    this.#tokenAt = Date.now();
  }
}
