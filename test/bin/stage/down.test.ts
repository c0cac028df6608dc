import { expect, test } from 'vitest';
import { down } from '../../../bin/stage/down.ts';
import { FakeCloud, stack } from './fake-cloud.ts';

const ALICE = ['blue', 'expiry', 'shared', 'traffic', 'vehicle-simulator'].map((name) =>
  stack(`dev-alice/${name}`),
);
const OTHERS = [stack('dev-alice-2/blue'), stack('prod/blue'), stack('other/thing', { stage: undefined })];
const namesOf = (stacks: readonly { name: string }[]) => stacks.map(({ name }) => name);

function terminal(answer = true) {
  const lines: string[] = [];
  const questions: string[] = [];
  const confirm = async (question: string) => {
    questions.push(question);
    return answer;
  };
  return { lines, questions, confirm, print: (line: string) => void lines.push(line) };
}

const run = (cloud: FakeCloud, at = terminal()) =>
  down('dev-alice', {
    cloud,
    confirm: at.confirm,
    print: at.print,
    pause: () => cloud.fake.pause(),
    hasTime: () => cloud.fake.hasTime(),
  });

test('deletes the stacks of this stage only, each before what it depends on, its own clean-up last', async () => {
  const cloud = new FakeCloud(...ALICE, ...OTHERS);
  const at = terminal();
  await run(cloud, at);
  expect(cloud.fake.deleted).toEqual(
    ['traffic', 'blue', 'vehicle-simulator', 'shared', 'expiry'].map(
      (name) => `remote-services-dev-alice-${name}`,
    ),
  );
  expect(namesOf(await cloud.stacks())).toEqual(namesOf(OTHERS));
  expect(at.questions).toEqual(['Delete the stage dev-alice?']);
  expect(at.lines).toContain('remote-services-dev-alice-blue  DELETE_IN_PROGRESS');
  expect(at.lines).toContain('remote-services-dev-alice-blue  gone');
  expect(at.lines.at(-1)).toBe('Nothing of the stage dev-alice is left.');
});

test('deletes nothing unless somebody says yes', async () => {
  const cloud = new FakeCloud(...ALICE);
  cloud.taggedArns = ['arn:aws:logs:eu-central-1:1:log-group:/aws/lambda/x'];
  cloud.logs.add('/aws/lambda/x');
  await run(cloud, terminal(false));
  expect(cloud.fake.deleted).toEqual([]);
  expect(cloud.logs.size).toBe(1);
});

test('removes the logs that API Gateway wrote late, and those of no other API', async () => {
  const cloud = new FakeCloud(...ALICE);
  cloud.apis = {
    'remote-services-dev-alice-blue': ['abc'],
    'remote-services-dev-alice-vehicle-simulator': ['def'],
  };
  for (const id of ['abc', 'abcd', 'def']) cloud.logs.add(`API-Gateway-Execution-Logs_${id}/api`);
  await run(cloud);
  expect([...cloud.logs]).toEqual(['API-Gateway-Execution-Logs_abcd/api']);
});

test('without stacks, which it may only not have found, it deletes nothing and names what is tagged', async () => {
  const cloud = new FakeCloud(...OTHERS);
  const logs = 'arn:aws:logs:eu-central-1:1:log-group:API-Gateway-Execution-Logs_abc/api:*';
  const table = 'arn:aws:dynamodb:eu-central-1:1:table/remote-services-dev-alice-shared-Events';
  cloud.taggedArns = [logs, table];
  cloud.logs.add('API-Gateway-Execution-Logs_abc/api');
  const at = terminal();
  await run(cloud, at);
  expect(at.questions).toEqual([]);
  expect(at.lines[0]).toBe('No stacks of the stage dev-alice are in this account and region.');
  expect([...cloud.logs]).toEqual(['API-Gateway-Execution-Logs_abc/api']);
  expect(cloud.fake.deleted).toEqual([]);
  expect(at.lines.at(-1)).toContain(`tagged with dev-alice:\n  ${logs}\n  ${table}\n`);
  expect(at.lines.at(-1)).toMatch(/delete it by hand\.$/);
});

test('what it removed is not named as left, though AWS lists it for a time', async () => {
  const cloud = new FakeCloud(...ALICE);
  cloud.apis = { 'remote-services-dev-alice-blue': ['abc'] };
  cloud.logs.add('API-Gateway-Execution-Logs_abc/api');
  cloud.taggedArns = ['arn:aws:logs:eu-central-1:1:log-group:API-Gateway-Execution-Logs_abc/api'];
  const at = terminal();
  await run(cloud, at);
  expect(at.lines.at(-1)).toBe('Nothing of the stage dev-alice is left.');
});

test('deletes a stack whose creation was broken off before it had tags, and no other one without', async () => {
  const unready = { stage: undefined, status: 'REVIEW_IN_PROGRESS' };
  const cloud = new FakeCloud(
    ...['expiry', 'shared'].map((name) => stack(`dev-alice/${name}`)),
    stack('dev-alice/blue', unready),
    stack('dev-alice-2/blue', unready),
  );
  await run(cloud);
  expect(namesOf(await cloud.stacks())).toEqual(['remote-services-dev-alice-2-blue']);
});

test('gives up when time is over, and says where it is', async () => {
  const cloud = new FakeCloud(...ALICE);
  cloud.fake.set('remote-services-dev-alice-blue', 'CREATE_IN_PROGRESS');
  cloud.fake.time = 10;
  await expect(run(cloud)).rejects.toThrow(
    'remote-services-dev-alice-blue is CREATE_IN_PROGRESS. Run this again',
  );
});

test('says which stack cannot be deleted, and why; goes on from there the next time', async () => {
  const cloud = new FakeCloud(...ALICE);
  cloud.fake.stuck.add('remote-services-dev-alice-blue');
  await expect(run(cloud)).rejects.toThrow(
    /^remote-services-dev-alice-blue is DELETE_FAILED.*run this again$/,
  );
  cloud.fake.stuck.clear();
  await run(cloud);
  expect(await cloud.stacks()).toEqual([]);
});
