import { createInterface } from 'node:readline/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Command } from 'commander';
import { demoFleet } from '../vehicle-simulator/fleet.ts';
import { withAwsProblems } from './aws-problems.ts';
import { AppError, main } from './call.ts';
import { cdk } from './cdk.ts';
import { deadLetterQueues } from './dead-letters/queues.ts';
import { survey as surveyLetters, table as tableOfLetters } from './dead-letters/survey.ts';
import { seedVehicles } from './seed-vehicles.ts';
import { awsCloud } from './stage/aws.ts';
import { down } from './stage/down.ts';
import { devStage, stageOfBranch } from './stage/name.ts';
import { stacksOf } from './stage/stacks.ts';
import { expiryText, type StageSurvey, survey, surveys, table } from './stage/survey.ts';
import { type UpOptions, up } from './stage/up.ts';
import { createUsers } from './stage/users.ts';
import { openStage } from './stage-access.ts';

/** A stage of one's own: comes and goes by one command each. */

/** A stack takes minutes to be deleted. */
const PAUSE_MS = 5000;
/** Six stacks, and the network's interfaces, which may take 20 minutes to be let go: what is there then is stuck. */
const LONGEST_DOWN_MS = 60 * 60 * 1000;

interface Named {
  readonly name?: string;
}

async function bringUp({ name, parameters, ...options }: Named & UpOptions): Promise<void> {
  const stage = await devStage(name);
  const cloud = awsCloud();
  await up(
    stage,
    { ...options, parameters },
    {
      stacks: cloud.stacks,
      cdk,
      createUsers: (pool, users) => createUsers(new CognitoIdentityProviderClient(), pool, users),
      seed: (tableName, owner) => seedVehicles(new DynamoDBClient(), tableName, owner),
      print: console.log,
    },
  );
  const { url, expiry } = await look(stage);
  const [vehicle] = demoFleet();
  console.log(
    [
      '',
      `Ready: ${url}`,
      `Try it: npm run app -- --stage ${stage} horn-blow ${vehicle?.vin}`,
      `A token for curl: npm run -s token -- --stage ${stage}`,
      `It expires ${expiryText(expiry, Date.now())} without use: npm run stage -- status --name ${stage}`,
    ].join('\n'),
  );
}

async function takeDown({ name, yes }: Named & { yes: boolean }): Promise<void> {
  const end = Date.now() + LONGEST_DOWN_MS;
  await down(await devStage(name), {
    cloud: awsCloud(),
    confirm: async (question) => yes || (await confirmed(question)),
    print: console.log,
    pause: () => sleep(PAUSE_MS),
    hasTime: () => Date.now() < end,
  });
}

async function list(): Promise<void> {
  const now = Date.now();
  const found = await surveys(awsCloud(), now);
  console.log(
    found.length === 0
      ? 'No dev stages in this account and region. One of your own: npm run stage -- up'
      : table(found, now),
  );
}

async function status({ name }: Named): Promise<void> {
  const now = Date.now();
  const stage = await look(await devStage(name));
  console.log(
    [
      table([stage], now),
      '',
      stage.url === undefined
        ? 'No URL: the stage is not whole. Bring it up to date: npm run stage -- up'
        : stage.url,
      '',
      ...stage.stacks.map((stack) => `${stack.name}  ${stack.status}`),
      '',
    ].join('\n'),
  );
  if (stage.url === undefined) return;
  const access = await openStage({ target: '', stage: stage.name });
  const sqs = new SQSClient(access.client('SQS'));
  const letters = await Promise.all(
    (await deadLetterQueues(access, sqs, stage.name)).map((queue) => surveyLetters(sqs, queue)),
  );
  console.log(tableOfLetters(letters, now));
}

/** @throws AppError if nothing of it is deployed */
async function look(stage: string): Promise<StageSurvey> {
  const cloud = awsCloud();
  const stacks = stacksOf(stage, await cloud.stacks());
  if (stacks.length === 0) {
    throw new AppError(
      `No stacks of the stage ${stage} are in this account and region. Deploy it: npm run stage -- up`,
    );
  }
  return survey(stage, stacks, cloud, Date.now());
}

/** @throws AppError where there is nobody to ask */
async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new AppError('There is no terminal to ask at. Say --yes');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

const program = new Command('npm run stage --')
  .description('A stage of one’s own in the AWS account and region that the SDK finds: dev-<user>.')
  .showHelpAfterError();

const command = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .option('--name <stage>', 'dev-<name>; by default, by who you are in git or $USER');

const addTo = (parameter: string, parameters: readonly string[]): string[] => [...parameters, parameter];

command('up', 'deploys it, or brings it up to date, with simulated vehicles and demo users')
  .option('--email <address>', 'is warned before the stage expires')
  .option('--environments <names>', 'blue, or blue,green behind a load balancer, which costs money')
  .option('--broker <kind>', 'mock, http or iot-core')
  .option('--parameters <stack:name=value>', 'of a stack: blue:BrokerUrl=https://… (repeatable)', addTo, [])
  .action(bringUp);
command('down', 'deletes it, with all data').option('--yes', 'do not ask', false).action(takeDown);
program.command('list').description('all dev stages of the account and region').action(list);
command('status', 'one in detail, with its dead letters').action(status);
program
  .command('name')
  .argument('<repository>')
  .argument('<branch>')
  .description('the name of a branch’s stage, for CI')
  .action((repository: string, branch: string) => console.log(stageOfBranch(repository, branch)));

await main(() => withAwsProblems(() => program.parseAsync()));
