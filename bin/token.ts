import { Command, Option } from 'commander';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { baseUrl, DEFAULT_TARGET, main } from './call.ts';
import { login } from './login.ts';

interface Options {
  readonly user: string;
  readonly target: string;
  readonly stage?: string;
}

const token = new Command('npm run -s token --')
  .description('Prints a fresh access token of a demo user, at a local stage or a deployed one.')
  .option('--user <name>', 'the demo user', DEFAULT_USER)
  .option('--target <url>', 'base URL of a local stage (or the variable BASE_URL)', DEFAULT_TARGET)
  .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'))
  .action(async ({ user, target, stage }: Options) => {
    console.log(stage === undefined ? await login(baseUrl(target), user) : await loginAt(stage, user));
  });

async function loginAt(stage: string, user: string): Promise<string> {
  // Only here: AWS's clients take as long to load as all the rest.
  const { demoUsersOf } = await import('./sign-in.ts');
  return (await demoUsersOf(stage)).logIn(user);
}

await main(() => withAwsProblems(() => token.parseAsync()));
