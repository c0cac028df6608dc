import { setTimeout as sleep } from 'node:timers/promises';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type DeadLetterQueue, deadLetterQueues } from '../bin/dead-letters/queues.ts';
import { redrive } from '../bin/dead-letters/redrive.ts';
import { openStage } from '../bin/stage-access.ts';
import { isFinal } from '../functions/event/lifecycle.ts';
import type { Notification } from '../functions/event-processing/distribution/notification.ts';
import type { HistoryEntry } from '../vehicle-simulator/runner/app-client.ts';
import { inParallel } from '../vehicle-simulator/runner/in-parallel.ts';
import {
  type DeadLetter,
  openStageUnderTest,
  type StageUnderTest,
} from '../vehicle-simulator/runner/stage-under-test.ts';
import type { Command, Ledger } from './ledger.ts';
import { persistently } from './persistently.ts';

/** What a game day left behind, each fault in a line. */
export interface Findings {
  /** Accepted, and the stage knows nothing of it. */
  readonly lost: readonly string[];
  /** It has not ended. */
  readonly stuck: readonly string[];
  /** It ended in two ways, or the subscriber was told of two ends. */
  readonly doubled: readonly string[];
  /** Whatever else should not be: leases, messages, ends that nobody was told of. */
  readonly others: readonly string[];
}

export interface Audit extends Findings {
  /** Commands that no app was told of: their answer was lost, and they were carried out. */
  readonly unanswered: number;
  /** Dead letters before those without a reason were sent back, by queue and reason. */
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly redriven: number;
}

export interface AuditOptions {
  readonly base: string;
  readonly user: string;
  /** The vehicles that were asked for something, whether an answer came or not. */
  readonly vins: readonly string[];
  /** When the game day began. */
  readonly from: Date;
  /** Longest that a command may take, by all its statuses together. */
  readonly longestMs: number;
  readonly tell: (what: string) => void;
}

/**
 * What a consumer did not finish comes back after its visibility time-out: up to 150 s; a batch of the routing
 * function waits longest.
 */
const COMES_BACK_MS = 150_000;
const LOOK_INTERVAL_MS = 1000;
/** Vehicles whose history is read at the same time. */
const CONCURRENCY = 8;

/**
 * Waits until everything is quiet, sends dead letters without a reason back, waits again, and then looks at every
 * command through the app's interface, the subscriber's record, tables and queues.
 */
export async function audit(ledger: Ledger, options: AuditOptions): Promise<Audit> {
  const { base, user, vins, from, longestMs, tell } = options;
  const access = await persistently(() => openStage({ target: base }));
  const sqs = new SQSClient(access.client('SQS'));
  const queues = await persistently(() => deadLetterQueues(access, sqs, undefined));
  const which = { target: base, user, stage: undefined, environment: undefined, token: undefined };
  const stage = await persistently(() => openStageUnderTest(which));
  const isQuiet = async () =>
    ledger.open.length === 0 && (await persistently(() => waiting(sqs, queues))) === 0;
  const quiet = (why: string) =>
    until(isQuiet, longestMs + COMES_BACK_MS, () => tell(`${why}: ${ledger.open.length} commands are open`));

  await quiet('waits for the last ends');
  const letters = await newLetters(stage, from);
  let redriven = 0;
  if (letters.some(({ reason }) => reason === undefined)) {
    for (const queue of queues) {
      redriven += await persistently(() => redrive(sqs, queue, { force: false }, () => undefined));
    }
    await quiet('dead letters were sent back');
  }

  tell('reads histories and notifications');
  const histories = await historiesOf(stage, vins, from);
  const findings: Record<keyof Findings, string[]> = { lost: [], stuck: [], doubled: [], others: [] };
  const known = new Map(ledger.commands.map((command) => [command.eventId, command]));
  const everything = new Set([...known.keys(), ...histories.keys()]);
  await inParallel(everything, CONCURRENCY, async (eventId) => {
    const history = histories.get(eventId) ?? [];
    const notifications = await persistently(() => stage.notifications(eventId));
    const found = judge(known.get(eventId), history, notifications);
    for (const [kind, line] of found) findings[kind].push(`${eventId}: ${line}`);
  });

  const { leases, deadLetters: left } = await persistently(stage.leftovers);
  for (const [vin, eventId] of leases) findings.others.push(`${eventId}: still holds the vehicle ${vin}`);
  for (const { queue, reason, sentAt } of left) {
    if (reason === undefined && sentAt >= from) {
      findings.others.push(`${queue}: a dead letter without a reason, that came back`);
    }
  }
  const inQueues = await persistently(() => waiting(sqs, queues));
  if (inQueues > 0) findings.others.push(`${inQueues} messages are still in queues`);

  sqs.destroy();
  return {
    ...findings,
    unanswered: everything.size - known.size,
    deadLetters: Object.fromEntries(
      [...Map.groupBy(letters, ({ queue, reason = 'without reason' }) => `${queue}: ${reason}`)].map(
        ([what, found]) => [what, found.length],
      ),
    ),
    redriven,
  };
}

