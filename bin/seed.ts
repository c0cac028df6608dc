import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { withAwsProblems } from './aws-problems.ts';
import { main } from './call.ts';
import { seedVehicles } from './seed-vehicles.ts';

async function seed(table: string, { owner }: { owner: string }): Promise<void> {
  const total = await seedVehicles(new DynamoDBClient(), table, owner);
  console.log(`${total} vehicles are in ${table}`);
}

const command = new Command('npm run seed --')
  .description(
    'Writes the demo fleet and the vehicles of the scenarios into the vehicles table of a deployed stage.',
  )
  .argument('<table>', 'the output VehiclesTable of the stack remote-services-<stage>-shared')
  .requiredOption('--owner <subject>', 'the user who owns them: `sub` of their tokens')
  .action(seed);

await main(() => withAwsProblems(() => command.parseAsync()));
