import { vi } from 'vitest';
import { region } from '../local/messaging/engine.ts';

/**
 * Sets what Lambda sets for a function, and the function's own variables. A handler reads them when it is
 * imported, so it is imported after this, and anew.
 * @param endpoint of the engine that stands for AWS
 */
export function stubLambdaEnvironment(endpoint: string, variables: Record<string, string>): void {
  vi.resetModules();
  const aws = {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: endpoint,
    POWERTOOLS_LOG_LEVEL: 'SILENT',
  };
  for (const [name, value] of Object.entries({ ...aws, ...variables })) vi.stubEnv(name, value);
}

/** A partial batch response that names these messages. */
export const failed = (...messageIds: string[]) => ({
  batchItemFailures: messageIds.map((itemIdentifier) => ({ itemIdentifier })),
});
