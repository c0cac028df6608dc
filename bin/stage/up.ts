import { ACCOUNT, ACCOUNT_STACK } from '../../lib/account-stack.ts';
import { stackName } from '../../lib/stack-names.ts';
import { ENVIRONMENTS, type StageOptions, stageConfig } from '../../lib/stages.ts';
import { DEFAULT_USER, DEMO_USERS } from '../../vehicle-simulator/users.ts';
import { AppError } from '../call.ts';
import { type DeployedStack, stacksOf } from './stacks.ts';

/** What `npx cdk bootstrap` creates. */
const BOOTSTRAP_STACK = 'CDKToolkit';

export interface UpOptions extends StageOptions {
  /** Is warned before the stage expires. */
  readonly email?: string | undefined;
  /** Of stacks by the last part of their names: `blue:BrokerUrl=https://…`. */
  readonly parameters: readonly string[];
}

export interface UpDependencies {
  /** All stacks of the account and region. */
  readonly stacks: () => Promise<DeployedStack[]>;
  /** @throws AppError if it fails */
  readonly cdk: (args: readonly string[]) => Promise<void>;
  /** Creates users that are not there yet. @returns the subject of each one's tokens, in this order */
  readonly createUsers: (pool: string, users: readonly string[]) => Promise<string[]>;
  /** Writes all simulated vehicles. @returns how many there are */
  readonly seed: (table: string, owner: string) => Promise<number>;
  readonly print: (line: string) => void;
}

/**
 * Deploys a developer's stage with all that it needs. Repeating it brings it up to date and changes nothing else.
 * @throws AppError that says what to do
 */
export async function up(stage: string, options: UpOptions, dependencies: UpDependencies): Promise<void> {
  const { cdk, createUsers, seed, print } = dependencies;
  const before = await dependencies.stacks();
  if (!before.some(({ name }) => name === BOOTSTRAP_STACK)) {
    throw new AppError(
      'The account is not prepared for CDK in this region. Once for both: npx cdk bootstrap',
    );
  }
  keepsEnvironments(stage, options, stacksOf(stage, before));
  const deploy = (...args: string[]) => cdk(['deploy', '--all', '--require-approval', 'never', ...args]);
  if (!before.some(({ name, status }) => name === ACCOUNT_STACK && isWhole(status))) {
    print('What an account needs once in a region:');
    await deploy('-c', `stage=${ACCOUNT}`);
  }
  print(`The stage ${stage}:`);
  await deploy(...contextOf(stage, options, stacksOf(stage, before)), ...parametersOf(stage, options));

  const outputs = Object.assign(
    {},
    ...stacksOf(stage, await dependencies.stacks()).map((stack) => stack.outputs),
  );
  const output = (name: string): string => {
    const value: unknown = outputs[name];
    if (typeof value === 'string') return value;
    throw new AppError(`The stage has no output ${name}. Was it deployed from other sources?`);
  };
  const [owner] = await createUsers(output('UserPoolId'), DEMO_USERS);
  if (owner === undefined) throw new AppError(`The user ${DEFAULT_USER} was not created`);
  const vehicles = await seed(output('VehiclesTable'), owner);
  print(`${vehicles} vehicles belong to the user ${DEFAULT_USER}.`);
}

/** CloudFormation's words for a stack that is there and works. */
const isWhole = (status: string): boolean => /^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(status);

/**
 * An environment does not leave by a deployment: its stack would stay, and the shared stack would lose the network that
 * the load balancer is still in.
 * @throws AppError if one would
 */
function keepsEnvironments(
  stage: string,
  { environments }: StageOptions,
  deployed: readonly DeployedStack[],
): void {
  const before = outputOf(deployed, 'Environments')?.split(',') ?? [];
  const wanted = environments?.split(',') ?? [...before, ...stageConfig(stage).environments];
  const leaving = ENVIRONMENTS.find(
    (environment) =>
      !wanted.includes(environment) &&
      (before.includes(environment) || deployed.some(({ name }) => name === stackName(stage, environment))),
  );
  if (leaving === undefined) return;
  throw new AppError(
    `The stage ${stage} has the environment ${leaving}, which cannot leave it. ` +
      `Take the stage down first: npm run stage -- down --name ${stage}`,
  );
}

const outputOf = (deployed: readonly DeployedStack[], name: string): string | undefined =>
  deployed.find(({ outputs }) => outputs[name] !== undefined)?.outputs[name];

/** What the stage was deployed with, it keeps: without it, a repetition would take an environment down. */
export function contextOf(
  stage: string,
  { environments, broker }: StageOptions,
  deployed: readonly DeployedStack[],
): string[] {
  const context = {
    stage,
    environments: environments ?? outputOf(deployed, 'Environments'),
    broker: broker ?? outputOf(deployed, 'Broker'),
  };
  return Object.entries(context).flatMap(([name, value]) =>
    value === undefined ? [] : ['-c', `${name}=${value}`],
  );
}

function parametersOf(stage: string, { email, parameters }: UpOptions): string[] {
  const all = [...parameters, ...(email === undefined ? [] : [`expiry:OwnerEmail=${email}`])];
  return all.flatMap((parameter) => ['--parameters', stackName(stage, parameter)]);
}
