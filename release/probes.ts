import { decodeJwt, errors } from 'jose';
import { Session, type WhoActs } from '../bin/session.ts';
import type { EnvironmentName } from '../lib/stages.ts';
import {
  type AppClient,
  appClient,
  type Override,
  UnexpectedAnswer,
} from '../vehicle-simulator/runner/app-client.ts';
import { faultsOfWay } from '../vehicle-simulator/runner/check-way.ts';
import { Due, follow, isEnd } from '../vehicle-simulator/runner/follow.ts';
import type { Case } from '../vehicle-simulator/scenarios/case.ts';
import { allCases } from '../vehicle-simulator/scenarios/cases.ts';
import type { Probe, ProbeResult } from './prober.ts';
import PROBES from './probes.json' with { type: 'json' };

/** The cases of `probes.json`: each of another kind, and done within a second or two. */
export function probeCases(): Case[] {
  const cases = new Map(allCases().map((one) => [one.id, one]));
  return PROBES.map((id) => {
    const found = cases.get(id);
    if (found === undefined) throw new Error(`release/probes.json: there is no case ${id}`);
    return found;
  });
}

/**
 * Of each request while the answer is 429: an app sends it again, after a second for a limit that is full, after three
 * for a token that could not be checked. Who is told so three times in a row gives up.
 */
const ATTEMPTS = 3;

export interface ProbeOptions {
  /** Base URL of the stage. */
  readonly base: string;
  readonly who: WhoActs;
  readonly secret: string;
  readonly cases: readonly Case[];
  readonly signal: AbortSignal;
}

/** Sends the commands of all cases at once to an environment, and follows them to their ends. */
export function probeOf({ base, who, secret, cases, signal }: ProbeOptions): Probe {
  const freed = new Set<string>();
  let session: Session | undefined;
  return async (environment: EnvironmentName) => {
    if (who.token !== undefined && hasExpired(who.token)) {
      return { result: 'unsent', reason: 'the token has expired' };
    }
    const override: Override = { environment, secret };
    let app: AppClient;
    try {
      session ??= await Session.begin(base, who);
      app = appClient(base, session, override, ATTEMPTS);
    } catch (error) {
      return { result: 'unsent', reason: `nobody could be logged in, ${reasonOf(error)}` };
    }
    const found = together(await Promise.all(cases.map((one) => tryCase(one, app, { signal, freed }))));
    // A shift may take longer than a token lives. Not each time: each sign-in at a user pool sets another password.
    if (found.result === 'unsent') session = undefined;
    return found;
  };
}

/** One failure is a failure; else, what did not get there tells nothing. */
export const together = (results: readonly ProbeResult[]): ProbeResult =>
  results.find(({ result }) => result === 'failed') ??
  results.find(({ result }) => result === 'unsent') ?? { result: 'held' };

interface TryOptions {
  readonly signal: AbortSignal;
  /** VINs whose last command of this process was seen to end. A stage frees the lease before the end shows. */
  readonly freed: Set<string>;
}

/** Only what the app sees of it: what else is left behind takes longer to be seen. */
export async function tryCase(
  one: Case,
  app: AppClient,
  { signal, freed }: TryOptions,
): Promise<ProbeResult> {
  const { vin } = one.vehicle;
  const wasFreed = freed.delete(vin);
  try {
    const followed = await follow(one, app, { due: new Due(), signal });
    const { answer, seen } = followed;
    if ('statusCode' in answer) {
      if (answer.reason === 'VEHICLE_BUSY') {
        return wasFreed
          ? { result: 'failed', reason: `${one.id}: the vehicle is still busy after its command has ended` }
          : { result: 'unsent', reason: `${one.id}: the vehicle is busy` };
      }
      if (isNotLetIn(answer.statusCode)) {
        return { result: 'unsent', reason: `${one.id}: refused with ${answer.statusCode}` };
      }
    }
    if (isEnd(seen.at(-1)?.word ?? '')) freed.add(vin);
    const [fault] = faultsOfWay(followed);
    return fault === undefined ? { result: 'held' } : { result: 'failed', reason: `${one.id}: ${fault}` };
  } catch (error) {
    const saysNothing =
      signal.aborted || isOfNetwork(error) || (error instanceof UnexpectedAnswer && isNotLetIn(error.status));
    return { result: saysNothing ? 'unsent' : 'failed', reason: `${one.id}: ${reasonOf(error)}` };
  }
}

/** The caller's token has expired, or is somebody's who does not own the vehicles. */
const isNotLetIn = (status: number): boolean => status === 401 || status === 403;

/**
 * No answer at all: `fetch` throws a TypeError, and the time limit a TimeoutError. API Gateway answers within 29 s,
 * before that limit, and the load balancer answers for an API that does not; so silence is the network's. An
 * environment that is broken answers, with 5xx, or with a command that does not end.
 */
const isOfNetwork = (error: unknown): boolean =>
  error instanceof Error &&
  ((error instanceof TypeError && error.message === 'fetch failed') || error.name === 'TimeoutError');

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message}${error.cause instanceof Error ? `, ${error.cause.message}` : ''}`;
}

function hasExpired(token: string): boolean {
  try {
    const { exp } = decodeJwt(token);
    return exp !== undefined && exp * 1000 <= Date.now();
  } catch (error) {
    // The API tells what it thinks of it.
    if (error instanceof errors.JWTInvalid) return false;
    throw error;
  }
}
