import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLE_OPTIONS } from '../lib/bundle.ts';
import type { BundleContents } from './contents.ts';

/** A handler that does nothing, and imports nothing. */
export const EMPTY = 'empty handler';

/** What the packages of clients call their clients. */
const CLIENTS: Readonly<Record<string, string>> = {
  '@aws-sdk/client-cloudformation': 'CloudFormationClient',
  '@aws-sdk/client-cloudwatch': 'CloudWatchClient',
  '@aws-sdk/client-dynamodb': 'DynamoDBClient',
  '@aws-sdk/client-iot-data-plane': 'IoTDataPlaneClient',
  '@aws-sdk/client-secrets-manager': 'SecretsManagerClient',
  '@aws-sdk/client-sfn': 'SFNClient',
  '@aws-sdk/client-sns': 'SNSClient',
  '@aws-sdk/client-sqs': 'SQSClient',
};

/** A baseline's name: the services whose clients it makes; or `EMPTY` for a function without any. */
export function baselineOf({ packages }: BundleContents): string {
  const clients = packages.filter((name) => name.startsWith('@aws-sdk/client-'));
  return clients.length === 0
    ? EMPTY
    : clients.map((name) => name.replace('@aws-sdk/client-', '')).join(' + ');
}

/**
 * Bundles handlers that do nothing and only make the clients of services, as functions are bundled.
 * @param names as `baselineOf` gives them
 * @returns the files, by name
 * @throws Error if the class of a client is not known here
 */
export function buildBaselines(names: Iterable<string>, folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of new Set([EMPTY, ...names])) {
    const outfile = join(folder, `${name.replaceAll(/\W+/g, '-')}.mjs`);
    buildSync({
      stdin: { contents: sourceOf(name), resolveDir: import.meta.dirname },
      outfile,
      ...BUNDLE_OPTIONS,
    });
    files.set(name, outfile);
  }
  return files;
}

function sourceOf(name: string): string {
  if (name === EMPTY) return 'export const handler = async () => ({});';
  const packages = name.split(' + ').map((service) => `@aws-sdk/client-${service}`);
  const classes = packages.map((name) => {
    const client = CLIENTS[name];
    if (client === undefined) throw new Error(`Add the class of the client of ${name} to bench/baselines.ts`);
    return client;
  });
  return [
    ...packages.map((name, index) => `import { ${classes[index]} } from '${name}';`),
    `const clients = [${classes.map((client) => `new ${client}()`).join(', ')}];`,
    'export const handler = async () => clients.length;',
  ].join('\n');
}
