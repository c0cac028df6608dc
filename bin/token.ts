import { Command, Option } from 'commander';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { baseUrl, DEFAULT_TARGET, main } from './call.ts';
import { login } from './login.ts';
import { signIn, userPoolOf } from './sign-in.ts';
import { openStage } from './stage-access.ts';

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
  .action(async ({ user, target, stage }: Options) =>
    console.log(
      stage === undefined
        ? await login(baseUrl(target), user)
        : await signIn(userPoolOf(await openStage({ target, stage })), user),
    ),
  );

await main(() => withAwsProblems(() => token.parseAsync()));
