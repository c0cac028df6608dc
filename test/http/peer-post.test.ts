import { expect, test } from 'vitest';
import { region } from '../../local/messaging/account.ts';
import { stubLambdaEnvironment } from '../aws-environment.ts';
import { READER, startSecretsManager } from '../local/secrets-manager/start.ts';
import { startPeer } from '../peer.ts';

/** A peer, the headers that it saw, and posts to it. */
async function start(secretString: string | undefined) {
  const manager = await startSecretsManager();
  stubLambdaEnvironment(manager.url, { AWS_ACCESS_KEY_ID: READER });
  const { peerPosts } = await import('../../functions/http/peer-post.ts');
  const authorizations: string[] = [];
  const { url } = await startPeer((request, response) => {
    authorizations.push(request.headers.authorization ?? '');
    request.resume().on('end', () => response.end());
  });
  const secretArn = secretString && manager.secrets.create('secret', { SecretString: secretString });
  return { ...manager, url, authorizations, postTo: peerPosts({ secretArn, region }) };
}

test('a peer of our own admits the function’s role; no secret is read', async () => {
  const { url, authorizations, postTo, reads } = await start(undefined);
  await postTo(url)({}, 60_000);
  expect(authorizations).toEqual([expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=reader\//)]);
  expect(reads).toEqual([]);
});

test('a peer with a secret admits by its credentials, which are read once for all of its URLs', async () => {
  const { url, authorizations, postTo, reads } = await start('{"username":"me","password":"x"}');
  await postTo(`${url}/one`)({}, 60_000);
  await postTo(`${url}/other`)({}, 60_000);
  expect(authorizations).toEqual(['Basic bWU6eA==', 'Basic bWU6eA==']);
  expect(reads).toEqual([READER]);
});
