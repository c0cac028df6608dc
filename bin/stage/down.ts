import { takeDown } from '../../functions/expiry/take-down.ts';
import { AppError } from '../call.ts';
import { type Cloud, stacksOf } from './stacks.ts';

export interface DownDependencies {
  readonly cloud: Cloud;
  /** @returns whether to go on */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly print: (line: string) => void;
  readonly pause: () => Promise<void>;
  /** Whether there is time for one more pause. */
  readonly hasTime: () => boolean;
}

/**
 * Deletes a stage, waits until it is gone, and looks for what is left. Repeating it does no harm; it goes on where an
 * earlier one was broken off.
 * @throws AppError if a stack cannot be deleted, or not in time
 */
export async function down(stage: string, dependencies: DownDependencies): Promise<void> {
  const { cloud, confirm, print, pause, hasTime } = dependencies;
  // From the end: what others depend on after them, and its own clean-up last, by which the rest goes if this breaks off.
  const stacks = stacksOf(stage, await cloud.stacks()).reverse();
  if (stacks.length === 0) print(`No stacks of the stage ${stage} are in this account and region.`);
  else {
    print(`To be deleted, with all data:\n${stacks.map(({ name }) => `  ${name}`).join('\n')}`);
    if (!(await confirm(`Delete the stage ${stage}?`))) return;
  }

  const apis = (await Promise.all(stacks.map(({ name }) => cloud.restApis(name)))).flat();
  const shown = new Map<string, string>();
  const show = (name: string, status: string) => {
    if (shown.get(name) !== status) print(`${name}  ${status}`);
    shown.set(name, status);
  };
  const remaining = await takeDown(
    stacks.map(({ name }) => name),
    {
      describe: async (name) => {
        const state = await cloud.describe(name);
        show(name, state?.status ?? 'gone');
        return state;
      },
      delete: async (name) => {
        await cloud.deleteStack(name);
        show(name, 'DELETE_IN_PROGRESS');
      },
      pause,
      hasTime,
    },
  );
  if (remaining !== undefined) {
    const { name, status, reason } = remaining;
    throw new AppError(
      `${name} is ${status}${reason === undefined ? '' : `: ${reason}`}. ${
        status === 'DELETE_FAILED' ? 'Remove what keeps it, then run this again' : 'Run this again'
      }`,
    );
  }
  await clearRemains(stage, apis, cloud, print);
}

/**
 * What AWS creates by itself, and may create again after the stack took it along: API Gateway writes its logs late.
 * Whatever else is tagged is named, for whoever knows what it is: it may belong to a stack that somebody deploys now.
 * @param apis whose stacks are gone
 */
async function clearRemains(
  stage: string,
  apis: readonly string[],
  cloud: Cloud,
  print: (line: string) => void,
): Promise<void> {
  const groups = await Promise.all(apis.map((id) => cloud.logGroups(`API-Gateway-Execution-Logs_${id}/`)));
  const deleted = new Set(groups.flat());
  for (const group of deleted) {
    await cloud.deleteLogGroup(group);
    print(`Log group ${group} is deleted.`);
  }
  const others = (await cloud.tagged(stage)).filter((arn) => !deleted.has(logGroupName(arn) ?? ''));
  if (others.length === 0) print(`Nothing of the stage ${stage} is left.`);
  else {
    print(
      `AWS still lists as tagged with ${stage}:\n${others.map((arn) => `  ${arn}`).join('\n')}\n` +
        'It lists for some minutes what is deleted. What is there in an hour: delete it by hand.',
    );
  }
}

/** arn:aws:logs:<region>:<account>:log-group:<name>, maybe with :* behind it */
const logGroupName = (arn: string): string | undefined =>
  /^arn:[^:]+:logs:.*:log-group:([^:]+)/.exec(arn)?.[1];
