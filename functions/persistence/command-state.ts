import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Status } from '../event/lifecycle.ts';

/** What stands in the Events table for a command's current state, as far as functions read it. */
export const CommandState = z.object({
  status: Status,
  /** Id of the event that led here. */
  changedBy: z.string(),
  changedAt: z.string(),
  expiresAt: z.string().optional(),
  brand: z.string().optional(),
  country: z.string().optional(),
  generation: z.string().optional(),
});
export type CommandState = z.infer<typeof CommandState>;

/** Key of a command's current state; the status API's and the workflows' templates use the same. */
export const commandKey = (eventId: string) => ({ pk: `COMMAND#${eventId}`, sk: 'STATE' });

/** Reads current states, strongly consistent. */
export function commandState(dynamoDb: DynamoDBClient, eventsTable: string) {
  return async (eventId: string): Promise<CommandState | undefined> => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({
        TableName: eventsTable,
        Key: marshall(commandKey(eventId)),
        ConsistentRead: true,
      }),
    );
    return Item && CommandState.parse(unmarshall(Item));
  };
}
