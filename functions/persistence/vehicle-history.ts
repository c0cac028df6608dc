import { type DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Status } from '../event/lifecycle.ts';
import { commandKey } from './command-state.ts';

/** Entries that are read for a page; those of others' commands are left out. */
const PAGE_SIZE = 25;

/** An entry as the app sees it. */
const HistoryItem = z.object({
  eventId: z.string(),
  serviceType: z.string(),
  status: Status,
  statusReason: z.string().nullable().default(null),
  source: z.string(),
  time: z.string(),
  /** The event came after the command's end and changed nothing. */
  ignored: z.boolean(),
});

export const HistoryPage = z.object({
  /** Newest first. */
  items: z.array(HistoryItem),
  /** Continues behind what was read for this page; null on the last page. */
  before: z.string().nullable(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

/**
 * What became of the commands that the user requested of a vehicle. Those of a former owner, and requests of strangers
 * that were refused, are none of the user's.
 * @param before of the page before; undefined for the first page
 */
export type ReadHistory = (vin: string, user: string, before: string | undefined) => Promise<HistoryPage>;

/** Reads the history that `command-store.ts` appends to. */
export function vehicleHistory(dynamoDb: DynamoDBClient, eventsTable: string): ReadHistory {
  const requesterOf = async (eventId: string): Promise<string | undefined> => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: eventsTable, Key: marshall(commandKey(eventId)) }),
    );
    return Item?.requester?.S;
  };

  return async (vin, user, before) => {
    const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
      new QueryCommand({
        TableName: eventsTable,
        KeyConditionExpression: 'pk = :vehicle AND sk < :before',
        ExpressionAttributeValues: {
          ':vehicle': { S: `VEHICLE#${vin}` },
          // '~' sorts behind every time.
          ':before': { S: before ?? '~' },
        },
        ScanIndexForward: false,
        Limit: PAGE_SIZE,
      }),
    );
    const items = Items.map((item) => HistoryItem.parse(unmarshall(item)));
    const eventIds = [...new Set(items.map(({ eventId }) => eventId))];
    const requesters = await Promise.all(eventIds.map(requesterOf));
    const own = new Set(eventIds.filter((_, index) => requesters[index] === user));
    return {
      items: items.filter(({ eventId }) => own.has(eventId)),
      before: LastEvaluatedKey?.sk?.S ?? null,
    };
  };
}
