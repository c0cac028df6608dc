import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { BasicCredentials } from '../../functions/http/basic-credentials.ts';
import type { Secrets } from '../../local/secrets-manager/secrets.ts';
import { stubLambdaEnvironment } from '../aws-environment.ts';
import { READER, startSecretsManager } from '../local/secrets-manager/start.ts';

const MINUTE = 60_000;
const START = Date.parse('2025-12-03T10:00:00.000Z');

const secretOf = (username: string, password: string) => JSON.stringify({ username, password });
const headerOf = (username: string, password: string) =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

const FIRST = headerOf('me', 'first');
const SECOND = headerOf('me', 'second');

let secrets: Secrets;
let arn: string;
let reads: string[];
let credentials: BasicCredentials;
beforeEach(async () => {
  const manager = await startSecretsManager();
  ({ secrets, reads } = manager);
  arn = secrets.create('BrokerCredentials', { SecretString: secretOf('me', 'first') });
  stubLambdaEnvironment(manager.url, { AWS_ACCESS_KEY_ID: READER });
  const { basicCredentials } = await import('../../functions/http/basic-credentials.ts');
  credentials = basicCredentials(arn);
  // The clock only: the SDK's timers are real.
  vi.useFakeTimers({ now: START, toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the secret', () => {
  test('becomes the header of HTTP basic authentication', async () => {
    expect(await credentials.current()).toBe(FIRST);
    expect(FIRST).toBe('Basic bWU6Zmlyc3Q=');
  });

  test('may hold any text, but no colon in the name', async () => {
    secrets.put(arn, secretOf('Jürgen', 'p:ä🚗'));
    expect(await credentials.current()).toBe(headerOf('Jürgen', 'p:ä🚗'));
  });

  test('is read once in five minutes', async () => {
    await credentials.current();
    secrets.put(arn, secretOf('me', 'second'));
    vi.setSystemTime(START + 5 * MINUTE - 1);
    expect(await credentials.current()).toBe(FIRST);
    expect(reads).toHaveLength(1);
    vi.setSystemTime(START + 5 * MINUTE + 1);
    expect(await credentials.current()).toBe(SECOND);
    expect(reads).toHaveLength(2);
  });
});

describe('credentials that were rejected', () => {
  test('are read anew at once, and kept from then on', async () => {
    await credentials.current();
    secrets.put(arn, secretOf('me', 'second'));
    expect(await credentials.insteadOf(FIRST)).toBe(SECOND);
    expect(await credentials.current()).toBe(SECOND);
    expect(reads).toHaveLength(2);
  });

  test('may still be the same', async () => {
    await credentials.current();
    expect(await credentials.insteadOf(FIRST)).toBe(FIRST);
    expect(reads).toHaveLength(2);
  });

  test('at the same time are read once for all', async () => {
    await credentials.current();
    secrets.put(arn, secretOf('me', 'second'));
    const others = await Promise.all(Array.from({ length: 10 }, () => credentials.insteadOf(FIRST)));
    expect(others).toEqual(Array.from({ length: 10 }, () => SECOND));
    expect(reads).toHaveLength(2);
  });

  test('are not read again where somebody else has done so', async () => {
    await credentials.current();
    secrets.put(arn, secretOf('me', 'second'));
    await credentials.insteadOf(FIRST);
    expect(await credentials.insteadOf(FIRST)).toBe(SECOND);
    expect(reads).toHaveLength(2);
  });
});

describe('a secret that is no use may be right later, and no error says what is in it:', () => {
  test.each([
    ['no JSON', 'hunter2'],
    ['another shape', '{"token":"hunter2"}'],
    ['no name', secretOf('', 'hunter2')],
    ['a name with a colon', secretOf('hunter2:', 'x')],
    ['no password', secretOf('hunter2', '')],
  ])('%s', async (_what, value) => {
    secrets.put(arn, value);
    const error = await credentials.current().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'PeerUnavailable', message: expect.stringContaining(arn) });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
  });

  test('it cannot be read', async () => {
    const { basicCredentials } = await import('../../functions/http/basic-credentials.ts');
    const error = await basicCredentials('nothing')
      .current()
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'PeerUnavailable',
      message: 'The secret nothing cannot be read: ResourceNotFoundException',
    });
    expect(error).not.toHaveProperty('cause');
  });
});
