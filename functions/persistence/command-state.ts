import { BatchGetItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
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

type ReadState = (eventId: string) => Promise<CommandState | undefined>;

/**
 * Reads current states, strongly consistent. What is asked for at once, by the messages of a batch, is one call; of
 * ten messages at most, far from the hundred keys that DynamoDB takes.
 */
export function commandState(dynamoDb: DynamoDBClient, eventsTable: string): ReadState {
  let asked: Set<string> | undefined;
  let answer: Promise<ReadonlyMap<string, CommandState>>;

  /** By partition key. */
  const read = async (eventIds: ReadonlySet<string>): Promise<ReadonlyMap<string, CommandState>> => {
    // Whoever runs already may ask as well.
    await undefined;
    asked = undefined;
    const { Responses, UnprocessedKeys } = await dynamoDb.send(
      new BatchGetItemCommand({
        RequestItems: {
          [eventsTable]: {
            Keys: Array.from(eventIds, (eventId) => marshall(commandKey(eventId))),
            ConsistentRead: true,
          },
        },
      }),
    );
    const left = UnprocessedKeys?.[eventsTable]?.Keys?.length ?? 0;
    if (left > 0) throw new Error(`DynamoDB left out ${left} of ${eventIds.size} states: it is throttled`);
    return new Map(
      Responses?.[eventsTable]?.map((item) => [String(item.pk?.S), CommandState.parse(unmarshall(item))]),
    );
  };

  return async (eventId) => {
    if (asked === undefined) {
      asked = new Set();
      answer = read(asked);
    }
    asked.add(eventId);
    return (await answer).get(commandKey(eventId).pk);
  };
}