/** What is wrong with one command, if the app knows of it or not. */
export function judge(
  command: Pick<Command, 'end'> | undefined,
  history: readonly HistoryEntry[],
  notifications: readonly Notification[],
): [keyof Findings, string][] {
  if (history.length === 0) return [['lost', 'accepted, and in no history']];
  const ends = history.filter(({ status, ignored }) => isFinal(status) && !ignored);
  const told = new Set(notifications.map(({ notificationId }) => notificationId));
  const found: [keyof Findings, string][] = [];
  if (ends.length === 0) found.push(['stuck', `its last status is ${history[0]?.status}`]);
  if (ends.length > 1) found.push(['doubled', `it ended ${ends.length} times`]);
  if (told.size > 1) found.push(['doubled', `the subscriber was told of ${told.size} ends`]);
  const [end] = ends;
  if (end === undefined) return found;

  const { word, reason } = command?.end ?? {};
  if (command !== undefined && word === undefined) found.push(['stuck', 'no poll shows its end']);
  const shown = word === 'ERROR' ? `FAILED ${reason}` : word;
  const stands = end.status === 'FAILED' ? `FAILED ${end.statusReason}` : end.status;
  if (shown !== undefined && shown !== stands) {
    found.push(['doubled', `polls show ${shown}, the history ${stands}`]);
  }
  if (told.size === 0) found.push(['others', 'the subscriber was not told of its end']);
  for (const notification of notifications) {
    if (!('outcome' in notification)) continue;
    const { outcome, reason: why } = notification;
    const heard = outcome === 'FAILED' ? `FAILED ${why}` : outcome;
    if (heard === stands) continue;
    found.push(['doubled', `the subscriber was told ${heard}, the history says ${stands}`]);
    break;
  }
  return found;
}

const newLetters = async (stage: StageUnderTest, from: Date): Promise<DeadLetter[]> =>
  (await persistently(stage.leftovers)).deadLetters.filter(({ sentAt }) => sentAt >= from);

/** Messages in the queues that are consumed: to be taken, taken, or put off. */
async function waiting(sqs: SQSClient, queues: readonly DeadLetterQueue[]): Promise<number> {
  const urls = [...new Set(queues.map(({ sourceUrl }) => sourceUrl))];
  const numbers = await Promise.all(
    urls.map(async (QueueUrl) => {
      const { Attributes = {} } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesDelayed',
            'ApproximateNumberOfMessagesNotVisible',
          ],
        }),
      );
      return Object.values(Attributes).reduce((sum, number) => sum + Number(number), 0);
    }),
  );
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Newest first, by command, of all vehicles that were commanded. */
async function historiesOf(
  { app }: StageUnderTest,
  vins: readonly string[],
  from: Date,
): Promise<Map<string, HistoryEntry[]>> {
  const entries: HistoryEntry[] = [];
  await inParallel(vins, CONCURRENCY, async (vin) => {
    const history = await persistently(() => app.history(vin));
    entries.push(...history.filter(({ time }) => new Date(time) >= from));
  });
  return Map.groupBy(entries, ({ eventId }) => eventId);
}

async function until(holds: () => Promise<boolean>, limitMs: number, tell: () => void): Promise<void> {
  const limit = performance.now() + limitMs;
  while (!(await holds()) && performance.now() < limit) {
    tell();
    await sleep(LOOK_INTERVAL_MS);
  }
}
