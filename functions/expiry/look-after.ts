import { expiry } from './expiry.ts';
import { type Remaining, type Stacks, takeDown } from './take-down.ts';

export interface Stage {
  readonly name: string;
  readonly expiresAfterDays: number;
  /** In the order in which they are deleted. */
  readonly stacks: readonly string[];
  /** The stack that this function is in: deleted last of all, by which the function ends itself. */
  readonly ownStack: string;
}

export interface Dependencies extends Stacks {
  /** Of the newest requests to the stage's API, in milliseconds since 1970. */
  readonly lastRequestAt: () => Promise<number | undefined>;
  /** Names of the log groups in which API Gateway tells of a stack's APIs; none if there is no such stack. */
  readonly executionLogs: (stack: string) => Promise<string[]>;
  /** Tells the stage's owner. */
  readonly tell: (subject: string, message: string) => Promise<void>;
  readonly now: () => number;
}

/** What was done: `kept`, `warned`, `gone` but for the own stack, which goes now, or what is still there. */
export type Outcome = 'kept' | 'warned' | 'gone' | Remaining;

/** The daily look at a stage: whether somebody still uses it. Repeating it does no harm. */
export async function lookAfter(stage: Stage, dependencies: Dependencies): Promise<Outcome> {
  const { name, expiresAfterDays, stacks, ownStack } = stage;
  const states = await Promise.all([...stacks, ownStack].map((stack) => dependencies.describe(stack)));
  const use = {
    lastRequestAt: await dependencies.lastRequestAt(),
    lastDeployedAt: Math.max(...states.map((state) => state?.deployedAt ?? 0)),
  };
  const { verdict, expiresAt } = expiry(use, expiresAfterDays, dependencies.now());
  const unused = `Nobody has used or deployed the stage ${name} for a time: it expires after ${expiresAfterDays} days.`;
  switch (verdict) {
    case 'keep':
      return 'kept';
    case 'warn':
      await dependencies.tell(
        `The stage ${name} expires soon`,
        `${unused} It will be deleted at ${expiresAt.toISOString()}, with all its data. To keep it, use it: ` +
          `npm run app -- --stage ${name} vehicle-finder <VIN>`,
      );
      return 'warned';
    case 'expire': {
      // Afterwards nobody knows them any more.
      const logs = (await Promise.all(stacks.map((stack) => dependencies.executionLogs(stack)))).flat();
      const remaining = await takeDown(stacks, dependencies);
      if (remaining !== undefined) {
        await dependencies.tell(
          `The stage ${name} could not be deleted yet`,
          `${unused} Its stack ${remaining.name} is ${remaining.status}. It is tried again tomorrow; ` +
            `or do it now: npm run stage -- down --name ${name}${lateLogs(logs)}`,
        );
        return remaining;
      }
      await dependencies.tell(`The stage ${name} was deleted`, `${unused}${lateLogs(logs)}`);
      await dependencies.delete(ownStack);
      return 'gone';
    }
  }
}

/** API Gateway may write them anew after their stack took them along, and this function may delete no stage's logs. */
const lateLogs = (names: readonly string[]): string =>
  names.length === 0
    ? ''
    : `\nAPI Gateway writes its logs late, and may have created them again. What is there in an hour, delete by hand:\n${names
        .map((name) => `aws logs delete-log-group --log-group-name ${name}`)
        .join('\n')}`;
