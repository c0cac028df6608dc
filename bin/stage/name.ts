import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { stageConfig } from '../../lib/stages.ts';
import { AppError } from '../call.ts';

/** As long as `lib/stages.ts` allows behind `dev-`. */
const LONGEST = 20;
/** Of a hash: two of a hundred branches get the same one with a probability of 0.03 %. */
const HASH_LENGTH = 6;

/** How names of branches' stages begin behind `dev-`, and those of people never do: CI deletes the one, not the other. */
const OF_CI = 'ci-';

/** Letters, digits and hyphens of a text, in lower case and without accents: `Zoë O’Hara` → `zoe-o-hara`. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');

const cut = (text: string, length: number): string => text.slice(0, length).replace(/-+$/, '');

/** What is known of a person, of which each may be missing or unfit. */
export interface Person {
  readonly gitName: string | undefined;
  readonly gitEmail: string | undefined;
  readonly user: string | undefined;
}

/** `dev-<user>`. @throws AppError if nothing is known that makes a name */
export function stageOfPerson({ gitName, gitEmail, user }: Person): string {
  for (const text of [gitName, gitEmail?.split('@')[0], user]) {
    const name = cut(plain(text ?? '').replace(/^ci-/, 'ci'), LONGEST);
    if (name !== '') return `dev-${name}`;
  }
  throw new AppError('Whose stage it is, neither git nor $USER tells. Name it: --name dev-alice');
}

/**
 * `dev-ci-<branch>-<hash>`. Branches that are not the same have different ones, those of two repositories too.
 * @param repository its full name, `<owner>/<repository>`
 */
export function stageOfBranch(repository: string, branch: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([repository, branch]))
    .digest('hex');
  const parts = [cut(plain(branch), LONGEST - OF_CI.length - HASH_LENGTH - 1), hash.slice(0, HASH_LENGTH)];
  return `dev-${OF_CI}${parts.filter((part) => part !== '').join('-')}`;
}

/**
 * The developer's stage that is meant: the one that is named, or one's own.
 * @throws AppError for a name that is none of a developer's stage
 */
export async function devStage(name: string | undefined): Promise<string> {
  if (name === undefined) return stageOfPerson(await whoAmI());
  if (!name.startsWith('dev-')) {
    throw new AppError(`'${name}' is no developer's stage: only stages dev-<name> come and go by this tool`);
  }
  try {
    return stageConfig(name).name;
  } catch (error) {
    throw error instanceof Error ? new AppError(error.message, { cause: error }) : error;
  }
}

async function whoAmI(): Promise<Person> {
  const [gitName, gitEmail] = await Promise.all(['user.name', 'user.email'].map(gitConfig));
  return { gitName, gitEmail, user: process.env.USER };
}

async function gitConfig(key: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('git', ['config', key]);
    return stdout.trim();
  } catch {
    // Not set, or no git here.
    return undefined;
  }
}
