import { expect, test } from 'vitest';
import { startIdentityProvider } from '../../../local/identity/provider.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';
import { openStorage } from '../../../local/storage/storage.ts';
import { emptyFolder } from './folder.ts';

test('secrets have the same name and value after a restart, generated and rotated ones alike', () => {
  const dir = emptyFolder();
  const generated = {
    GenerateSecretString: { SecretStringTemplate: '{"username":"a"}', GenerateStringKey: 'password' },
  };
  const first = openStorage(dir, 'dev-test');
  const before = new Secrets(first.keyValues);
  const [broker, subscriber] = [before.create('broker', generated), before.create('subscriber', generated)];
  before.put(subscriber, 'rotated');
  const values = [before.get(broker), before.get(subscriber)];
  first.close();

  const second = openStorage(dir, 'dev-test');
  const after = new Secrets(second.keyValues);
  expect([after.create('broker', generated), after.create('subscriber', generated)]).toEqual([
    broker,
    subscriber,
  ]);
  expect([after.get('broker'), after.get('subscriber')]).toEqual(values);
  expect(after.get('subscriber').SecretString).toBe('rotated');
  second.close();
});

test('the identity provider signs with the same key after a restart', async () => {
  const dir = emptyFolder();
  const start = async () => {
    const storage = openStorage(dir, 'dev-test');
    const provider = await startIdentityProvider('http://127.0.0.1:1', () => undefined, storage.keyValues);
    storage.close();
    return provider;
  };
  const { signingKey } = await start();
  expect((await start()).signingKey).toEqual(signingKey);
  const another = await startIdentityProvider('http://127.0.0.1:1', () => undefined);
  expect(another.signingKey.kid).not.toBe(signingKey.kid);
});
