import { onTestFinished } from 'vitest';
import { Faults } from '../../../local/faults/faults.ts';
import { Policies } from '../../../local/iam/policies.ts';
import { startSecretsManagerEndpoint } from '../../../local/secrets-manager/endpoint.ts';
import { Secrets } from '../../../local/secrets-manager/secrets.ts';

/** The access key of a function that may read every secret. */
export const READER = 'reader';

/** The access key of a caller that is no function. */
export const TOOL = 'tool';

/** Secrets and their endpoint, until the test ends. Callers act in the role of the name of their access key. */
export async function startSecretsManager() {
  const secrets = new Secrets();
  const policies = new Policies();
  const faults = new Faults();
  policies.attach(READER, {
    Statement: [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
  });
  /** Reads by each access key. */
  const reads: string[] = [];
  const endpoint = await startSecretsManagerEndpoint({ secrets, policies, faults }, (accessKeyId) => {
    reads.push(accessKeyId);
    return accessKeyId === TOOL ? '' : `arn:aws:iam::000000000000:role/${accessKeyId}`;
  });
  onTestFinished(() => endpoint.close());
  return {
    secrets,
    policies,
    faults,
    reads,
    // The name resolves in functions only.
    url: endpoint.url.replace('secretsmanager.localhost', '127.0.0.1'),
  };
}
