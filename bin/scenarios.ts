import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { htmlReport } from '../vehicle-simulator/runner/html-report.ts';
import { junitReport } from '../vehicle-simulator/runner/junit-report.ts';
import { ProgressBar } from '../vehicle-simulator/runner/progress-bar.ts';
import { runCases } from '../vehicle-simulator/runner/run-cases.ts';
import { select } from '../vehicle-simulator/runner/select.ts';
import { openStageUnderTest } from '../vehicle-simulator/runner/stage-under-test.ts';
import { inSeconds, summaryText } from '../vehicle-simulator/runner/summary.ts';
import { allCases } from '../vehicle-simulator/scenarios/cases.ts';
import { DEFAULT_USER } from '../vehicle-simulator/users.ts';
import { DEFAULT_TARGET, main } from './call.ts';
import { numberAboveZero } from './options.ts';

/** Tries the simulator's scenarios on a stage. */

/** Two cores run some 25 commands a second with all that follows them. */
const RATE = 20;
/** A command takes one second to three: so more at the rate mean that the stage is behind. */
const CONCURRENCY = 60;
/** A stage that was busy has stored and told everything by then. */
const PATIENCE_SECONDS = 30;

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
  const startedAt = new Date();
  const started = performance.now();
  const bar = new ProgressBar(process.stdout);
  const outcomes = await runCases(cases, access, {
    rate,
    concurrency,
    patienceSeconds: PATIENCE_SECONDS,
    signal: abort.signal,
    onProgress: (progress) => bar.show(progress),
  });
  bar.done();
  const seconds = (performance.now() - started) / 1000;

  await mkdir(out, { recursive: true });
  const files = { html: join(out, 'scenarios.html'), junit: join(out, 'junit.xml') };
  const facts = { stage: stage ?? target ?? DEFAULT_TARGET, environment, filter, startedAt, seconds };
  await writeFile(files.html, htmlReport(outcomes, facts));
  await writeFile(files.junit, junitReport(outcomes));

  const held = outcomes.filter(({ result }) => result === 'HELD').length;
  console.log(summaryText(outcomes));
  console.log(`\n${held} of ${cases.length} held, in ${inSeconds(seconds)}: ${files.html}, ${files.junit}`);
  // What still waits, for an answer or a pause, is of no interest any more.
  if (abort.signal.aborted) process.exit(130);
  process.exitCode = held === cases.length ? 0 : 1;
}

const command = new Command('npm run scenarios --')
  .description(
    'Tries the scenarios of the vehicle simulator on a stage. Exit code 0 only if every case holds.',
  )
  .option('--target <url>', `base URL of the stage (or the variable BASE_URL; default: ${DEFAULT_TARGET})`)
  .option('--stage <name>', 'a deployed stage; its base URL is the output ApiUrl, unless there is a --target')
  .option('--environment <name>', 'the environment that requests ask for: blue or green')
  .option(
    '--filter <text>',
    'only the cases with this in their id; * stands for any text, for the whole id then',
  )
  .option('--rate <number>', 'new commands a second at most', numberAboveZero, RATE)
  .option(
    '--concurrency <number>',
    'commands at the same time whose end is due, at most',
    numberAboveZero,
    CONCURRENCY,
  )
  .option('--user <name>', 'the demo user who acts, on a local stage', DEFAULT_USER)
  .addOption(
    new Option('--token <token>', 'access token for a deployed stage').env('TOKEN').conflicts('user'),
  )
  .option('--out <folder>', 'where the reports go', 'scenario-reports')
  .showHelpAfterError()
  .action(scenarios);

await main(() => command.parseAsync());
