import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { hasDoor, type StageConfig, type StageOptions, stageConfig } from '../lib/stages.ts';
import { abandon } from '../release/abandon.ts';
import { releaseRecords, trafficControl } from '../release/aws.ts';
import { cdkDeployment, localDeployment, projectCdk } from '../release/deploy.ts';
import { releasePage } from '../release/page.ts';
import { CLOCK, partsOf, thisProcess } from '../release/parts.ts';
import { probeCases } from '../release/probes.ts';
import { ShiftDisplay } from '../release/progress.ts';
import { readProof } from '../release/prove.ts';
import type { ReleaseFile, ReleaseRecord } from '../release/record.ts';
import { release } from '../release/release.ts';
import type { ReleaseParts } from '../release/release-parts.ts';
import type { ShiftStep } from '../release/shifting.ts';
import { releaseTable, story } from '../release/texts.ts';
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
import { AppError, baseUrl, DEFAULT_TARGET, main } from './call.ts';
import { numberAboveZero } from './options.ts';
import { Session, whoActs } from './session.ts';
import { openStage, type StageAccess, withoutDoor } from './stage-access.ts';

/** Releases the sources as they are: the idle environment gets them, proves them, and takes over traffic. */

interface Options {
  readonly target?: string;
  readonly stage?: string;
  readonly filter?: string;
  readonly rate: number;
  readonly concurrency: number;
  readonly user: string;
  readonly token?: string;
  readonly steps?: readonly ShiftStep[];
  readonly proof?: string;
  readonly out: string;
  readonly show?: string | true;
  readonly list: boolean;
  readonly abandon: boolean;
  readonly json: boolean;
}

async function run(options: Options): Promise<void> {
  const { stage, show, list, json } = options;
  const target = baseUrl(options.target ?? DEFAULT_TARGET);
  const access = await openStage({ target, ...(stage === undefined ? {} : { stage }) });
  const records = releaseRecords(access);

  if (list) {
    const all = await records.list();
    console.log(json ? JSON.stringify(all, null, 2) : releaseTable(all));
  } else if (show !== undefined) {
    const record = show === true ? await records.newest() : await records.get(show);
    if (record === undefined) throw new AppError(show === true ? 'No release yet' : `No release ${show}`);
    console.log(json ? JSON.stringify(record, null, 2) : story(record));
  } else if (options.abandon) {
    const parts = { records, traffic: trafficControl(access), clock: CLOCK, runner: thisProcess() };
    console.log(story(await abandon(parts)));
  } else {
    await releaseSources(options, access, target);
  }
}

async function releaseSources(options: Options, access: StageAccess, target: string): Promise<void> {
  const { stage: name, out } = options;
  const stageOptions = optionsOf(access);
  const stage = configOf(name, stageOptions);
  const abort = new AbortController();
  process.on('SIGINT', () => {
    // Asked twice: do not wait for anything.
    if (abort.signal.aborted) process.exit(130);
    abort.abort(new AppError('Interrupted. Run this again: it goes on where it was'));
  });
  const display = new ShiftDisplay(process.stdout);
  const common = {
    steps: options.steps ?? stage.release.steps,
    tell: (line: string) => display.line(line),
    onProgress: display.show.bind(display),
    signal: abort.signal,
  };
  const base = name === undefined || options.target !== undefined ? target : baseUrl(access.output('ApiUrl'));
  const parts = stage.vehicleSimulator
    ? await withScenarios(options, { access, base, stage, stageOptions, common })
    : await withProof(options, { access, stage, stageOptions, common });

  let record: ReleaseRecord;
  try {
    record = await release(parts);
  } finally {
    display.done();
  }
  await mkdir(out, { recursive: true });
  const file: ReleaseFile = { stage: stage.name, deployed: name !== undefined, record };
  const paths = { json: join(out, 'release.json'), html: join(out, 'release.html') };
  await writeFile(paths.json, `${JSON.stringify(file, null, 2)}\n`);
  await writeFile(paths.html, releasePage(file));
  console.log(`${story(record)}\n\n${paths.html}, ${paths.json}`);
  // What still waits, for an answer or a pause, is of no interest any more.
  process.exit(record.state === 'RELEASED' ? 0 : 1);
}

interface Surroundings {
  readonly access: StageAccess;
  readonly stage: StageConfig;
  /** That a developer's stage was deployed with. */
  readonly stageOptions: StageOptions;
  readonly common: Pick<ReleaseParts, 'steps' | 'tell' | 'onProgress' | 'signal'>;
}

/**
 * How long failures show in alarms. On AWS: the minute that they look at, one more until it is evaluated, and one until
 * the next one has said that all is well. The local stage looks at the last minute, whenever it is asked.
 */
const ALARM_SECONDS = { deployed: 180, local: 65 };

