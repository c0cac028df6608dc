import { randomUUID } from 'node:crypto';
import { AppError, baseUrl, call, DEFAULT_TARGET, Refusal } from '../bin/call.ts';
import { Session, whoActs } from '../bin/session.ts';
import { openStage, type StageAccess } from '../bin/stage-access.ts';
import { EVENT_STATUS_PATH } from '../functions/event-creation/paths.ts';
import { StageProcess } from '../gameday/stage-process.ts';
import { CONTROL_PATH, StageDescription } from '../local/control/control.ts';
import { type AppClient, appClient, requestJson } from '../vehicle-simulator/runner/app-client.ts';

export interface WhichTarget {
  /** Base URL; undefined if nobody named one. */
  readonly target: string | undefined;
  /** A deployed stage, by name. */
  readonly stage: string | undefined;
  readonly user: string;
  /** An access token; by default, the user logs in. */
  readonly token: string | undefined;
}

/** The stage that is put under load. */
export interface Target {
  /** Base URL of the app's API. */
  readonly base: string;
  /** A deployed one's name. */
  readonly stage: string | undefined;
  readonly isLocal: boolean;
  /** Its tables and queues; undefined for a URL of which nothing else is known. */
  readonly access: StageAccess | undefined;
  /** Ends what was started for the load test alone. */
  readonly end: () => Promise<void>;
}

/**
 * The stage that somebody named, or a local one that runs, or else one of our own.
 * @param tell is told if it takes a while
 * @throws AppError in one line, if there is no such stage
 */
export async function openTarget(which: WhichTarget, tell: (what: string) => void): Promise<Target> {
  const { target, stage } = which;
  const nothing = async (): Promise<void> => undefined;
  if (stage !== undefined) {
    const access = await openStage({ target: '', stage });
    const base = baseUrl(target ?? access.output('ApiUrl'));
    return { base, stage, isLocal: false, access, end: nothing };
  }
  const base = baseUrl(target ?? DEFAULT_TARGET);
  if (await isLocalStage(base, target !== undefined)) {
    return { base, stage, isLocal: true, access: await openStage({ target: base }), end: nothing };
  }
  if (target !== undefined) return { base, stage, isLocal: false, access: undefined, end: nothing };
  tell('No stage runs here: a local one is started');
  const own = await StageProcess.start();
  // Whoever breaks it off at once leaves no stage behind.
  const kill = () => void own.kill();
  process.once('exit', kill);
  const end = async (): Promise<void> => {
    process.off('exit', kill);
    await own.end();
  };
  try {
    return { base: own.url, stage, isLocal: true, access: await openStage({ target: own.url }), end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** @param mustAnswer whether it is an error that nothing is there */
async function isLocalStage(base: string, mustAnswer: boolean): Promise<boolean> {
  try {
    await call(`${base}${CONTROL_PATH}`, { method: 'GET' }, StageDescription);
    return true;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A deployed stage knows nothing of the path, and says so.
    const answers = error instanceof Refusal && error.status !== 503;
    if (mustAnswer && !answers) throw error;
    return false;
  }
}

/**
 * An app that is logged in at the stage, as all those of the load test will.
 * @throws AppError in one line, if nobody can be logged in or the stage does not take the token
 */
export async function logIn(base: string, { stage, user, token }: WhichTarget): Promise<AppClient> {
  const session = await Session.begin(base, await whoActs(stage, { user, token }));
  // Nobody has that command: what comes before the answer that there is none is what counts.
  const { status } = await requestJson(`${base}${EVENT_STATUS_PATH}?eventId=${randomUUID()}`, () => ({
    method: 'POST',
    headers: session.headers(),
  }));
  if (status === 401 || status === 403) {
    throw new AppError(`${base} does not take the token (${status}). Is it of this stage, and not expired?`);
  }
  if (status !== 404)
    throw new AppError(`${base} answers status polls with ${status}: it is not fit for load`);
  return appClient(base, session, undefined);
}
