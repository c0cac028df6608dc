import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Session } from '../../bin/session.ts';
import { triggerRequest } from '../../bin/trigger-request.ts';
import { EVENT_STATUS_PATH, HISTORY_PATH } from '../../functions/event-creation/paths.ts';
import { HistoryPage } from '../../functions/persistence/vehicle-history.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { ENVIRONMENT_HEADER, TEST_SECRET_HEADER } from '../../lib/traffic/override-headers.ts';
import type { Case } from '../scenarios/case.ts';

/** A request that became a command. */
export interface Accepted {
  readonly eventId: string;
  /** When the stage saw it first, by its own clock. */
  readonly requestedAt: Date;
  /** When it was sent, as of `performance.now()`. */
  readonly sentMs: number;
}

export interface Refused {
  readonly statusCode: number;
  readonly reason: string | undefined;
}

/** What a poll shows: the app's word for the status, and the reason of an ERROR. */
export interface Shown {
  readonly word: string;
  readonly reason: string | undefined;
}

/** An answer that a stage should not give. */
export class UnexpectedAnswer extends Error {
  readonly status: number;

  constructor(path: string, status: number) {
    super(`${path} answered ${status}`);
    this.status = status;
  }
}

export type HistoryEntry = HistoryPage['items'][number];

/** An app that commands vehicles and looks at what becomes of it. Its methods throw Error where a stage should not fail. */
export interface AppClient {
  trigger(service: RemoteService, vin: string, body: Case['body']): Promise<Accepted | Refused>;
  poll(eventId: string): Promise<Shown>;
  /** All pages. */
  history(vin: string): Promise<HistoryEntry[]>;
}

const Created = z.object({ eventId: z.string(), creationTime: z.string() });
const Details = z.object({ errorDetails: z.object({ errorDetails: z.string().optional() }).nullish() });
const EventStatus = Details.extend({ eventStatus: z.string() });

/** A limit that many runs share is full for a while; one that stays full for so many times 3 s is too low for a run. */
const ATTEMPTS = 20;

/** What lets a request pick its environment at the front door. */
export interface Override {
  readonly environment: string;
  /** The stage's test secret: without it, the weights decide. */
  readonly secret: string;
}

/**
 * @param base URL of the stage
 * @param override if requests pick their environment
 * @param attempts of a request, while the stage says that it is too busy
 */
export function appClient(
  base: string,
  session: Session,
  override: Override | undefined,
  attempts = ATTEMPTS,
): AppClient {
  const picks =
    override === undefined
      ? {}
      : { [ENVIRONMENT_HEADER]: override.environment, [TEST_SECRET_HEADER]: override.secret };
  const request = (path: string, init: RequestInit = {}) =>
    requestJson(
      `${base}${path}`,
      () => ({
        ...init,
        headers: {
          ...session.headers(),
          ...picks,
          ...Object.fromEntries(new Headers(init.headers)),
        },
      }),
      attempts,
    );
  const expectOk = async (path: string, init?: RequestInit) => {
    const { status, body } = await request(path, init);
    if (status !== 200) throw new UnexpectedAnswer(path.split('?')[0] ?? path, status);
    return body;
  };

  return {
    async trigger(service, vin, body) {
      const { path, headers, body: text } = triggerRequest(service, vin, body);
      // The same for each attempt: a repetition is no second command.
      const correlated = { ...headers, 'x-correlation-id': randomUUID() };
      const answer = await request(path, { method: 'POST', headers: correlated, body: text });
      if (answer.status === 202) {
        const { eventId, creationTime } = Created.parse(answer.body);
        return { eventId, requestedAt: new Date(creationTime), sentMs: answer.sentMs };
      }
      const details = Details.safeParse(answer.body).data?.errorDetails;
      return { statusCode: answer.status, reason: details?.errorDetails };
    },

    async poll(eventId) {
      const path = `${EVENT_STATUS_PATH}?eventId=${encodeURIComponent(eventId)}`;
      const { eventStatus, errorDetails } = EventStatus.parse(await expectOk(path, { method: 'POST' }));
      return { word: eventStatus, reason: errorDetails?.errorDetails };
    },

    async history(vin) {
      const path = HISTORY_PATH.replace('{vin}', vin);
      const items: HistoryEntry[] = [];
      let before: string | null = null;
      do {
        const query: string = before === null ? '' : `?before=${encodeURIComponent(before)}`;
        const page = HistoryPage.parse(await expectOk(`${path}${query}`));
        items.push(...page.items);
        before = page.before;
      } while (before !== null);
      return items;
    },
  };
}

/**
 * One request, and again for as long as the stage says that it is too busy: 429, and after how many seconds.
 * @returns the last answer, and when its request was sent, as of `performance.now()`
 * @throws Error if there is no answer
 */
export async function requestJson(
  url: string,
  init: () => RequestInit | Promise<RequestInit>,
  attempts = ATTEMPTS,
): Promise<{ status: number; body: unknown; sentMs: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const sentMs = performance.now();
    const response = await fetch(url, { ...(await init()), signal: AbortSignal.timeout(30_000) });
    const text = await response.text();
    if (response.status !== 429 || attempt >= attempts) {
      return { status: response.status, body: parsed(text), sentMs };
    }
    await sleep(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
