import { Command, Option } from 'commander';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { AppError, DEFAULT_TARGET, main } from './call.ts';
import { login } from './login.ts';
import { COMMANDS, type Result, smokeTest } from './smoke/checks.ts';
import { openDoor } from './smoke/door.ts';

/** Whether a front door does what no template can show. */

interface Options {
  readonly target: string;
  readonly stage?: string;
  readonly token?: string;
  readonly user: string;
  readonly vin: string;
}

const SIGNS: Readonly<Record<Result['outcome'], string>> = {
  ok: 'ok     ',
  failed: 'FAILED ',
  skipped: 'skipped',
};

const NOT_SEEN = [
  'Not seen from here: whether the load balancer sends the host name (SNI) when it opens TLS to API Gateway. If both',
  'environments answered, API Gateway takes its connections. Nor what the firewall counts, nor who is healthy: a load',
  'balancer whose targets all fail sends requests to them all the same.',
].join('\n');

async function smoke({ target, stage, token, user, vin }: Options): Promise<void> {
  const door = await openDoor({ target, ...(stage === undefined ? {} : { stage }) });
  if (stage !== undefined && token === undefined) {
    throw new AppError(
      'A deployed stage needs a token of the vehicle’s owner: --token <token>, or the variable TOKEN',
    );
  }
  console.log(`${door.base}: ${vin} blows its horn up to ${COMMANDS} times.`);
  const driver = { vin, token: token ?? (await login(door.base, user)) };
  for await (const { check, outcome, detail } of smokeTest(door, driver)) {
    console.log(`${SIGNS[outcome]}  ${check}: ${detail}`);
    if (outcome === 'failed') process.exitCode = 1;
  }
  console.log(NOT_SEEN);
}

const command = new Command('npm run smoke --')
  .description(
    'Tries the front door of a stage from outside. The vehicle blows its horn: name a simulated one, or one that you ' +
      'stand beside. Exit code 0 only if nothing failed.',
  )
  .option('--target <url>', 'base URL of a local stage (or the variable BASE_URL)', DEFAULT_TARGET)
  .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'))
  .requiredOption('--vin <VIN>', 'a vehicle of whoever acts')
  .option('--user <name>', 'the demo user who acts, on a local stage', DEFAULT_USER)
  .addOption(
    new Option('--token <token>', 'access token for a deployed stage').env('TOKEN').conflicts('user'),
  )
  .showHelpAfterError()
  .action((options: Options) => withAwsProblems(() => smoke(options)));

await main(() => command.parseAsync());
