import { type Endpoint, type EndpointOptions, startEndpoint, unsupported } from '../endpoint.ts';
import type { Policies } from '../iam/policies.ts';
import type { Secrets } from './secrets.ts';

/** Secrets Manager's HTTP API, as far as functions use it: GetSecretValue, if the caller's role allows it. */
export const startSecretsManagerEndpoint = (
  { secrets, policies }: { secrets: Secrets; policies: Policies },
  roleOf: EndpointOptions['roleOf'],
): Promise<Endpoint> =>
  startEndpoint({
    service: 'secretsmanager',
    version: '1.1',
    roleOf,
    call: async ({ action, input, role }) => {
      if (action !== 'GetSecretValue') throw unsupported(action);
      const secretId = String(input.SecretId);
      policies.check(role, 'secretsmanager:GetSecretValue', secrets.arnOf(secretId));
      return secrets.get(secretId);
    },
  });
