import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  DynamoDBClient,
  paginateQuery,
  paginateScan,
} from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { count } from '../bin/dead-letters/letters.ts';
import { deadLetterQueues } from '../bin/dead-letters/queues.ts';
import type { StageAccess } from '../bin/stage-access.ts';
import { isFinal, Status } from '../functions/event/lifecycle.ts';
import { commandKey } from '../functions/persistence/command-state.ts';
import { persistently } from '../gameday/persistently.ts';
import { type AppClient, UnexpectedAnswer } from '../vehicle-simulator/runner/app-client.ts';
import type { StageUnderTest } from '../vehicle-simulator/runner/stage-under-test.ts';
import { type End, endOf, type Found, type Lookup } from './reconcile.ts';

/** BatchGetItem takes no more keys. */
const KEYS = 100;
/** A local stage has one process for all of its tables, and tables of a deployed one are read fast enough. */
const TABLE_READERS = 4;
/** DynamoDB has not read all that it was asked for: it is busy. */
const BUSY_PAUSE_MS = 100;

const State = z.object({ pk: z.string(), status: Status, statusReason: z.string().optional() });
const HistoryItem = z.object({ eventId: z.string(), status: Status, statusReason: z.string().optional() });

interface TablesOptions {
  readonly access: StageAccess;
  /** A deployed stage's name. */
  readonly stage: string | undefined;
  /** When the load test began: what happened to the vehicles before is none of it. */
  readonly from: Date;
  /** Reads what the subscriber was told; absent, where there is no simulated one. */
  readonly notifications: StageUnderTest['notifications'] | undefined;
}

/**
 * Looks commands up in the stage's tables and queues: some requests for each vehicle, however many commands it had.
 * @returns also what ends it
 */
export async function tableLookup({
  access,
  stage,
  from,
  notifications,
}: TablesOptions): Promise<Lookup & { readonly close: () => void }> {
  const dynamoDb = new DynamoDBClient(access.client('DYNAMODB'));
  const sqs = new SQSClient(access.client('SQS'));
  const eventsTable = access.output('EventsTable');
  const queues = await deadLetterQueues(access, sqs, stage);
  const deadLetters = async (): Promise<number> => {
    const counts = await persistently(() => Promise.all(queues.map(({ url }) => count(sqs, url))));
    return counts.reduce((sum, number) => sum + number, 0);
  };
  const deadLettersBefore = await deadLetters();

  const states = async (eventIds: readonly string[]): Promise<Map<string, Found>> => {
    const found = new Map<string, Found>();
    let keys: Record<string, AttributeValue>[] = eventIds.map((eventId) => marshall(commandKey(eventId)));
    while (keys.length > 0) {
      const asked = keys.splice(0, KEYS);
      const { Responses, UnprocessedKeys } = await persistently(() =>
        dynamoDb.send(
          new BatchGetItemCommand({
            RequestItems: {
              [eventsTable]: {
                Keys: asked,
                ConsistentRead: true,
                ProjectionExpression: 'pk, #status, statusReason',
                ExpressionAttributeNames: { '#status': 'status' },
              },
            },
          }),
        ),
      );
      for (const item of Responses?.[eventsTable] ?? []) {
        const { pk, status, statusReason } = State.parse(unmarshall(item));
        found.set(pk.replace('COMMAND#', ''), {
          end: isFinal(status) ? endOf(status, statusReason) : undefined,
        });
      }
      const unread = UnprocessedKeys?.[eventsTable]?.Keys ?? [];
      if (unread.length === 0) continue;
      keys = [...keys, ...unread];
      await sleep(BUSY_PAUSE_MS);
    }
    return found;
  };

  const history = async (vin: string): Promise<Map<string, End[]>> => {
    const ends = new Map<string, End[]>();
    const pages = paginateQuery(
      { client: dynamoDb },
      {
        TableName: eventsTable,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :vehicle AND sk >= :from',
        FilterExpression: '#status IN (:executed, :failed) AND ignored = :no',
        ProjectionExpression: 'eventId, #status, statusReason',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: marshall({
          ':vehicle': `VEHICLE#${vin}`,
          ':from': from.toISOString(),
          ':executed': 'EXECUTED',
          ':failed': 'FAILED',
          ':no': false,
        }),
      },
    );
    for await (const { Items = [] } of pages) {
      for (const item of Items) {
        const { eventId, status, statusReason } = HistoryItem.parse(unmarshall(item));
        const known = ends.get(eventId) ?? [];
        known.push(endOf(status, statusReason));
        ends.set(eventId, known);
      }
    }
    return ends;
  };

  const leases = async (): Promise<Map<string, string>> => {
    const held = new Map<string, string>();
    const pages = paginateScan(
      { client: dynamoDb },
      { TableName: access.output('LeasesTable'), ConsistentRead: true },
    );
    for await (const { Items = [] } of pages) {
      for (const { vin, eventId } of Items) held.set(vin?.S ?? '', eventId?.S ?? '');
    }
    return held;
  };

  return {
    source: 'tables',
    concurrency: TABLE_READERS,
    states,
    history: (vin) => persistently(() => history(vin)),
    ...(notifications === undefined
      ? {}
      : { notifications: (eventId) => persistently(() => told(notifications, eventId)) }),
    deadLetters: async () => (await deadLetters()) - deadLettersBefore,
    leases: () => persistently(leases),
    close: () => {
      dynamoDb.destroy();
      sqs.destroy();
    },
  };
}

async function told(notifications: StageUnderTest['notifications'], eventId: string) {
  const all = await notifications(eventId);
  return all.flatMap((notification) =>
    'outcome' in notification
      ? [{ id: notification.notificationId, end: endOf(notification.outcome, notification.reason) }]
      : [],
  );
}

/** At most so many requests a second: the load is over, and others may use the stage. */
const API_RATE = 200;
const API_READERS = 8;

/** Polls each command as an app does, where there is no access to the tables: a million take an hour and a half. */
export function apiLookup(app: Pick<AppClient, 'poll'>): Lookup {
  let next = performance.now();
  const turn = async (): Promise<void> => {
    next = Math.max(next + 1000 / API_RATE, performance.now());
    await sleep(next - performance.now());
  };
  return {
    source: 'api',
    concurrency: API_READERS,
    states: async (eventIds) => {
      const found = new Map<string, Found>();
      for (const eventId of eventIds) {
        await turn();
        const shown = await persistently(() => shownTo(app, eventId));
        if (shown !== undefined) found.set(eventId, shown);
      }
      return found;
    },
  };
}

/** @returns undefined for a command that the stage does not know */
async function shownTo(app: Pick<AppClient, 'poll'>, eventId: string): Promise<Found | undefined> {
  try {
    const { word, reason } = await app.poll(eventId);
    if (word === 'EXECUTED') return { end: endOf('EXECUTED', undefined) };
    return { end: word === 'ERROR' ? endOf('FAILED', reason) : undefined };
  } catch (error) {
    if (error instanceof UnexpectedAnswer && error.status === 404) return undefined;
    throw error;
  }
}
