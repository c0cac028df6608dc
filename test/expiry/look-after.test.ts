import { expect, test } from 'vitest';
import { lookAfter } from '../../functions/expiry/look-after.ts';
import { FakeStacks } from './fake-stacks.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = Date.UTC(2026, 4, 20);
const STAGE = {
  name: 'dev-alice',
  expiresAfterDays: 14,
  stacks: ['traffic', 'blue', 'shared'],
  ownStack: 'expiry',
};

/** A stage that was deployed and used some days ago. */
function stage({ deployed, used }: { deployed: number; used?: number }) {
  const stacks = new FakeStacks([...STAGE.stacks, STAGE.ownStack], NOW - deployed * DAY_MS);
  const told: { subject: string; message: string }[] = [];
  const dependencies = {
    ...stacks,
    // Nothing can be listed of a stack that is gone.
    executionLogs: async (name: string) =>
      name === 'blue' && stacks.states.has(name) ? ['API-Gateway-Execution-Logs_abc/api'] : [],
    lastRequestAt: async () => (used === undefined ? undefined : NOW - used * DAY_MS),
    tell: async (subject: string, message: string) => {
      told.push({ subject, message });
    },
    now: () => NOW,
  };
  return { stacks, told, look: () => lookAfter(STAGE, dependencies) };
}

test.each([{ deployed: 2 }, { deployed: 100, used: 2 }, { deployed: 2, used: 100 }])(
  'a stage that was %o days ago stays, and nobody hears of it',
  async (days) => {
    const { stacks, told, look } = stage(days);
    expect(await look()).toBe('kept');
    expect(stacks.deleted).toEqual([]);
    expect(told).toEqual([]);
  },
);

test('its owner is warned: when it goes, and how to keep it', async () => {
  const { stacks, told, look } = stage({ deployed: 100, used: 12 });
  expect(await look()).toBe('warned');
  expect(stacks.deleted).toEqual([]);
  expect(told).toEqual([
    {
      subject: 'The stage dev-alice expires soon',
      message: expect.stringMatching(
        /deleted at 2026-05-22T00:00:00\.000Z.*npm run app -- --stage dev-alice vehicle-finder/,
      ),
    },
  ]);
});

test('a stage that nobody uses goes, its clean-up last of all', async () => {
  const { stacks, told, look } = stage({ deployed: 100, used: 15 });
  expect(await look()).toBe('gone');
  expect(stacks.deleted).toEqual(['traffic', 'blue', 'shared', 'expiry']);
  expect(told.map(({ subject }) => subject)).toEqual(['The stage dev-alice was deleted']);
});

test('what could not be deleted is told, with what to do, and tried again the next day', async () => {
  const { stacks, told, look } = stage({ deployed: 100 });
  stacks.stuck.add('blue');
  expect(await look()).toMatchObject({ name: 'blue', status: 'DELETE_FAILED' });
  expect(told).toEqual([
    {
      subject: 'The stage dev-alice could not be deleted yet',
      message: expect.stringMatching(/stack blue is DELETE_FAILED.*npm run stage -- down --name dev-alice/),
    },
  ]);
  expect([...stacks.states.keys()]).toContain('expiry');

  stacks.stuck.clear();
  expect(await look()).toBe('gone');
});

test('logs that API Gateway may write once their stack is gone are named, as long as they are known', async () => {
  const { stacks, told, look } = stage({ deployed: 100 });
  stacks.stuck.add('shared');
  await look();
  stacks.stuck.clear();
  await look();
  const named = 'aws logs delete-log-group --log-group-name API-Gateway-Execution-Logs_abc/api';
  expect(told.map(({ message }) => message.includes(named))).toEqual([true, false]);

  const other = stage({ deployed: 100 });
  await other.look();
  expect(other.told[0]?.message).toContain(named);
});

test('a stage that somebody takes down at the same time does no harm', async () => {
  const { stacks, look } = stage({ deployed: 100 });
  stacks.states.delete('traffic');
  stacks.set('blue', 'DELETE_IN_PROGRESS');
  expect(await look()).toBe('gone');
  expect(stacks.deleted).toEqual(['shared', 'expiry']);
});

test('it does not go as long as it is not known whether it is used', async () => {
  const { stacks } = stage({ deployed: 100 });
  const unknown = lookAfter(STAGE, {
    ...stacks,
    executionLogs: async () => [],
    lastRequestAt: () => Promise.reject(new Error('Rate exceeded')),
    tell: async () => undefined,
    now: () => NOW,
  });
  await expect(unknown).rejects.toThrow('Rate exceeded');
  expect(stacks.deleted).toEqual([]);
});
