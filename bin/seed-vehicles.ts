import { BatchWriteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { demoFleet, scenarioFleet } from '../vehicle-simulator/fleet.ts';

/** DynamoDB's limit of a batch. */
const BATCH_SIZE = 25;

/**
 * Writes all simulated vehicles into the vehicles table of a deployed stage; repeating it changes nothing.
 * @param owner `sub` of the user's tokens
 * @returns how many there are
 */
export async function seedVehicles(dynamoDb: DynamoDBClient, table: string, owner: string): Promise<number> {
  const requests = [...demoFleet(), ...scenarioFleet()].map((vehicle) => ({
    PutRequest: { Item: marshall({ ...vehicle, owner }) },
  }));
  const total = requests.length;
  while (requests.length > 0) {
    const batch = requests.splice(0, BATCH_SIZE);
    const { UnprocessedItems } = await dynamoDb.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: batch } }),
    );
    // Throttled ones go to the end of the line; the client backs off by itself.
    for (const { PutRequest } of UnprocessedItems?.[table] ?? []) {
      if (PutRequest?.Item !== undefined) requests.push({ PutRequest: { Item: PutRequest.Item } });
    }
  }
  return total;
}
