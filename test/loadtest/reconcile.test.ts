import { expect, it, test } from 'vitest';
import { type End, type Found, type Lookup, reconcile } from '../../loadtest/reconcile.ts';

const VIN = 'vehicle-1';
const COMMANDS = new Map([
  [VIN, ['one', 'two']],
  ['vehicle-2', ['three']],
]);
const NEVER = new AbortController().signal;
/** Longer than the tests' lookups take, and short: some wait for it. */
const LIMIT_MS = 30;

const ended = (...eventIds: string[]) =>
  new Map<string, Found>(eventIds.map((id) => [id, { end: 'EXECUTED' }]));

/** A stage on which all is well, but for what a test says. */
function lookup(changes: Partial<Lookup> = {}): Lookup {
  return {
    source: 'tables',
    concurrency: 2,
    states: async (eventIds) => ended(...eventIds),
    history: async () => new Map(['one', 'two', 'three'].map((id) => [id, ['EXECUTED']])),
    notifications: async (id) => [{ id: `${id}.end`, end: 'EXECUTED' }],
    deadLetters: async () => 0,
    leases: async () => new Map(),
    ...changes,
  };
}

const run = (changes: Partial<Lookup> = {}, limitMs = LIMIT_MS, signal = NEVER) =>
  reconcile(COMMANDS, lookup(changes), { limitMs, tell: () => undefined, signal, lookAgainMs: 1 });

const FINE = { lost: 0, stuck: 0, doubled: 0, untold: 0, open: 0, deadLetters: 0, leases: 0 };

it('every command that was accepted has ended once', async () => {
  expect(await run()).toMatchObject({
    ...FINE,
    source: 'tables',
    accepted: 3,
    ended: { EXECUTED: 3 },
    notificationsRead: 3,
    examples: [],
  });
});

it('ends are counted by state and reason', async () => {
  const end = 'FAILED VEHICLE_REJECTED';
  const states = async (ids: readonly string[]) =>
    new Map(ids.map((id) => [id, { end: id === 'two' ? end : 'EXECUTED' }]));
  const history = async () =>
    new Map([...[...COMMANDS.values()].flat()].map((id) => [id, [id === 'two' ? end : 'EXECUTED']]));
  expect((await run({ states, history })).ended).toEqual({ EXECUTED: 2, [end]: 1 });
});

it('what the stage knows nothing of is lost', async () => {
  const states = async (ids: readonly string[]) => ended(...ids.filter((id) => id !== 'two'));
  const history = async () =>
    new Map([
      ['one', ['EXECUTED']],
      ['three', ['EXECUTED']],
    ]);
  expect(await run({ states, history })).toMatchObject({
    ...FINE,
    ended: { EXECUTED: 2 },
    lost: 1,
    examples: ['two lost: accepted, and the stage knows nothing of it'],
  });
});

it('an end that is in no history is lost too', async () => {
  const history = async () =>
    new Map([
      ['one', ['EXECUTED']],
      ['three', ['EXECUTED']],
    ]);
  expect(await run({ history })).toMatchObject({ ...FINE, lost: 1 });
});

it('what has not ended when its time is over is stuck', async () => {
  const states = async (ids: readonly string[]) =>
    new Map(ids.map((id) => [id, { end: id === 'three' ? undefined : 'EXECUTED' }]));
  expect(await run({ states })).toMatchObject({
    ...FINE,
    ended: { EXECUTED: 2 },
    stuck: 1,
    examples: ['three stuck: it has not ended'],
  });
});

test.each<[string, End[]]>([
  ['twice in the same way', ['EXECUTED', 'EXECUTED']],
  ['in two ways', ['EXECUTED', 'FAILED COMMAND_EXPIRED']],
  ['otherwise than its state shows', ['FAILED COMMAND_EXPIRED']],
])('a command that ended %s is doubled', async (_what, ends) => {
  const history = async () =>
    new Map([
      ['one', ends],
      ['two', ['EXECUTED']],
      ['three', ['EXECUTED']],
    ]);
  expect(await run({ history })).toMatchObject({ ...FINE, doubled: 1, ended: { EXECUTED: 3 } });
});

it('a command of which the subscriber was told two ends is doubled; a repetition is none', async () => {
  const repeated = { id: 'a', end: 'EXECUTED' };
  const other = { id: 'b', end: 'FAILED COMMAND_EXPIRED' };
  expect(await run({ notifications: async () => [repeated, repeated] })).toMatchObject(FINE);
  const notifications = async (id: string) => (id === 'one' ? [repeated, other] : [repeated]);
  expect(await run({ notifications })).toMatchObject({ ...FINE, doubled: 1 });
});

it('a subscriber who was not told is found', async () => {
  expect(
    await run({ notifications: async (id) => (id === 'one' ? [] : [{ id, end: 'EXECUTED' }]) }),
  ).toMatchObject({
    ...FINE,
    untold: 1,
  });
});

it('a command that ends late is waited for, and those that have ended are not asked for again', async () => {
  const asked: string[][] = [];
  const states = async (ids: readonly string[]) => {
    asked.push([...ids]);
    return new Map(ids.map((id) => [id, { end: id === 'two' && asked.length < 6 ? undefined : 'EXECUTED' }]));
  };
  expect(await run({ states }, 60_000)).toMatchObject({ ...FINE, ended: { EXECUTED: 3 } });
  expect(asked.slice(2)).toEqual([['two'], ['two'], ['two'], ['two']]);
});

it('leases of the commands and dead letters are counted, those of others are not', async () => {
  const leases = async () =>
    new Map([
      [VIN, 'two'],
      ['vehicle-2', 'of somebody else'],
      ['vehicle-9', 'one'],
    ]);
  expect(await run({ leases, deadLetters: async () => 4 })).toMatchObject({
    ...FINE,
    leases: 1,
    deadLetters: 4,
  });
});

it('who does not want to wait is told what is open', async () => {
  const stop = new AbortController();
  const states = async () => {
    stop.abort();
    return new Map<string, Found>();
  };
  expect(await run({ states, history: async () => new Map() }, 60_000, stop.signal)).toMatchObject({
    ...FINE,
    ended: {},
    open: 3,
  });
});

it('what nobody can look up is not said to be none', async () => {
  const { states } = lookup();
  const found = await reconcile(
    COMMANDS,
    { source: 'api', concurrency: 1, states },
    { limitMs: LIMIT_MS, tell: () => undefined, signal: NEVER },
  );
  expect(found).toMatchObject({ source: 'api', ended: { EXECUTED: 3 }, lost: 0, stuck: 0 });
  for (const unknown of ['doubled', 'untold', 'deadLetters', 'leases'])
    expect(found).not.toHaveProperty(unknown);
});
