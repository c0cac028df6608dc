import { Command } from 'commander';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { baseUrl, DEFAULT_TARGET, main } from './call.ts';
import { login } from './login.ts';

interface Options {
  readonly user: string;
  readonly target: string;
}

const token = new Command('npm run -s token --')
  .description('Prints a fresh access token of a local stage.')
  .option('--user <name>', 'the demo user', DEFAULT_USER)
  .option('--target <url>', 'base URL of the stage (or the variable BASE_URL)', DEFAULT_TARGET)
  .action(async ({ user, target }: Options) => console.log(await login(baseUrl(target), user)));

await main(() => token.parseAsync());
