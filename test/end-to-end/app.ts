import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';
import { triggerRequest } from '../../bin/trigger-request.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';

/** The app's side of the interface, against any base URL, in the name of a user. */

const EVENT_STATUS = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const EVENT_POSITION = '/eadrax-vrccs/v4/presentation/remote-commands/eventPosition';
const HISTORY = '/eadrax-vrccs/v3/presentation/remote-history';

/** Somebody who is logged in. */
export interface MyApp {
  readonly url: string;
  readonly token: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // What a test reads of a body is its own affair: a wrong shape fails its expectation.
  // biome-ignore lint/suspicious/noExplicitAny: answers of the interface under test
  readonly body: any;
}

export async function request(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

const authorization = ({ token }: MyApp) => ({ authorization: `Bearer ${token}` });

interface Trigger {
  readonly service?: string;
  readonly body?: RemoteService['example'];
  readonly headers?: Record<string, string>;
}

export function trigger(
  app: MyApp,
  vin: string,
  { service = 'horn-blow', body, headers = {} }: Trigger = {},
): Promise<Answer> {
  const { path, headers: needed, body: text } = triggerRequest(remoteService(service), vin, body);
  return request(`${app.url}${path}`, {
    method: 'POST',
    headers: { ...authorization(app), ...needed, 'x-correlation-id': randomUUID(), ...headers },
    body: text,
  });
}

export const status = (app: MyApp, eventId: string): Promise<Answer> =>
  request(`${app.url}${EVENT_STATUS}?eventId=${encodeURIComponent(eventId)}`, {
    method: 'POST',
    headers: authorization(app),
  });

/** Where a vehicle finder found the vehicle. */
export const position = (app: MyApp, eventId: string): Promise<Answer> =>
  request(`${app.url}${EVENT_POSITION}?eventId=${encodeURIComponent(eventId)}`, {
    method: 'POST',
    headers: { ...authorization(app), latitude: '48.17', longitude: '11.55' },
  });

export interface HistoryItem {
  readonly eventId: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly time: string;
  readonly ignored: boolean;
}

export async function history(app: MyApp, vin: string): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  let before: string | null = null;
  do {
    const query: string = before === null ? '' : `?before=${encodeURIComponent(before)}`;
    const { body } = await request(`${app.url}${HISTORY}/${vin}${query}`, {
      headers: authorization(app),
    });
    items.push(...body.items);
    before = body.before;
  } while (before !== null);
  return items;
}

/** Waits until the expectations hold: everything is asynchronous, and machines are slow now and then. */
export const eventually = (expectations: () => unknown, limitMs = 15_000): Promise<unknown> =>
  vi.waitFor(expectations, { timeout: limitMs, interval: 50 });

/** Polls until the command has ended, and answers each status that was seen, in order. */
export async function follow(
  app: MyApp,
  eventId: string,
  { limitMs = 60_000, intervalMs = 20 } = {},
): Promise<Answer[]> {
  const seen: Answer[] = [];
  await vi.waitUntil(
    async () => {
      const answer = await status(app, eventId);
      if (answer.status !== 200) throw new Error(`A poll was answered by ${answer.status}`);
      if (seen.at(-1)?.body.eventStatus !== answer.body.eventStatus) seen.push(answer);
      return ['EXECUTED', 'ERROR'].includes(answer.body.eventStatus);
    },
    { timeout: limitMs, interval: intervalMs },
  );
  return seen;
}

/** Sends a command that must be accepted, and answers its id. */
export async function accepted(app: MyApp, vin: string, service?: string): Promise<string> {
  const answer = await trigger(app, vin, service === undefined ? {} : { service });
  if (answer.status !== 202) throw new Error(`Not accepted: ${JSON.stringify(answer.body)}`);
  return answer.body.eventId;
}
