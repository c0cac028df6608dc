import type { StackState } from '../../functions/expiry/take-down.ts';
import { STACKS, stackName } from '../../lib/stack-names.ts';

/** A stack that is deployed, or on its way. */
export interface DeployedStack {
  readonly name: string;
  readonly status: string;
  /** The stage that it is tagged with, if any. */
  readonly stage: string | undefined;
  /** In milliseconds since 1970. */
  readonly createdAt: number;
  /** Of its creation or newest update. */
  readonly deployedAt: number;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What the tool needs of AWS. */
export interface Cloud {
  /** All stacks of the account and region. */
  readonly stacks: () => Promise<DeployedStack[]>;
  /** Undefined if there is none of that name (any more). */
  readonly describe: (name: string) => Promise<StackState | undefined>;
  readonly deleteStack: (name: string) => Promise<void>;
  /** Ids of the REST APIs of a stack. */
  readonly restApis: (stack: string) => Promise<string[]>;
  readonly logGroups: (prefix: string) => Promise<string[]>;
  /** One that is gone stays gone. */
  readonly deleteLogGroup: (name: string) => Promise<void>;
  /** ARNs of all that is tagged with a stage. */
  readonly tagged: (stage: string) => Promise<string[]>;
  /** Of the newest requests to these APIs within some days, in milliseconds since 1970. */
  readonly lastRequestAt: (apiNames: readonly string[], days: number) => Promise<number | undefined>;
}

/** The deployed stacks of a stage, each after those that it depends on. */
export function stacksOf(stage: string, all: readonly DeployedStack[]): DeployedStack[] {
  const ordered = STACKS.map((stack) => stackName(stage, stack));
  // One that is not known, from another version of the system, may depend on all.
  const rank = ({ name }: DeployedStack) => (ordered.includes(name) ? ordered.indexOf(name) : ordered.length);
  // By the tag, or by the whole name: `dev-alice` is how `dev-alice-2` begins. A stack whose creation was broken off
  // before its change set ran need not have tags.
  return all
    .filter(({ name, stage: tag }) => tag === stage || (tag === undefined && ordered.includes(name)))
    .sort((a, b) => rank(a) - rank(b));
}
