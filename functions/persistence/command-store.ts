import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { RemoteServiceEvent } from '../event/event.ts';
import { rankOf } from '../event/lifecycle.ts';
import { type CommandState, commandKey, commandState } from './command-state.ts';

export interface HistoryEntry {
  readonly event: RemoteServiceEvent;
  /** The event came after the command's end and changed nothing. */
  readonly ignored: boolean;
}

/** The tables Events and Leases, in the terms of a command. Every write may be repeated. */
export interface CommandStore {
  /** Frees the vehicle if the event's command holds its lease. */
  releaseLease(event: RemoteServiceEvent): Promise<void>;
  /**
   * Makes the event the command's current state if its status ranks higher than the standing one, or is the
   * standing one already. A message that the vehicle has sent twice is not: its second event has the first's id,
   * and another time.
   * @returns whether the event is the current state now
   */
  putState(event: RemoteServiceEvent): Promise<boolean>;
  /** Strongly consistent. */
  getState(eventId: string): Promise<CommandState | undefined>;
  /** @returns the entries that could not be written; the others are */
  appendHistory(entries: readonly HistoryEntry[]): Promise<readonly HistoryEntry[]>;
}

/** Key of a history entry in the Events table. */
export const historyKey = ({ id, time, data }: RemoteServiceEvent) => ({
  pk: `VEHICLE#${data.vin}`,
  // Sorts by time; the event's id behind it makes a repeated write hit the same item.
  sk: `${time}#${id}`,
});

interface Options {
  readonly eventsTable: string;
  readonly leasesTable: string;
  /** Days after which DynamoDB's TTL deletes states and history. */
  readonly retentionDays: number;
}

export function commandStore(
  dynamoDb: DynamoDBClient,
  { eventsTable, leasesTable, retentionDays }: Options,
): CommandStore {
  const expiry = (event: RemoteServiceEvent) =>
    Math.floor(Date.parse(event.data.requestedAt) / 1000) + retentionDays * 86_400;

  const stateAttributes = (event: RemoteServiceEvent) => {
    // What the app sent is in the events; a state need not repeat it.
    const { payload: _, ...data } = event.data;
    return marshall(
      {
        ...data,
        rank: rankOf(event.data.status),
        changedBy: event.id,
        changedAt: event.time,
        ttl: expiry(event),
      },
      { removeUndefinedValues: true },
    );
  };

  const historyItem = ({ event, ignored }: HistoryEntry) =>
    marshall(
      {
        ...historyKey(event),
        eventId: event.data.eventId,
        serviceType: event.data.serviceType,
        status: event.data.status,
        statusReason: event.data.statusReason,
        statusDetail: event.data.statusDetail,
        source: event.source,
        time: event.time,
        ignored,
        ttl: expiry(event),
      },
      { removeUndefinedValues: true },
    );

  return {
    releaseLease: async ({ data }) => {
      await unlessConditionFails(
        dynamoDb.send(
          new DeleteItemCommand({
            TableName: leasesTable,
            Key: { vin: { S: data.vin } },
            ConditionExpression: 'eventId = :eventId',
            ExpressionAttributeValues: { ':eventId': { S: data.eventId } },
          }),
        ),
      );
    },

    putState: (event) => {
      // An update, not a put: who requested the command stands in the item and in no event.
      const attributes = Object.entries(stateAttributes(event));
      return unlessConditionFails(
        dynamoDb.send(
          new UpdateItemCommand({
            TableName: eventsTable,
            Key: marshall(commandKey(event.data.eventId)),
            UpdateExpression: `SET ${attributes.map(([name]) => `#${name} = :${name}`).join(', ')}`,
            ConditionExpression:
              'attribute_not_exists(pk) OR #rank < :rank OR ' +
              '(#rank = :rank AND #changedBy = :changedBy AND #changedAt = :changedAt)',
            ExpressionAttributeNames: Object.fromEntries(attributes.map(([name]) => [`#${name}`, name])),
            ExpressionAttributeValues: Object.fromEntries(
              attributes.map(([name, value]) => [`:${name}`, value]),
            ),
          }),
        ),
      );
    },

    getState: commandState(dynamoDb, eventsTable),

    appendHistory: async (entries) => {
      // A batch may not hold one key twice: a duplicated message in one batch is one entry.
      const byKey = new Map(entries.map((entry) => [historyKey(entry.event).sk, entry]));
      const { UnprocessedItems } = await dynamoDb.send(
        new BatchWriteItemCommand({
          RequestItems: {
            [eventsTable]: [...byKey.values()].map((entry) => ({ PutRequest: { Item: historyItem(entry) } })),
          },
        }),
      );
      const unwritten = new Set(UnprocessedItems?.[eventsTable]?.map((item) => item.PutRequest?.Item?.sk?.S));
      return entries.filter((entry) => unwritten.has(historyKey(entry.event).sk));
    },
  };
}

async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
