import { createInterface } from 'node:readline/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Command, Option } from 'commander';
import { createLogUpdate } from 'log-update';
import { withAwsProblems } from './aws-problems.ts';
import { AppError, DEFAULT_TARGET, main } from './call.ts';
import { withLetters } from './dead-letters/letters.ts';
import { type DeadLetterQueue, deadLetterQueues, queuesNamed } from './dead-letters/queues.ts';
import { REDRIVE_LIMIT, redrive, type Selection, select } from './dead-letters/redrive.ts';
import { asJson, readable, survey, table } from './dead-letters/survey.ts';
import { oneOrMore } from './options.ts';
import { openStage, type WhichStage } from './stage-access.ts';

/** Dead letters as a tool: what they are, why, and back with them once their cause is gone. */

interface ShowOptions extends WhichStage {
  readonly limit: number;
  readonly json: boolean;
}

interface RedriveOptions extends WhichStage, Selection {
  readonly all: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
}

async function list({ json, ...which }: WhichStage & { json: boolean }): Promise<void> {
  const { sqs, queues } = await open(which);
  const surveys = await Promise.all(queues.map((queue) => survey(sqs, queue)));
  console.log(json ? JSON.stringify(surveys, null, 2) : table(surveys, Date.now()));
}

async function show(name: string, { limit, json, ...which }: ShowOptions): Promise<void> {
  const { sqs, queues } = await open(which);
  const shown: object[] = [];
  for (const queue of queuesNamed(queues, name)) {
    const letters = await withLetters(sqs, queue.url, limit - shown.length, (read) => read);
    for (const letter of letters) {
      shown.push(asJson(letter, queue));
      if (!json) console.log(readable(letter, queue));
    }
    if (shown.length >= limit) break;
  }
  if (json) console.log(JSON.stringify(shown, null, 2));
  else if (shown.length === 0) console.log('No dead letters.');
}

async function sendBack(name: string | undefined, options: RedriveOptions): Promise<void> {
  if ((name === undefined) !== options.all) throw new AppError('Name one queue, or say --all');
  const { sqs, queues } = await open(options);
  const meant = name === undefined ? queues : queuesNamed(queues, name);

  const looks = await Promise.all(
    meant.map((queue) =>
      withLetters(sqs, queue.url, REDRIVE_LIMIT, (letters) => ({
        queue,
        read: letters.length,
        ...select(letters, options),
      })),
    ),
  );
  for (const { queue, read, chosen, withReason } of looks) {
    const { name: queueName, kind } = queue;
    if (withReason.length > 0) {
      console.log(
        `${queueName}: ${withReason.length} stay, no retry makes them right; --force sends them too`,
      );
    }
    if (chosen.length > 0) console.log(`${queueName}: ${chosen.length} ${kind} go back`);
    if (read === REDRIVE_LIMIT) console.log(`${queueName}: only ${read} were looked at. Run it again`);
  }
  const plan = looks.filter(({ chosen }) => chosen.length > 0);
  if (plan.length === 0) {
    console.log('Nothing to redrive.');
    return;
  }
  if (options.dryRun || !(options.yes || (await confirmed()))) return;

  const live = process.stdout.isTTY ? createLogUpdate(process.stdout) : undefined;
  let total = 0;
  for (const { queue, chosen } of plan) {
    total += await redrive(sqs, queue, options, (number) =>
      live?.(`${queue.name}: ${number} of ${chosen.length}`),
    );
  }
  live?.clear();
  console.log(`${total} redriven.`);
}

async function open(which: WhichStage): Promise<{ sqs: SQSClient; queues: DeadLetterQueue[] }> {
  const access = await openStage(which);
  const sqs = new SQSClient(access.client('SQS'));
  return { sqs, queues: await deadLetterQueues(access, sqs, which.stage) };
}

/** @throws AppError where there is nobody to ask */
async function confirmed(): Promise<boolean> {
  if (!process.stdin.isTTY) throw new AppError('There is no terminal to ask at. Say --yes or --dry-run');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question('Redrive them? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

const dlq = new Command('npm run dlq --')
  .description('Dead letters of a local or deployed stage: what they are, and back with them.')
  .showHelpAfterError();

const command = (usage: string, description: string): Command =>
  dlq
    .command(usage)
    .description(description)
    .option('--target <url>', 'base URL of a local stage (or the variable BASE_URL)', DEFAULT_TARGET)
    .addOption(new Option('--stage <name>', 'a deployed stage, instead').conflicts('target'));

command('list', 'every queue: letters, the age of the oldest, reasons')
  .option('--json', 'as a JSON array', false)
  .action(list);

command('show <queue>', 'letters of a queue; they stay where they are')
  .option('--limit <number>', 'letters at most', oneOrMore, 20)
  .option('--json', 'as a JSON array', false)
  .action(show);

command('redrive [queue]', 'sends letters to the queue that they came from')
  .option('--all', 'of every queue', false)
  .option('--id <id>', 'only this letter')
  .option('--reason <text>', 'only letters whose reason has this in it')
  .option('--force', 'also letters with a reason, which no retry makes right', false)
  .option('--dry-run', 'only say what would be sent', false)
  .option('--yes', 'do not ask', false)
  .action(sendBack);

await main(() => withAwsProblems(() => dlq.parseAsync()));
