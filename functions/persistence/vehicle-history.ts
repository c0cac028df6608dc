import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Status } from '../event/lifecycle.ts';

/** Entries of one page. */
const PAGE_SIZE = 25;

/** An entry as the app sees it. */
export const HistoryItem = z.object({
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
  /** Continues behind this page's last entry; null on the last page. */
  before: z.string().nullable(),
});
export type HistoryPage = z.infer<typeof HistoryPage>;

/**
 * @param since ISO; what was before is left out
 * @param before of the page before; undefined for the first page
 */
export type ReadHistory = (vin: string, since: string, before: string | undefined) => Promise<HistoryPage>;

/** Reads the history that `command-store.ts` appends to. */
export function vehicleHistory(dynamoDb: DynamoDBClient, eventsTable: string): ReadHistory {
  return async (vin, since, before) => {
    const { Items = [], LastEvaluatedKey } = await dynamoDb.send(
      new QueryCommand({
        TableName: eventsTable,
        KeyConditionExpression: 'pk = :vehicle AND sk BETWEEN :since AND :before',
        ExpressionAttributeValues: {
          ':vehicle': { S: `VEHICLE#${vin}` },
          ':since': { S: since },
          // '~' sorts behind every time.
          ':before': { S: before ?? '~' },
        },
        // BETWEEN includes `before` itself, the last entry of the page before.
        ...(before === undefined
          ? {}
          : { ExclusiveStartKey: { pk: { S: `VEHICLE#${vin}` }, sk: { S: before } } }),
        ScanIndexForward: false,
        Limit: PAGE_SIZE,
      }),
    );
    return {
      items: Items.map((item) => HistoryItem.parse(unmarshall(item))),
      before: LastEvaluatedKey?.sk?.S ?? null,
    };
  };
}
