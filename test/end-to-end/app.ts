import { randomUUID } from 'node:crypto';
import { vi } from 'vitest';

/** The app's side of the interface, against any base URL. */

const EVENT_STATUS = '/eadrax-vrccs/v3/presentation/remote-commands/eventStatus';
const HISTORY = '/eadrax-vrccs/v3/presentation/remote-history';
const TRIGGERS = '/eadrax-vrccs/v4/presentation/remote-commands';

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

export function trigger(
  base: string,
  vin: string,
  { service = 'horn-blow', headers = {} }: { service?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return request(`${base}${TRIGGERS}/${service}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'bmw-vin': vin,
      'x-correlation-id': randomUUID(),
      ...headers,
    },
    body: '{}',
  });
}

export const status = (base: string, eventId: string): Promise<Answer> =>
  request(`${base}${EVENT_STATUS}?eventId=${encodeURIComponent(eventId)}`, { method: 'POST' });

export interface HistoryItem {
  readonly eventId: string;
  readonly status: string;
  readonly statusReason: string | null;
  readonly time: string;
  readonly ignored: boolean;
}

export async function history(base: string, vin: string): Promise<HistoryItem[]> {
  const items: HistoryItem[] = [];
  let before: string | null = null;
  do {
    const query: string = before === null ? '' : `?before=${encodeURIComponent(before)}`;
    const { body } = await request(`${base}${HISTORY}/${vin}${query}`);
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
  base: string,
  eventId: string,
  { limitMs = 60_000, intervalMs = 20 } = {},
): Promise<Answer[]> {
  const seen: Answer[] = [];
  await vi.waitUntil(
    async () => {
      const answer = await status(base, eventId);
      if (answer.status !== 200) throw new Error(`A poll was answered by ${answer.status}`);
      if (seen.at(-1)?.body.eventStatus !== answer.body.eventStatus) seen.push(answer);
      return ['EXECUTED', 'ERROR'].includes(answer.body.eventStatus);
    },
    { timeout: limitMs, interval: intervalMs },
  );
  return seen;
}

/** Sends a command that must be accepted, and answers its id. */
export async function accepted(base: string, vin: string, service?: string): Promise<string> {
  const answer = await trigger(base, vin, service === undefined ? {} : { service });
  if (answer.status !== 202) throw new Error(`Not accepted: ${JSON.stringify(answer.body)}`);
  return answer.body.eventId;
}
