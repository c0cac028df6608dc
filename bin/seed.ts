import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Command } from 'commander';
import { demoFleet, scenarioFleet } from '../vehicle-simulator/fleet.ts';

/** DynamoDB's limit of a batch. */
const BATCH_SIZE = 25;

/** Writes all simulated vehicles into the vehicles table of a deployed stage; repeating it changes nothing. */
async function seed(table: string, { owner }: { owner: string }): Promise<void> {
  const dynamoDb = new DynamoDBClient();
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
  console.log(`${total} vehicles are in ${table}`);
}

await new Command('npm run seed --')
  .description(
    'Writes the demo fleet and the vehicles of the scenarios into the vehicles table of a deployed stage.',
  )
  .argument('<table>', 'the output VehiclesTable of the stack remote-services-<stage>-shared')
  .requiredOption('--owner <subject>', 'the user who owns them: `sub` of their tokens')
  .action(seed)
  .parseAsync();
