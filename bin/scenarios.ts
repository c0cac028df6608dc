import { Command, Option } from 'commander';
import {
  DEFAULT_CONCURRENCY,
  DEFAULT_RATE,
  runAndReport,
} from '../vehicle-simulator/runner/run-and-report.ts';
import { select } from '../vehicle-simulator/runner/select.ts';
import { openStageUnderTest } from '../vehicle-simulator/runner/stage-under-test.ts';
import { allCases } from '../vehicle-simulator/scenarios/cases.ts';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { DEFAULT_TARGET, main } from './call.ts';
import { numberAboveZero } from './options.ts';

/** Tries the simulator's scenarios on a stage. */

interface Options {
  readonly target?: string;
  readonly stage?: string;
  readonly environment?: string;
  readonly filter?: string;
  readonly rate: number;
  readonly concurrency: number;
  readonly user: string;
  readonly token?: string;
  readonly out: string;
}

async function scenarios({ filter, rate, concurrency, out, ...options }: Options): Promise<void> {
  const { target, stage, environment, user, token } = options;
  const cases = select(allCases(), filter);
  const access = await openStageUnderTest({ target, stage, environment, user, token });

  // What may not be read is said now, and not after ten minutes of commands.
  await access.leftovers();

  const abort = new AbortController();
  process.on('SIGINT', () => {
    // Asked twice: do not wait for anything.
    if (abort.signal.aborted) process.exit(130);
    abort.abort();
  });
  const outcomes = await runAndReport(cases, access, {
    rate,
    concurrency,
    signal: abort.signal,
    out,
    stage: stage ?? target ?? DEFAULT_TARGET,
    environment,
    filter,
  });
  // What still waits, for an answer or a pause, is of no interest any more.
  if (abort.signal.aborted) process.exit(130);
  process.exitCode = outcomes.every(({ result }) => result === 'HELD') ? 0 : 1;
}

const command = new Command('npm run scenarios --')
  .description(
    'Tries the scenarios of the vehicle simulator on a stage. Exit code 0 only if every case holds.',
  )
  .option('--target <url>', `base URL of the stage (or the variable BASE_URL; default: ${DEFAULT_TARGET})`)
  .option('--stage <name>', 'a deployed stage; its base URL is the output ApiUrl, unless there is a --target')
  .option(
    '--environment <name>',
    'the environment that requests pick, of a stage with a front door: blue or green',
  )
  .option(
    '--filter <text>',
    'only the cases with this in their id; * stands for any text, for the whole id then',
  )
  .option('--rate <number>', 'new commands a second at most', numberAboveZero, DEFAULT_RATE)
  .option(
    '--concurrency <number>',
    'commands at the same time whose end is due, at most',
    numberAboveZero,
    DEFAULT_CONCURRENCY,
  )
  .option('--user <name>', 'the demo user who acts, on a local stage or a dev stage', DEFAULT_USER)
  .addOption(
    new Option('--token <token>', 'access token for a deployed stage').env('TOKEN').conflicts('user'),
  )
  .option('--out <folder>', 'where the reports go', 'scenario-reports')
  .showHelpAfterError()
  .action(scenarios);

await main(() => withAwsProblems(() => command.parseAsync()));
