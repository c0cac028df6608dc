import { type Endpoint, type EndpointOptions, startEndpoint, unsupported } from '../endpoint.ts';
import type { Faults } from '../faults/faults.ts';
import { callThrough } from '../faults/service-faults.ts';
import type { Policies } from '../iam/policies.ts';
import type { Secrets } from './secrets.ts';

/**
 * Secrets Manager's HTTP API, as far as functions and tools use it: GetSecretValue, if the role of the function allows
 * it. A caller that is no function may read everything.
 * @param onRead is told in which role a secret was read
 */
export const startSecretsManagerEndpoint = (
  { secrets, policies, faults }: { secrets: Secrets; policies: Policies; faults: Faults },
  roleOf: EndpointOptions['roleOf'],
  onRead: (role: string) => void = () => undefined,
): Promise<Endpoint> =>
  startEndpoint({
    service: 'secretsmanager',
    version: '1.1',
    roleOf,
    call: async ({ action, input, role }) => {
      if (action !== 'GetSecretValue') throw unsupported(action);
      return callThrough(faults, { service: 'secrets-manager', action, input }, async () => {
        const secretId = String(input.SecretId);
        if (role !== '') policies.check(role, 'secretsmanager:GetSecretValue', secrets.arnOf(secretId));
        onRead(role);
        return secrets.get(secretId);
      });
    },
  });
