import { NotAuthorizedException, UserNotFoundException } from '@aws-sdk/client-cognito-identity-provider';
import { expect, test } from 'vitest';
import { signIn, userPoolOf } from '../../bin/sign-in.ts';

const $metadata = {};

/** A pool where others set passwords too: so many times between ours and the sign-in with it. */
function pool(...users: string[]) {
  const passwords = new Map(users.map((user) => [user, '']));
  const set: string[] = [];
  const state = { others: 0 };
  return {
    set,
    state,
    setPassword: async (user: string, password: string) => {
      if (!passwords.has(user))
        throw new UserNotFoundException({ message: 'User does not exist.', $metadata });
      set.push(password);
      passwords.set(user, state.others-- > 0 ? 'another' : password);
    },
    signIn: async (user: string, password: string) => {
      if (passwords.get(user) !== password)
        throw new NotAuthorizedException({ message: 'Incorrect', $metadata });
      return `token of ${user}`;
    },
  };
}

test('each sign-in has a password of its own, of the kind that the pool asks for', async () => {
  const users = pool('demo');
  expect(await signIn(users, 'demo')).toBe('token of demo');
  await signIn(users, 'demo');
  expect(new Set(users.set).size).toBe(2);
  for (const password of users.set) {
    expect(password.length).toBeGreaterThanOrEqual(32);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9_-]/]) expect(password).toMatch(kind);
  }
});

test('two who sign in at the same time both get in', async () => {
  const users = pool('demo');
  users.state.others = 2;
  expect(await signIn(users, 'demo')).toBe('token of demo');
});

test('does not try for ever', async () => {
  const users = pool('demo');
  users.state.others = 100;
  await expect(signIn(users, 'demo')).rejects.toThrow(NotAuthorizedException);
  expect(users.set).toHaveLength(3);
});

test('a user that is not there is named, with those that are', async () => {
  await expect(signIn(pool('demo'), 'nobody')).rejects.toThrow(
    "There is no user 'nobody'; the demo users are demo, stranger",
  );
});

test('a stage with a provider elsewhere has no users', () => {
  const access = { has: () => false, output: () => '', where: '', client: () => ({}) };
  expect(() => userPoolOf(access)).toThrow('The stage has no users of its own.');
});
