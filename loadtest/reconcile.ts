import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../vehicle-simulator/runner/in-parallel.ts';
import type { Reconciliation } from './result.ts';

/** How a command ended, as people read it: `EXECUTED`, `FAILED VEHICLE_REJECTED`. */
export type End = string;

export const endOf = (status: string, reason: string | null | undefined): End =>
  status === 'FAILED' ? `FAILED ${reason ?? 'without a reason'}` : status;

/** What the stage knows of a command. */
export interface Found {
  /** Undefined, if it has not ended. */
  readonly end: End | undefined;
}

/** Where the fate of commands is looked up. */
export interface Lookup {
  readonly source: Reconciliation['source'];
  /** Commands that are asked for at the same time. */
  readonly concurrency: number;
  /** Commands that the stage does not know are not in the answer. */
  states(eventIds: readonly string[]): Promise<ReadonlyMap<string, Found>>;
  /** Every end of a vehicle's commands that is recorded, the same command twice if it ended twice. */
  readonly history?: (vin: string) => Promise<ReadonlyMap<string, readonly End[]>>;
  /** What the subscriber was told, by the end that it was told; a repetition is the same notification. */
  readonly notifications?: (
    eventId: string,
  ) => Promise<readonly { readonly id: string; readonly end: End }[]>;
  readonly deadLetters?: () => Promise<number>;
  /** The command that holds each vehicle, by VIN. */
  readonly leases?: () => Promise<ReadonlyMap<string, string>>;
}

export interface ReconcileOptions {
  /** Longest that is waited for commands that have not ended. */
  readonly limitMs: number;
  /** Is told how many commands are still looked for. */
  readonly tell: (open: number) => void;
  /** Waits no longer, and reports what is known. */
  readonly signal: AbortSignal;
  readonly lookAgainMs?: number;
}

/** The subscriber is asked for each command: of many, a sample is. */
const NOTIFICATIONS = 1000;
/** Of those with something wrong, so many are named. */
const EXAMPLES = 20;

/** What is wrong with a command, or nothing yet. */
type Fault = 'lost' | 'stuck' | 'doubled' | 'untold';

/**
 * Looks up what became of every command, again and again for those that have not ended.
 * @param commands that were accepted, by VIN
 */
export async function reconcile(
  commands: ReadonlyMap<string, readonly string[]>,
  lookup: Lookup,
  { limitMs, tell, signal, lookAgainMs = 1000 }: ReconcileOptions,
): Promise<Reconciliation> {
  const started = performance.now();
  const ended = new Map<End, number>();
  const faults: Record<Fault, number> = { lost: 0, stuck: 0, doubled: 0, untold: 0 };
  const examples: string[] = [];
  const found = (fault: Fault, eventId: string, what: string): void => {
    faults[fault] += 1;
    if (examples.length < EXAMPLES) examples.push(`${eventId} ${fault}: ${what}`);
  };

  const accepted = [...commands.values()].reduce((sum, { length }) => sum + length, 0);
  let open = new Map(commands);
  /** Why each that is open is not done with. */
  const reasons = new Map<string, readonly [Fault, string]>();
  const left = (): number => [...open.values()].reduce((sum, { length }) => sum + length, 0);
  const isOver = (): boolean => signal.aborted || performance.now() - started > limitMs;

  const lookAt = async (vin: string, eventIds: readonly string[]): Promise<string[]> => {
    const [states, history] = await Promise.all([lookup.states(eventIds), lookup.history?.(vin)]);
    return eventIds.filter((eventId) => {
      const end = states.get(eventId)?.end;
      const ends = history?.get(eventId);
      const reason = unsettled(states.get(eventId), ends, history !== undefined);
      if (reason !== undefined) {
        reasons.set(eventId, reason);
        return true;
      }
      reasons.delete(eventId);
      ended.set(end ?? '', (ended.get(end ?? '') ?? 0) + 1);
      const different = ends?.filter((other) => other !== end) ?? [];
      if (ends !== undefined && (ends.length > 1 || different.length > 0)) {
        found('doubled', eventId, `it shows ${end}, and its history ${ends.join(' and ')}`);
      }
      return false;
    });
  };

  for (;;) {
    const still = new Map<string, string[]>();
    let done = accepted - left();
    await inParallel(open, lookup.concurrency, async ([vin, eventIds]) => {
      const rest = signal.aborted ? [...eventIds] : await lookAt(vin, eventIds);
      if (rest.length > 0) still.set(vin, rest);
      done += eventIds.length - rest.length;
      tell(accepted - done);
    });
    open = still;
    if (left() === 0 || isOver()) break;
    await sleep(lookAgainMs);
  }
  const isAborted = signal.aborted;
  for (const eventId of [...open.values()].flat()) {
    // Nobody has waited for those long enough to say.
    const reason = isAborted ? undefined : reasons.get(eventId);
    if (reason !== undefined) found(reason[0], eventId, reason[1]);
  }

  const settled = [...commands.values()].flat().filter((eventId) => !reasons.has(eventId));
  const told = await notified(settled, lookup, isOver, lookAgainMs, found);
  const [deadLetters, leases] = await Promise.all([lookup.deadLetters?.(), lookup.leases?.()]);
  return {
    source: lookup.source,
    accepted,
    ended: Object.fromEntries(ended),
    lost: faults.lost,
    stuck: faults.stuck,
    ...(lookup.history === undefined ? {} : { doubled: faults.doubled }),
    ...(told === undefined ? {} : { notificationsRead: told, untold: faults.untold }),
    open: isAborted ? left() : 0,
    ...(deadLetters === undefined ? {} : { deadLetters }),
    ...(leases === undefined
      ? {}
      : {
          leases: [...leases].filter(([vin, eventId]) => commands.get(vin)?.includes(eventId)).length,
        }),
    examples,
    seconds: (performance.now() - started) / 1000,
  };
}

/** @returns why a command is not done with; undefined if it is */
function unsettled(
  state: Found | undefined,
  ends: readonly End[] | undefined,
  hasHistory: boolean,
): readonly [Fault, string] | undefined {
  if (state === undefined && ends === undefined)
    return ['lost', 'accepted, and the stage knows nothing of it'];
  if (state?.end === undefined) return ['stuck', 'it has not ended'];
  // The history comes by another way than the state.
  if (hasHistory && ends === undefined) return ['lost', `its end ${state.end} is in no history`];
  return undefined;
}

/** @returns of how many commands the subscriber's notifications were read; undefined if nobody can */
async function notified(
  eventIds: readonly string[],
  { notifications, concurrency }: Lookup,
  isOver: () => boolean,
  lookAgainMs: number,
  found: (fault: Fault, eventId: string, what: string) => void,
): Promise<number | undefined> {
  if (notifications === undefined) return undefined;
  const step = Math.max(1, Math.ceil(eventIds.length / NOTIFICATIONS));
  const sample = eventIds.filter((_, index) => index % step === 0);
  let untold: readonly string[] = sample;
  for (;;) {
    const still: string[] = [];
    await inParallel(untold, concurrency, async (eventId) => {
      const told = await notifications(eventId);
      if (told.length === 0) still.push(eventId);
      const ends = new Map(told.map(({ id, end }) => [id, end]));
      if (ends.size > 1) {
        found('doubled', eventId, `the subscriber was told of ${[...ends.values()].join(' and ')}`);
      }
    });
    untold = still;
    if (untold.length === 0 || isOver()) break;
    await sleep(lookAgainMs);
  }
  for (const eventId of untold) found('untold', eventId, 'the subscriber knows nothing of its end');
  return sample.length;
}
