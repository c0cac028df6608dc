import type { Notification } from '../../functions/event-processing/distribution/notification.ts';
import { longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import { vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import type { Case } from '../scenarios/case.ts';
import type { Accepted, HistoryEntry, Shown } from './app-client.ts';
import { wordOf } from './check-way.ts';
import { compare, type Wanted } from './compare.ts';
import type { Followed } from './follow.ts';
import type { DeadLetter } from './stage-under-test.ts';

/** What a case has left behind when everything is quiet. */
export interface Traces {
  /** Undefined for a request that was refused. */
  readonly shown: Shown | undefined;
  /** Of the case's command only; of one that must be refused, of all commands since. */
  readonly history: readonly HistoryEntry[];
  /** Each time that the subscriber was told of the command. */
  readonly notifications: readonly Notification[];
  /** The same for each report that the vehicle may have sent. */
  readonly reports: readonly (readonly Notification[])[];
  /** Those that the vehicle's messages have become since the request. */
  readonly deadLetters: readonly DeadLetter[];
  /** The command that holds the vehicle. */
  readonly lease: string | undefined;
}

/**
 * What is missing among the traces or should not be there. A later look may find what is missing.
 * @returns a line for each fault
 */
export function faultsOfTraces({ case: one, answer, seen }: Followed, traces: Traces): string[] {
  const accepted = 'eventId' in answer ? answer : undefined;
  const last = seen.at(-1);
  const { shown, lease } = traces;
  const changed = shown !== undefined && last !== undefined && wordOf(shown) !== wordOf(last);
  return [
    ...(changed ? [`polls: ${wordOf(last)} became ${wordOf(shown)}, long after`] : []),
    ...faultsOfHistory(one, traces.history),
    ...(accepted === undefined ? [] : faultsOfTimes(one, accepted, traces.history)),
    ...(one.expect.end === 'REFUSED' ? [] : faultsOfNotifications(one, traces.notifications)),
    ...faultsOfReports(one, traces.reports),
    ...faultsOfDeadLetters(one, traces.deadLetters),
    ...(lease === undefined ? [] : [`lease: the vehicle is still held by ${lease}`]),
  ];
}

interface Entry {
  readonly status: string;
  readonly reason?: string | null | undefined;
  readonly ignored?: boolean | undefined;
}

const entryName = ({ status, reason, ignored }: Entry): string =>
  [status, ...(reason ? [reason] : []), ...(ignored === true ? ['(ignored)'] : [])].join(' ');

function faultsOfHistory({ expect }: Case, history: readonly HistoryEntry[]): string[] {
  const wanted = expect.history.map((entry): Wanted<HistoryEntry> => {
    const [atLeast, atMost] = entry.times ?? [1, 1];
    return {
      name: entryName(entry),
      fits: ({ status, statusReason, ignored }) =>
        status === entry.status &&
        statusReason === (entry.reason ?? null) &&
        (entry.ignored === undefined || entry.ignored === ignored),
      atLeast,
      atMost,
    };
  });
  const name = ({ statusReason: reason, ...entry }: HistoryEntry) => entryName({ ...entry, reason });
  return differences('history', compare(wanted, history), name);
}

/** By the stage's own clock, in the vehicle's history: how long the command and its statuses lasted. */
function faultsOfTimes(
  { expect, seconds, service, vehicle }: Case,
  { requestedAt }: Accepted,
  history: readonly HistoryEntry[],
): string[] {
  const end = history.find(
    ({ status, ignored }) => !ignored && (status === 'EXECUTED' || status === 'FAILED'),
  );
  if (end === undefined) return [];
  const ended = Date.parse(end.time);
  const [from] = seconds;
  const lasted = (ended - requestedAt.getTime()) / 1000;
  const faults = lasted < from ? [`time: ended after ${lasted} s; must not end before ${from} s`] : [];

  if (expect.end !== 'FAILED' || expect.timedOutIn === undefined) return faults;
  const status = expect.timedOutIn;
  const begins = history.filter((entry) => entry.status === status).map(({ time }) => Date.parse(time));
  const waited = (ended - Math.min(...begins)) / 1000;
  const expected = longestExpectedSeconds(service, status, vehicleGeneration(vehicle.generation));
  if (waited < expected) faults.push(`time: given up after ${waited} s in ${status}; must be ${expected} s`);
  return faults;
}

function faultsOfNotifications(
  { expect, service, vehicle }: Case,
  notifications: readonly Notification[],
): string[] {
  const reason = expect.end === 'FAILED' ? expect.reason : null;
  const wanted = { vin: vehicle.vin, remoteService: service.serviceType, outcome: expect.end, reason };
  const differing = notifications.filter((notification) => !includes(notification, wanted));
  return [
    ...(notifications.length === 0 ? ['subscriber: was not told'] : []),
    ...differing.map((notification) => `subscriber: was told ${JSON.stringify(notification)}`),
    ...faultsOfRepetitions('', notifications),
  ];
}

function faultsOfReports({ expect, vehicle }: Case, reports: Traces['reports']): string[] {
  const heard = reports.flatMap(([first]) => (first === undefined ? [] : [first]));
  const names = expect.end === 'REFUSED' ? [] : (expect.reports ?? []);
  const wanted = names.map((report) => ({
    name: report,
    fits: (notification: Notification) => includes(notification, { vin: vehicle.vin, report }),
    atLeast: 1,
    // A type may be reported at several steps.
    atMost: Number.POSITIVE_INFINITY,
  }));
  return [
    ...differences('reports', compare(wanted, heard), (notification) => JSON.stringify(notification)),
    ...reports.flatMap((notifications) => faultsOfRepetitions('of a report ', notifications)),
  ];
}

/** The subscriber may be told again, but tells repetitions by their id. */
function faultsOfRepetitions(what: string, notifications: readonly Notification[]): string[] {
  const ids = new Set(notifications.map(({ notificationId }) => notificationId));
  return ids.size > 1 ? [`subscriber: was told ${what}${ids.size} times, as different things`] : [];
}

/** A letter may be there twice, for queues deliver at least once. */
function faultsOfDeadLetters({ expect }: Case, deadLetters: readonly DeadLetter[]): string[] {
  const reasons = expect.end === 'REFUSED' ? [] : (expect.deadLetters ?? []);
  const wanted = reasons.map((reason) => ({
    name: reason,
    fits: (letter: DeadLetter) => letter.reason?.startsWith(reason) === true,
    atLeast: 1,
    atMost: Number.POSITIVE_INFINITY,
  }));
  const name = ({ queue, reason = 'without a reason' }: DeadLetter) => `'${reason}' of ${queue}`;
  return differences('dead letters', compare(wanted, deadLetters), name);
}

function differences<Item>(
  where: string,
  { missing, unexpected }: { missing: readonly string[]; unexpected: readonly Item[] },
  name: (item: Item) => string,
): string[] {
  return [
    ...missing.map((what) => `${where}: ${what} is missing`),
    ...unexpected.map((item) => `${where}: ${name(item)} must not be there`),
  ];
}

const includes = (whole: object, part: object): boolean =>
  Object.entries(part).every(
    ([name, value]) => new Map<string, unknown>(Object.entries(whole)).get(name) === value,
  );
