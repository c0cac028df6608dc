import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ENVIRONMENTS, type EnvironmentName } from '../lib/stages.ts';
import { releaseRecords, trafficControl } from '../release/aws.ts';
import { move, repair, rollBack, view } from '../release/move.ts';
import { CLOCK } from '../release/parts.ts';
import type { ReleaseRecords, TrafficControl } from '../release/stage.ts';
import { type TrafficView, trafficText } from '../release/texts.ts';
import { withAwsProblems } from './aws-problems.ts';
import { DEFAULT_TARGET, main } from './call.ts';
import { openStage, type WhichStage } from './stage-access.ts';

/** Who gets how much of customers' traffic, by hand. */

async function open(which: WhichStage): Promise<{ traffic: TrafficControl; records: ReleaseRecords }> {
  const access = await openStage(which);
  return { traffic: trafficControl(access), records: releaseRecords(access) };
}

/** Ends the waiting with Ctrl-C, and nothing else. */
function waiting(): AbortSignal {
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  return abort.signal;
}

const parts = async (which: WhichStage) => ({
  ...(await open(which)),
  clock: CLOCK,
  // Of this call alone, and readable in the history of the workflow.
  name: `traffic-${new Date().toISOString().slice(0, 19).replaceAll(':', '-')}-${randomBytes(2).toString('hex')}`,
  signal: waiting(),
});

async function show({ json, ...which }: WhichStage & { json: boolean }): Promise<void> {
  const { traffic, records } = await open(which);
  const found = await view({ traffic, records });
  print(found, traffic, json);
}

const print = (found: TrafficView, { where }: TrafficControl, json = false): void =>
  console.log(json ? JSON.stringify(found, null, 2) : trafficText(found, where));

interface SetOptions extends WhichStage {
  readonly reason: string;
  readonly force: boolean;
}

async function set(
  environment: EnvironmentName,
  percent: number,
  { reason, force, ...which }: SetOptions,
): Promise<void> {
  const all = await parts(which);
  print(await move({ ...all, environment, percent, reason, force }), all.traffic);
}

async function rollback({ reason, ...which }: WhichStage & { reason: string }): Promise<void> {
  const all = await parts(which);
  print(await rollBack({ ...all, reason, tell: console.log }), all.traffic);
}

async function repairDoor(which: WhichStage): Promise<void> {
  const all = await parts(which);
  print(await repair(all), all.traffic);
}

function environmentNamed(text: string): EnvironmentName {
  const found = ENVIRONMENTS.find((environment) => environment === text);
  if (found === undefined) throw new InvalidArgumentError(`it must be ${ENVIRONMENTS.join(' or ')}`);
  return found;
}

function percentOf(text: string): number {
  const percent = Number(text);
  if (text.trim() === '' || !Number.isInteger(percent) || percent < 0 || percent > 100) {
    throw new InvalidArgumentError('it must be a whole number from 0 to 100');
  }
  return percent;
}

const program = new Command('npm run traffic --')
  .description('How customers’ traffic is split between blue and green, of a local or deployed stage.')
  .showHelpAfterError();

const command = (usage: string, description: string): Command =>
  program
    .command(usage)
    .description(description)
    .option('--target <url>', 'base URL of a local stage (or the variable BASE_URL)', DEFAULT_TARGET)
    .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'));

command('show', 'the split by the table and by the door, who moves it, and the newest release')
  .option('--json', 'as JSON', false)
  .action(show);

command('set', 'gives an environment so many percent at once, without looking at alarms')
  .argument('<environment>', 'blue or green', environmentNamed)
  .argument('<percent>', '0 to 100; the other environment gets the rest', percentOf)
  .option('--reason <text>', 'for whoever reads the workflow’s history', 'by hand')
  .option('--force', 'also while a release is open that has not begun to shift', false)
  .action(set);

command('rollback', 'back to the split before the last shift began; a shift under way goes back')
  .option('--reason <text>', 'for whoever reads the record of the release', 'by hand')
  .action(rollback);

command(
  'repair',
  'turns the door to what the table says, and frees the hold of an execution that has ended',
).action(repairDoor);

await main(() => withAwsProblems(() => program.parseAsync()));