/** @throws AppError if nobody can act, before anything is done */
async function withScenarios(
  { target, stage: name, filter, rate, concurrency, user, token, out, proof }: Options,
  { access, base, stage, stageOptions, common }: Surroundings & { readonly base: string },
): Promise<ReleaseParts> {
  if (proof !== undefined) throw new AppError(`${stage.name} proves a version itself: leave --proof out`);
  const { tell, signal } = common;
  const who = await whoActs(name, { user, token });
  // Whether somebody may act is said now, and not after the deployment.
  await Session.begin(base, who);
  return partsOf({
    ...common,
    access,
    base,
    who,
    deploy:
      name === undefined
        ? localDeployment(base, tell)
        : cdkDeployment({ stage, stageOptions, cdk: projectCdk(tell), tell, signal }),
    cases: select(allCases(), filter),
    scenarios: filter === undefined ? 'all' : 'some',
    openStageUnderTest: (environment) =>
      openStageUnderTest({ target, stage: name, environment, user, token }),
    run: async (cases, underTest, environment) => {
      // What may not be read is said now, and not after ten minutes of commands.
      await underTest.leftovers();
      return runAndReport(cases, underTest, {
        rate,
        concurrency,
        signal,
        out,
        stage: name ?? base,
        environment,
        filter,
      });
    },
    alarmSeconds: name === undefined ? ALARM_SECONDS.local : ALARM_SECONDS.deployed,
    probes: probeCases(),
  });
}

/** Where no vehicles are simulated, nothing can be tried: a version must have been proved elsewhere. */
async function withProof(
  { proof: path }: Options,
  { access, stage, stageOptions, common }: Surroundings,
): Promise<ReleaseParts> {
  if (path === undefined) {
    throw new AppError(
      `${stage.name} has no simulated vehicles. Release the same sources on another stage first, ` +
        'and show its result: --proof release-reports/release.json',
    );
  }
  const { version, detail } = await readProof(path);
  const { tell, signal } = common;
  return {
    ...common,
    records: releaseRecords(access),
    traffic: trafficControl(access),
    deploy: cdkDeployment({ stage, stageOptions, version, cdk: projectCdk(tell), tell, signal }),
    prove: async () => ({ detail, failures: [] }),
    settleSeconds: 0,
    scenarios: 'none',
    runner: thisProcess(),
    clock: CLOCK,
  };
}

/** What the stage is made of. @param name undefined for the local one, which is a developer's */
function configOf(name: string | undefined, options: StageOptions): StageConfig {
  if (name === undefined) return stageConfig('dev-local', { environments: 'blue,green' });
  const stage = stageConfig(name, options);
  if (!hasDoor(stage)) throw withoutDoor();
  return stage;
}

/** Developers' stages tell what they were deployed with; without it, they would become another stage. */
const optionsOf = (access: StageAccess): StageOptions => ({
  ...(access.has('Broker') ? { broker: access.output('Broker') } : {}),
  ...(access.has('Environments') ? { environments: access.output('Environments') } : {}),
});

function stepsOf(text: string): ShiftStep[] {
  const steps = text.split(',').map((step) => {
    const found = /^(\d{1,3}):(\d{1,5})$/.exec(step.trim());
    if (found === null) throw new InvalidArgumentError('steps look like 10:60,50:60,100:60');
    return { percent: Number(found[1]), seconds: Number(found[2]) };
  });
  const ascends = steps.every(({ percent }, index) => percent > (steps[index - 1]?.percent ?? 0));
  if (!ascends || steps.at(-1)?.percent !== 100) {
    throw new InvalidArgumentError('percentages ascend, and the last one is 100');
  }
  return steps;
}

const command = new Command('npm run release --')
  .description(
    'Releases the sources as they are: the idle environment gets them, is tried by the scenarios, and takes over ' +
      'traffic step by step. Run again, it goes on where it was. Exit code 0 only if the version has all traffic.',
  )
  .option('--target <url>', `base URL of the stage (or the variable BASE_URL; default: ${DEFAULT_TARGET})`)
  .option('--stage <name>', 'a deployed stage; its base URL is the output ApiUrl, unless there is a --target')
  .option(
    '--filter <text>',
    'only these scenarios, as with npm run scenarios; proves nothing to other stages',
  )
  .option('--rate <number>', 'new commands a second at most', numberAboveZero, DEFAULT_RATE)
  .option('--concurrency <number>', 'commands that are due at most', numberAboveZero, DEFAULT_CONCURRENCY)
  .option('--user <name>', 'the demo user who acts, on a local stage or a dev stage', DEFAULT_USER)
  .addOption(
    new Option('--token <token>', 'access token for a deployed stage').env('TOKEN').conflicts('user'),
  )
  .option('--steps <list>', 'percent:seconds of each step, in place of those of lib/stages.ts', stepsOf)
  .option('--proof <file>', 'release.json of the same version, for a stage without simulated vehicles')
  .option('--out <folder>', 'where the reports go', 'release-reports')
  .addOption(new Option('--show [id]', 'only show a release, by default the newest').conflicts('list'))
  .option('--list', 'only list the releases', false)
  .option('--abandon', 'close an open release that has no traffic yet', false)
  .option('--json', 'show or list as JSON', false)
  .showHelpAfterError()
  .action(run);

await main(() => withAwsProblems(() => command.parseAsync()));
