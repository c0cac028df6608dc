import * as z from 'zod';
import { EVENT_STATUS_PATH, HISTORY_PATH } from '../../functions/event-creation/paths.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { ENVIRONMENTS } from '../../lib/stages.ts';
import { ENVIRONMENT_HEADER, TEST_SECRET_HEADER } from '../../lib/traffic/override-headers.ts';
import { idleEnvironment, splitText } from '../../release/traffic.ts';
import { AppError } from '../call.ts';
import { triggerRequest } from '../trigger-request.ts';

export interface Answer {
  readonly status: number;
  /** The header of this name, if there is one. */
  readonly location: string | undefined;
  readonly body: string;
}

export interface Sent {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A front door as this script reaches it, and what is known of what stands behind it. */
export interface Door {
  /** Without a slash at its end. */
  readonly base: string;
  readonly testSecret: string;
  /** URLs that API Gateway would give the private APIs; empty if they are not known. */
  readonly ownUrls: readonly string[];
  /** Whether a web application firewall should stand before it. */
  readonly firewall: boolean;
  /** Follows no redirect. @returns undefined if nothing answers */
  send(url: string, request: Sent): Promise<Answer | undefined>;
  /** Percent of traffic that the door sends to blue. */
  blue(): Promise<number>;
  /** That made the command; undefined if the stage does not know it. */
  environmentOf(eventId: string): Promise<string | undefined>;
  wait(seconds: number): Promise<void>;
}

export interface Driver {
  readonly token: string;
  /** The driver's own vehicle, which nobody else commands meanwhile: it blows its horn. */
  readonly vin: string;
}

export interface Result {
  readonly check: string;
  readonly outcome: 'ok' | 'failed' | 'skipped';
  /** What was found, or why it was skipped. */
  readonly detail: string;
}
type Finding = Omit<Result, 'check'>;

const skipped = (detail: string): Finding => ({ outcome: 'skipped', detail });
const verdict = (holds: boolean, detail: string): Finding => ({ outcome: holds ? 'ok' : 'failed', detail });

const SERVICE = remoteService('horn-blow');
/** Both environments with the secret; one each without a secret and with a wrong one. */
export const COMMANDS = ENVIRONMENTS.length + 2;

/** The firewall takes 8 KiB. Without it, the API would answer 400, for it does not know the padding. */
const TOO_LARGE = 9 * 1024;

/** 120 s: a horn has its end sooner, also that of a vehicle which must be woken. */
const POLLS = 60;
const SECONDS_BETWEEN_POLLS = 2;

const Accepted = z.object({ eventId: z.string() });
const Status = z.object({ eventStatus: z.string() });
const ErrorBody = z.object({ statusCode: z.int(), message: z.string().min(1) });

/** Tries the door, one check after the other: a vehicle does one thing at a time. */
export async function* smokeTest(door: Door, driver: Driver): AsyncGenerator<Result> {
  const checks: [string, () => Promise<Finding>][] = [
    ['plain HTTP is redirected to HTTPS', () => redirects(door)],
    ['without a token: 401', () => refuses(door, driver)],
    ...ENVIRONMENTS.map((environment): [string, () => Promise<Finding>] => [
      `with the test secret, who asks for ${environment} gets ${environment}`,
      async () => {
        const made = await blow(door, driver, override(environment, door.testSecret));
        return verdict(made === environment, made);
      },
    ]),
    ['without the test secret, the weights decide', () => ignores(door, driver)],
    // A load balancer's rules know wildcards; what a caller sends must not be one.
    ['with a wrong test secret, the weights decide', () => ignores(door, driver, '*')],
    ['the private APIs do not answer at URLs of their own', () => hides(door, driver)],
    ['the firewall refuses a body that is too large: 413 or 403', () => limits(door, driver)],
  ];
  for (const [check, run] of checks) {
    const finding = await run().catch((error: unknown) => verdict(false, String(error)));
    yield { check, ...finding };
  }
}

async function redirects({ base, send }: Door): Promise<Finding> {
  if (!base.startsWith('https://')) return skipped('a local door serves plain HTTP');
  const answer = await send(base.replace(/^https:/, 'http:'), { method: 'GET', headers: {} });
  const { status, location = 'nowhere' } = answer ?? { status: 'no answer' };
  // With the port, which browsers leave out.
  return verdict(status === 301 && location.startsWith('https://'), `${status} to ${location}`);
}

async function refuses({ base, send }: Door, { vin }: Driver): Promise<Finding> {
  const answer = await send(`${base}${historyOf(vin)}`, { method: 'GET', headers: {} });
  return inShape(answer, [401]);
}

/** What asks for the environment that gets no traffic must not get it. */
async function ignores(door: Door, driver: Driver, secret?: string): Promise<Finding> {
  const blue = await door.blue();
  const idle = idleEnvironment({ blue });
  if (idle === undefined) return skipped(`${splitText(blue)}: one answer would not show who decides`);
  const made = await blow(door, driver, override(idle, secret));
  return verdict(made !== idle, `asked for ${idle}, got ${made} (${splitText(blue)})`);
}

async function hides({ ownUrls, send }: Door, { token, vin }: Driver): Promise<Finding> {
  if (ownUrls.length === 0) return skipped('a local stage gives them none');
  const answers = await Promise.all(
    ownUrls.map(async (url) => {
      const answer = await send(`${url}${historyOf(vin)}`, { method: 'GET', headers: bearer(token) });
      return answer?.status;
    }),
  );
  // 401 or 404 would be an answer of the API.
  return verdict(
    answers.every((status) => status === undefined || status === 403),
    answers.map((status) => status ?? 'no answer').join(', '),
  );
}

async function limits({ base, firewall, send }: Door, { token, vin }: Driver): Promise<Finding> {
  if (!firewall) return skipped('the stage has no firewall');
  const { path, headers } = triggerRequest(SERVICE, vin);
  const body = JSON.stringify({ padding: 'x'.repeat(TOO_LARGE) });
  const request = { method: 'POST', headers: { ...headers, ...bearer(token) }, body } as const;
  return inShape(await send(`${base}${path}`, request), [413, 403]);
}

/** Blows the horn and waits for the end, for the vehicle is busy until then. @returns the environment that did it */
async function blow(door: Door, { token, vin }: Driver, picks: Sent['headers']): Promise<string> {
  const { base, send } = door;
  const { path, headers, body } = triggerRequest(SERVICE, vin);
  const all = { ...headers, ...picks, ...bearer(token) };
  const { eventId } = read(
    await send(`${base}${path}`, { method: 'POST', headers: all, body }),
    202,
    Accepted,
  );
  const made = await door.environmentOf(eventId);
  if (made === undefined) throw new AppError(`the stage does not know the command ${eventId}`);
  const poll = { method: 'POST', headers: bearer(token) } as const;
  for (let polls = 0; polls < POLLS; polls++) {
    const answer = await send(`${base}${EVENT_STATUS_PATH}?eventId=${eventId}`, poll);
    const { eventStatus } = read(answer, 200, Status);
    // A vehicle that does not answer says nothing about the door.
    if (eventStatus === 'EXECUTED' || eventStatus === 'ERROR') return made;
    await door.wait(SECONDS_BETWEEN_POLLS);
  }
  throw new AppError(`${eventId} has no end after ${POLLS * SECONDS_BETWEEN_POLLS} s`);
}

function read<Schema extends z.ZodType>(
  answer: Answer | undefined,
  status: number,
  schema: Schema,
): z.infer<Schema> {
  if (answer === undefined) throw new AppError('nothing answers');
  if (answer.status !== status) throw new AppError(`answered ${answer.status}: ${answer.body.slice(0, 200)}`);
  return schema.parse(JSON.parse(answer.body));
}

/** One of the statuses, with an error as apps know it. */
function inShape(answer: Answer | undefined, statuses: readonly number[]): Finding {
  if (answer === undefined) return verdict(false, 'nothing answers');
  const { status, body } = answer;
  if (!statuses.includes(status)) return verdict(false, `${status}: ${body.slice(0, 200)}`);
  return verdict(isError(body), isError(body) ? `${status}` : `${status}, but no JSON of ours`);
}

function isError(body: string): boolean {
  try {
    return ErrorBody.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
}

const historyOf = (vin: string): string => HISTORY_PATH.replace('{vin}', vin);
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const override = (environment: string, secret?: string): Sent['headers'] => ({
  [ENVIRONMENT_HEADER]: environment,
  ...(secret === undefined ? {} : { [TEST_SECRET_HEADER]: secret }),
});
