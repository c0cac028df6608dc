import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { accountId, region } from '../../../local/messaging/account.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';
import { READER, startSecretsManager, TOOL } from './start.ts';

const GENERATED = {
  Description: 'd',
  GenerateSecretString: { SecretStringTemplate: '{"username":"me"}', GenerateStringKey: 'password' },
};

/** Secrets, and the SDK of a function whose access key this is. */
async function start(accessKeyId = READER) {
  const started = await startSecretsManager();
  const client = new SecretsManagerClient({
    region,
    endpoint: started.url,
    credentials: { accessKeyId, secretAccessKey: 'test' },
  });
  const read = (SecretId: string) => client.send(new GetSecretValueCommand({ SecretId }));
  return { ...started, client, read };
}

describe('a secret', () => {
  test('has an ARN that a later one of the same name does not have', () => {
    const arns = [1, 2].map(() => new Secrets().create('blue-Credentials', { SecretString: 'x' }));
    for (const arn of arns) {
      expect(arn).toMatch(
        new RegExp(`^arn:aws:secretsmanager:${region}:${accountId}:secret:blue-Credentials-[0-9a-f]{6}$`),
      );
    }
    expect(arns[0]).not.toBe(arns[1]);
  });

  test('is what the template says', async () => {
    const { secrets, read } = await start();
    const arn = secrets.create('given', { SecretString: 'ä🚗' });
    expect(await read(arn)).toMatchObject({
      ARN: arn,
      Name: 'given',
      SecretString: 'ä🚗',
      VersionStages: ['AWSCURRENT'],
      VersionId: expect.any(String),
      CreatedDate: expect.any(Date),
    });
  });

  test('has one generated field where the template asks for it, of its own each time', async () => {
    const { secrets, read } = await start();
    const values = await Promise.all(
      ['one', 'other'].map(async (name) => (await read(secrets.create(name, GENERATED))).SecretString ?? ''),
    );
    expect(values.map((value) => JSON.parse(value))).toEqual([
      { username: 'me', password: expect.stringMatching(/^.{20,}$/) },
      { username: 'me', password: expect.any(String) },
    ]);
    expect(values[0]).not.toBe(values[1]);
  });

  test('is a text of the kinds of characters that the template asks for', () => {
    const secrets = new Secrets();
    const generated = (GenerateSecretString: JsonObject) =>
      secrets.valueOf(secrets.create(JSON.stringify(GenerateSecretString), { GenerateSecretString }));
    expect(generated({ PasswordLength: 500, ExcludeUppercase: true, ExcludePunctuation: true })).toMatch(
      /^(?=.*[a-z])(?=.*\d)[a-z\d]{500}$/,
    );
    expect(generated({ PasswordLength: 500, ExcludeLowercase: true, ExcludeNumbers: true })).toMatch(
      /^(?=.*[A-Z])(?=.*\*)[^a-z\d\s]{500}$/,
    );
    expect(generated({})).toMatch(/^.{32}$/);
    expect(generated({ ExcludePunctuation: true })).not.toBe(generated({ ExcludeUppercase: true }));
  });

  test.each<JsonObject>([
    { GenerateSecretString: { PasswordLength: 8, ExcludeCharacters: 'abc' } },
    {},
    { GenerateSecretString: { ...GENERATED.GenerateSecretString, PasswordLength: 8 } },
  ])('of properties that are not understood is an error: %j', (properties) => {
    expect(() => new Secrets().create('odd', properties)).toThrow(/GenerateSecretString/);
  });

  test('is read by its name, too', async () => {
    const { secrets, read } = await start();
    secrets.create('named', { SecretString: 'value' });
    expect((await read('named')).SecretString).toBe('value');
  });

  test('has a new version once it is rotated', async () => {
    const { secrets, read } = await start();
    const arn = secrets.create('rotated', GENERATED);
    const before = await read(arn);
    secrets.put(arn, 'new');
    const after = await read(arn);
    expect(after).toMatchObject({ ARN: arn, Name: 'rotated', SecretString: 'new' });
    expect(after.VersionId).not.toBe(before.VersionId);
  });

  test('that does not exist is an error to both sides', async () => {
    const { secrets, read } = await start();
    await expect(read('nothing')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(() => secrets.put('nothing', 'x')).toThrow(/can't find/);
  });
});

describe('the role of the caller', () => {
  const allow = (Resource: string) => ({
    Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource }],
  });

  test('must be allowed to read this very secret, by whichever name', async () => {
    const { secrets, policies, read } = await start('sender');
    const mine = secrets.create('mine', { SecretString: 'mine' });
    const other = secrets.create('other', { SecretString: 'other' });
    policies.attach('sender', allow(mine));
    expect((await read(mine)).SecretString).toBe('mine');
    expect((await read('mine')).SecretString).toBe('mine');
    for (const secretId of [other, 'other', 'nothing']) {
      await expect(read(secretId)).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('role/sender is not authorized'),
      });
    }
  });
});

test('who is no function may read everything', async () => {
  const { secrets, read } = await start(TOOL);
  expect((await read(secrets.create('any', { SecretString: 'value' }))).SecretString).toBe('value');
});

test('other actions are refused by name', async () => {
  const { secrets, client } = await start();
  const SecretId = secrets.create('s', GENERATED);
  await expect(client.send(new DescribeSecretCommand({ SecretId }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
    message: 'DescribeSecret is not supported on the local stage',
  });
});
