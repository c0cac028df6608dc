import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogUpdate } from 'log-update';
import * as z from 'zod';
import { EVENT_POSITION_PATH, EVENT_STATUS_PATH } from '../functions/event-creation/paths.ts';
import type { RemoteService } from '../functions/remote-services/remote-service.ts';
import { AppError, baseUrl, call } from './call.ts';
import { Session, type WhoActs } from './session.ts';
import { triggerRequest } from './trigger-request.ts';

/** Phones send their own position along; a terminal has none. */
const OBSERVER = { latitude: '48.137', longitude: '11.575' };
/** The phone waits 3.5 s; a person at a terminal wants to see more. */
const POLL_INTERVAL_MS = 250;
/** As long as the phone polls. */
const POLL_LIMIT_MS = 240_000;

const Accepted = z.object({ eventId: z.string() });
const EventStatus = z.object({
  eventStatus: z.string(),
  errorDetails: z.object({ errorDetails: z.string() }).nullish(),
});

const EventPosition = z.object({
  positionData: z.object({ position: z.object({ formattedAddress: z.string(), heading: z.number() }) }),
});

export interface Options extends WhoActs {
  readonly target: string;
  /** Of the request; the catalogue's example by default. */
  readonly body?: RemoteService['example'];
}

/** Sends a command and follows it to its end. @throws AppError if it does not end as EXECUTED */
export async function send(
  { target, body, ...who }: Options,
  service: RemoteService,
  vin: string,
): Promise<void> {
  const base = baseUrl(target);
  const session = await Session.begin(base, who);
  const started = performance.now();
  const request = triggerRequest(service, vin, body);
  const headers = {
    ...session.headers(),
    ...request.headers,
    accept: 'application/json',
    'x-correlation-id': randomUUID(),
  };
  const show = statusLine(`${service.serviceType} ${vin}`, started);

  const init = { method: 'POST', headers, body: request.body };
  const { eventId } = await call(`${base}${request.path}`, init, Accepted);
  const limit = started + POLL_LIMIT_MS;
  while (performance.now() < limit) {
    const url = `${base}${EVENT_STATUS_PATH}?eventId=${eventId}`;
    const { eventStatus, errorDetails } = await session.renewing(() =>
      call(url, { method: 'POST', headers: session.headers() }, EventStatus),
    );
    show(eventStatus);
    if (eventStatus === 'EXECUTED') {
      show.done();
      if (service.followUp === 'STORE_POSITION') await showPosition(base, session, eventId);
      return;
    }
    if (eventStatus === 'ERROR') {
      show.done();
      throw new AppError(`Failed: ${errorDetails?.errorDetails ?? 'no reason given'}`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  show.done();
  throw new AppError(`No end within ${POLL_LIMIT_MS / 1000} s`);
}

async function showPosition(base: string, session: Session, eventId: string): Promise<void> {
  const headers = { ...session.headers(), ...OBSERVER };
  const url = `${base}${EVENT_POSITION_PATH}?eventId=${eventId}`;
  const { positionData } = await call(url, { method: 'POST', headers }, EventPosition);
  const { formattedAddress, heading } = positionData.position;
  console.log(`It stands at ${formattedAddress}, heading ${heading}°`);
}

/** One line that follows the status; where there is no terminal, a line for each change. */
function statusLine(title: string, started: number) {
  const terminal = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  let last = '';
  const show = (status: string) => {
    const line = `${title} ${status} ${((performance.now() - started) / 1000).toFixed(1)} s`;
    if (terminal !== undefined) terminal(line);
    else if (status !== last) console.log(line);
    last = status;
  };
  show.done = () => terminal?.done();
  return show;
}
