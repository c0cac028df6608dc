import { expect, test } from 'vitest';
import { surveys, table } from '../../../bin/stage/survey.ts';
import { DAY_MS, FakeCloud, NOW, stack } from './fake-cloud.ts';

const ago = (days: number) => NOW - days * DAY_MS;

test('shows every dev stage of the account: how it is, how old, when it was used, when it expires', async () => {
  const api = (name: string) => ({ outputs: { ApiNames: `${name}-api` } });
  const cloud = new FakeCloud(
    stack('prod/blue'),
    stack('x/y', { stage: undefined }),
    stack('dev-bob/blue', { outputs: { ApiUrl: 'https://bob' }, deployedAt: ago(0.1) }),
    stack('dev-bob/traffic', { status: 'UPDATE_ROLLBACK_FAILED' }),
    stack('dev-alice/blue', {
      outputs: { ApiUrl: 'https://alice' },
      createdAt: ago(40),
      deployedAt: ago(39),
    }),
    stack('dev-alice/expiry', { ...api('alice'), createdAt: ago(40), deployedAt: ago(40) }),
    stack('dev-alice-2/expiry', { ...api('alice-2'), createdAt: ago(20), deployedAt: ago(20) }),
    stack('dev-carol/shared', { status: 'DELETE_FAILED', createdAt: ago(90), deployedAt: ago(90) }),
  );
  cloud.lastRequest = { 'alice-api': ago(12.5) };
  const cells = table(await surveys(cloud, NOW), NOW)
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(cells).toEqual([
    ['STAGE', 'STATE', 'AGE', 'LAST USE', 'EXPIRES'],
    ['dev-alice', 'ready', '40 d', '12 d ago', 'in 1 d, unless it is used'],
    ['dev-alice-2', 'incomplete', '20 d', '20 d ago', 'today'],
    ['dev-bob', 'dev-bob-traffic: UPDATE_ROLLBACK_FAILED', '5 d', '2 h ago', 'in 13 d'],
    ['dev-carol', 'dev-carol-shared: DELETE_FAILED', '90 d', '90 d ago', 'today'],
  ]);
});
