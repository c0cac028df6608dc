import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { allProfiles, changed, commandsOf, profileNamed } from '../loadtest/profiles.ts';
import { LiveProgress } from '../loadtest/progress.ts';
import { writeReport } from '../loadtest/report/report.ts';
import { LoadTestResult } from '../loadtest/result.ts';
import { runLoadTest } from '../loadtest/run.ts';
import { table } from '../loadtest/table.ts';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { withAwsProblems } from './aws-problems.ts';
import { AppError, main } from './call.ts';
import { inColumns } from './columns.ts';
import { numberAboveZero } from './options.ts';

/** Puts a stage under load by a profile, and proves what became of every command. */

interface Options {
  readonly target?: string;
  readonly stage?: string;
  readonly user: string;
  readonly token?: string;
  readonly sustain?: number;
  readonly scale?: number;
  readonly results: string;
  readonly report?: string;
}

/** Of a wrong command line; 1 is a load test that has not passed. */
const WRONG_USAGE = 2;

async function loadTest(name: string | undefined, options: Options): Promise<void> {
  const { target = process.env.BASE_URL, stage, user, token, sustain, scale, results, report } = options;
  if (report !== undefined) {
    console.log(await writeReport(await readResult(report), report));
    return;
  }
  if (name === undefined) return loadtest.error('Which load? Name a profile.');
  const [profile, differences] = chosen(() => changed(profileNamed(name), { sustain, scale }));
  const progress = new LiveProgress(process.stdout);
  const [stopLoad, stopAll] = [new AbortController(), new AbortController()];
  const interrupt = () => {
    // Asked a third time: do not wait for anything.
    if (stopAll.signal.aborted) process.exit(130);
    if (stopLoad.signal.aborted) stopAll.abort();
    stopLoad.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const { result, folder } = await withAwsProblems(() =>
      runLoadTest({
        profile,
        differences,
        commandLine: ['npm run loadtest --', ...withoutSecrets(process.argv.slice(2))].join(' '),
        target,
        stage,
        user,
        token,
        results,
        progress,
        stopLoad: stopLoad.signal,
        stopAll: stopAll.signal,
      }),
    );
    console.log(table(result));
    if (!result.passed) process.exitCode = 1;
    console.log(`${join(folder, 'result.json')}\n${await writeReport(result, folder)}`);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** @throws AppError in one line, if there is none */
async function readResult(folder: string): Promise<LoadTestResult> {
  const path = join(folder, 'result.json');
  try {
    return LoadTestResult.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new AppError(`${path} is no result of a load test: ${firstLine(error)}`);
  }
}

const firstLine = (error: unknown): string =>
  error instanceof z.ZodError ? z.prettifyError(error).split('\n').slice(0, 2).join(' ') : String(error);

function chosen<Choice>(choose: () => Choice): Choice {
  try {
    return choose();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    process.exit(WRONG_USAGE);
  }
}

/** Reports are shown to others. */
const withoutSecrets = (args: readonly string[]): string[] =>
  args.map((arg, index) =>
    args[index - 1] === '--token' ? '<token>' : arg.replace(/^--token=.*/, '--token=<token>'),
  );

function list(): string {
  const rows = allProfiles().map((profile) => {
    const seconds = profile.phases.reduce((sum, phase) => sum + phase.seconds, 0);
    return [
      profile.name,
      `${(seconds / 60).toFixed(1)} min`,
      commandsOf(profile).toLocaleString('en'),
      profile.description,
    ];
  });
  return inColumns([['PROFILE', 'TIME', 'COMMANDS', 'WHAT'], ...rows]).join('\n');
}

const loadtest = new Command('npm run loadtest --')
  .description(
    'Puts a stage under load by Artillery and looks up what became of every command. Exits with 1 if a threshold fails.',
  )
  .argument('[profile]', 'which load')
  .option(
    '--target <url>',
    'base URL of a stage (or the variable BASE_URL); by default the local one, which is started if none runs',
  )
  .option('--stage <name>', 'a deployed stage; its tables tell what became of the commands')
  .option('--user <name>', 'the demo user who owns the vehicles', DEFAULT_USER)
  .option(
    '--token <token>',
    'an access token, where users do not log in by name; it must last for all of the test',
  )
  .addOption(new Option('--sustain <minutes>', 'how long the plateau lasts').argParser(numberAboveZero))
  .addOption(new Option('--scale <factor>', 'multiplies all rates').argParser(numberAboveZero))
  .option('--results <folder>', 'where the folder of the results is made', 'loadtest-results')
  .option('--report <folder>', 'no load: makes the page of a load test again from its result.json')
  .addHelpText('after', () => `\n${list()}`)
  .showHelpAfterError()
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : WRONG_USAGE))
  .action(loadTest);

await main(() => loadtest.parseAsync());
