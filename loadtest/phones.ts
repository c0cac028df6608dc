import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { type TriggerRequest, triggerRequest } from '../bin/trigger-request.ts';
import { EVENT_STATUS_PATH } from '../functions/event-creation/paths.ts';
import { remoteService } from '../functions/remote-services/catalogue.ts';
import type { Orders } from './artillery.ts';
import type { Answer, Client } from './client.ts';
import type { Tally } from './tally.ts';

const Accepted = z.object({ eventId: z.string() });
const Refused = z.object({ errorDetails: z.object({ errorDetails: z.string() }) });

interface Prepared {
  readonly vin: string;
  readonly request: TriggerRequest;
}

export interface PhonesOptions extends Pick<Orders, 'services' | 'polls' | 'pollIntervalMs'> {
  readonly client: Pick<Client, 'post'>;
  readonly tally: Tally;
  /** The vehicles, which take turns. */
  readonly vins: readonly string[];
  /** An access token that is valid now. */
  readonly token: () => string;
  /** Is told of each command that was accepted. */
  readonly accepted: (eventId: string, vin: string) => void;
}

/** Apps that send commands and follow them. */
export class Phones {
  readonly #options: PhonesOptions;
  /** Requests do not differ from one time to the next: made once, all vehicles with the first service, then the next. */
  readonly #prepared: readonly Prepared[];
  #isStopped = false;
  #next = 0;

  /** @throws Error for a service that is in no catalogue */
  constructor(options: PhonesOptions) {
    this.#options = options;
    const { services, vins } = options;
    // The services alternate, also for a vehicle: neighbours begin with different ones.
    this.#prepared = services.flatMap((_, turn) =>
      vins.map((vin, index) => {
        const service = remoteService(services[(index + turn) % services.length] ?? '');
        return { vin, request: triggerRequest(service, vin) };
      }),
    );
  }

  /** Nothing more is sent; requests under way come to their end. */
  stop(): void {
    this.#isStopped = true;
  }

  /** One command to the next vehicle, and its polls. Resolves after the last one, and never rejects. */
  async command(): Promise<void> {
    const { client, tally, token, accepted, polls, pollIntervalMs } = this.#options;
    const prepared = this.#prepared[this.#next];
    this.#next = (this.#next + 1) % this.#prepared.length;
    if (this.#isStopped || prepared === undefined) return;
    const { vin, request } = prepared;
    tally.sent();
    const answer = await client.post(
      request.path,
      {
        ...request.headers,
        authorization: `Bearer ${token()}`,
        'x-correlation-id': randomUUID(),
        'content-length': Buffer.byteLength(request.body),
      },
      request.body,
    );
    const eventId = answer.status === 202 ? eventIdOf(answer.body) : undefined;
    if (eventId === undefined) {
      tally.failed(`trigger ${kindOf(answer)}`);
      return;
    }
    tally.accepted(answer.milliseconds);
    accepted(eventId, vin);
    const path = `${EVENT_STATUS_PATH}?eventId=${eventId}`;
    for (let poll = 0; poll < polls; poll += 1) {
      // Not ended by a signal: with thousands of listeners that costs more than the requests.
      await sleep(pollIntervalMs);
      if (this.#isStopped) return;
      await this.#poll(path);
    }
  }

  async #poll(path: string): Promise<void> {
    const { client, tally, token } = this.#options;
    tally.polling();
    const answer = await client.post(
      path,
      { authorization: `Bearer ${token()}`, 'content-length': 0 },
      '',
      200,
    );
    if (answer.status === 200) tally.polled(answer.milliseconds);
    else tally.failed(`poll ${kindOf(answer)}`);
  }
}

function eventIdOf(body: string): string | undefined {
  return Accepted.safeParse(parsed(body)).data?.eventId;
}

/** Few kinds, however many errors: the status and the API's word for it. */
function kindOf({ status, body, failure }: Answer): string {
  if (status === 0) return failure ?? 'no answer';
  const reason = Refused.safeParse(parsed(body)).data?.errorDetails.errorDetails;
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
