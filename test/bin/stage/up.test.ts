import { expect, test } from 'vitest';
import type { DeployedStack } from '../../../bin/stage/stacks.ts';
import { up } from '../../../bin/stage/up.ts';
import { stack } from './fake-cloud.ts';

const TOOLKIT = stack('x/y', { name: 'CDKToolkit', stage: undefined });
const ACCOUNT = stack('x/y', { name: 'remote-services-account', stage: undefined });
const SHARED = stack('dev-alice/shared', { outputs: { UserPoolId: 'pool', VehiclesTable: 'vehicles' } });

function account(...stacks: DeployedStack[]) {
  const commands: string[] = [];
  const done: string[] = [];
  const dependencies = {
    stacks: async () => stacks,
    cdk: async (args: readonly string[]) => {
      commands.push(args.join(' '));
      if (args.includes('stage=account')) stacks.push(ACCOUNT);
      else if (!stacks.includes(SHARED)) stacks.push(SHARED);
    },
    createUsers: async (pool: string, users: readonly string[]) => {
      done.push(`${users.join(' and ')} in ${pool}`);
      return users.map((user) => `subject of ${user}`);
    },
    seed: async (table: string, owner: string) => {
      done.push(`${table} for ${owner}`);
      return 3000;
    },
    print: () => undefined,
  };
  return { commands, done, dependencies };
}

const NO_OPTIONS = { parameters: [] };
const DEPLOY = 'deploy --all --require-approval never -c';

test('an account that is not bootstrapped is told how', async () => {
  const { commands, dependencies } = account();
  await expect(up('dev-alice', NO_OPTIONS, dependencies)).rejects.toThrow('npx cdk bootstrap');
  expect(commands).toEqual([]);
});

test('the first stage of an account brings what the account needs', async () => {
  const { commands, done, dependencies } = account(TOOLKIT);
  await up('dev-alice', NO_OPTIONS, dependencies);
  expect(commands).toEqual([`${DEPLOY} stage=account`, `${DEPLOY} stage=dev-alice`]);
  expect(done).toEqual(['demo and stranger in pool', 'vehicles for subject of demo']);
});

test('repeated, it leaves the account alone, and deploys what the stage was deployed with', async () => {
  const expiry = stack('dev-alice/expiry', { outputs: { Environments: 'blue,green', Broker: 'mock' } });
  // Of somebody else's stage.
  const other = stack('dev-bob/expiry', { outputs: { Environments: 'blue', Broker: 'iot-core' } });
  const { commands, dependencies } = account(TOOLKIT, ACCOUNT, SHARED, other, expiry);
  await up('dev-alice', NO_OPTIONS, dependencies);
  expect(commands).toEqual([`${DEPLOY} stage=dev-alice -c environments=blue,green -c broker=mock`]);
});

test('an account stack that failed is deployed anew', async () => {
  const failed = { ...ACCOUNT, status: 'ROLLBACK_COMPLETE' };
  const { commands, dependencies } = account(TOOLKIT, failed);
  await up('dev-alice', NO_OPTIONS, dependencies);
  expect(commands[0]).toBe(`${DEPLOY} stage=account`);
});

const TWO = stack('dev-alice/expiry', { outputs: { Environments: 'blue,green' } });
test.each([
  ['is deployed', [stack('dev-alice/green')]],
  ['was to be deployed, by a deployment that broke off', [TWO]],
])('an environment that %s does not leave by a deployment', async (_, stacks) => {
  const { commands, dependencies } = account(TOOLKIT, ACCOUNT, SHARED, ...stacks);
  await expect(up('dev-alice', { ...NO_OPTIONS, environments: 'blue' }, dependencies)).rejects.toThrow(
    /has the environment green, .*: npm run stage -- down --name dev-alice$/,
  );
  expect(commands).toEqual([]);
});

test('also if nothing is said, and what it was deployed with is not known', async () => {
  const { dependencies } = account(TOOLKIT, ACCOUNT, stack('dev-alice/green'));
  await expect(up('dev-alice', NO_OPTIONS, dependencies)).rejects.toThrow(/has the environment green/);
});

test.each(['blue,green', 'blue'])('%s may stay what it was, also if it is said', async (environments) => {
  const expiry = stack('dev-alice/expiry', { outputs: { Environments: environments } });
  const other = stack('dev-alice-2/green');
  const { commands, dependencies } = account(TOOLKIT, ACCOUNT, SHARED, other, expiry);
  await up('dev-alice', { ...NO_OPTIONS, environments }, dependencies);
  expect(commands).toEqual([`${DEPLOY} stage=dev-alice -c environments=${environments}`]);
});

test('what is said counts, and parameters go to the stacks of the stage', async () => {
  const { commands, dependencies } = account(TOOLKIT, ACCOUNT);
  const options = {
    environments: 'blue,green',
    broker: 'http',
    email: 'alice@example.com',
    parameters: ['blue:BrokerUrl=https://b'],
  };
  await up('dev-alice', options, dependencies);
  expect(commands).toEqual([
    `${DEPLOY} stage=dev-alice -c environments=blue,green -c broker=http ` +
      '--parameters remote-services-dev-alice-blue:BrokerUrl=https://b ' +
      '--parameters remote-services-dev-alice-expiry:OwnerEmail=alice@example.com',
  ]);
});

test('a deployment that fails ends it: nobody is seeded', async () => {
  const { done, dependencies } = account(TOOLKIT, ACCOUNT);
  const cdk = () => Promise.reject(new Error('cdk deploy ended with 1'));
  await expect(up('dev-alice', NO_OPTIONS, { ...dependencies, cdk })).rejects.toThrow('ended with 1');
  expect(done).toEqual([]);
});
