import { Command } from 'commander';
import { stackName } from '../lib/stack-names.ts';
import { withAwsProblems } from './aws-problems.ts';
import { main } from './call.ts';
import { cdk } from './cdk.ts';
import { awsCloud } from './stage/aws.ts';
import { devStage } from './stage/name.ts';
import { stacksOf } from './stage/stacks.ts';
import { contextOf } from './stage/up.ts';

interface Options {
  readonly name?: string;
  readonly environment?: string;
}

/** Swaps code that changes into one's own stage: into all of it, or into one environment. */
async function watch({ name, environment }: Options): Promise<void> {
  const stage = await devStage(name);
  const deployed = stacksOf(stage, await awsCloud().stacks());
  await cdk(['watch', stackName(stage, environment ?? '*'), ...contextOf(stage, {}, deployed)]);
}

const command = new Command('npm run watch --')
  .description(
    'Swaps code into a dev stage when it is saved (cdk watch, hotswap). What else changes comes by: npm run stage -- up',
  )
  .option('--name <stage>', 'dev-<name>; by default, by who you are in git or $USER')
  .option('--environment <name>', 'only into this one: blue or green')
  .action(watch);

await main(() => withAwsProblems(() => command.parseAsync()));
