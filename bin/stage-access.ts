import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CONTROL_PATH, StageDescription } from '../local/control/control.ts';
import { AppError, baseUrl, call, DEFAULT_TARGET } from './call.ts';

/** A stage that a tool looks into with AWS's own APIs, wherever it runs. */
export interface StageAccess {
  /** An output of one of its stacks. @throws AppError if there is none of that name */
  output(name: string): string;
  /** Whether there is such an output. */
  has(name: string): boolean;
  /** What names it on the command line, with a space before it; empty for the default. For hints that may be copied. */
  readonly where: string;
  /** Configuration of an SDK client. @param service as in AWS_ENDPOINT_URL_<service>: `SQS` */
  client(service: string): ClientConfig;
}

/** Empty for a deployed stage: the SDK then takes region and credentials from where it always does. */
interface ClientConfig {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Which stage: the local one at a URL, or one that is deployed, by name. */
export interface WhichStage {
  readonly target: string;
  readonly stage?: string;
}

/** @throws AppError in one line, if nothing answers there or nothing of that name is deployed */
export const openStage = ({ target, stage }: WhichStage): Promise<StageAccess> =>
  stage === undefined ? openLocal(target) : openDeployed(stage);

async function openLocal(target: string): Promise<StageAccess> {
  const { outputs, endpoints, region } = await call(
    `${baseUrl(target)}${CONTROL_PATH}`,
    { method: 'GET' },
    StageDescription,
  );
  return {
    output: (name) => outputOf(outputs, name),
    has: (name) => outputs[name] !== undefined,
    where: target === DEFAULT_TARGET ? '' : ` --target ${target}`,
    client: (service) => {
      const endpoint = endpoints[`AWS_ENDPOINT_URL_${service}`];
      if (endpoint === undefined) throw new AppError(`The local stage has no endpoint for ${service}`);
      return { endpoint, region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    },
  };
}

async function openDeployed(stage: string): Promise<StageAccess> {
  const outputs: Record<string, string> = {};
  for await (const { Stacks = [] } of paginateDescribeStacks({ client: new CloudFormationClient() }, {})) {
    for (const { Tags = [], Outputs = [] } of Stacks) {
      // By the tag, not by the name: `dev-alice` is how `dev-alice-2` begins.
      if (!Tags.some(({ Key, Value }) => Key === 'stage' && Value === stage)) continue;
      for (const { OutputKey = '', OutputValue = '' } of Outputs) outputs[OutputKey] ??= OutputValue;
    }
  }
  if (Object.keys(outputs).length === 0) {
    throw new AppError(
      `No stacks of the stage ${stage} in this account and region. Deploy it, or check AWS_REGION`,
    );
  }
  return {
    output: (name) => outputOf(outputs, name),
    has: (name) => outputs[name] !== undefined,
    where: ` --stage ${stage}`,
    client: () => ({}),
  };
}

function outputOf(outputs: Readonly<Record<string, string>>, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new AppError(`The stage has no output ${name}`);
  return value;
}

/** For whatever needs two environments behind a front door. */
export const withoutDoor = (): AppError =>
  new AppError(
    'The stage has one environment and no front door. Locally: npm start -- --environments blue,green; ' +
      'deployed, a dev stage: npm run stage -- up --name dev-<name> --environments blue,green',
  );

/**
 * The secret that lets requests pick their environment.
 * @throws AppError if the stage has no front door
 */
export async function testSecretOf(access: StageAccess): Promise<string> {
  if (!access.has('TestSecretArn')) throw withoutDoor();
  const client = new SecretsManagerClient(access.client('SECRETS_MANAGER'));
  const { SecretString } = await client.send(
    new GetSecretValueCommand({ SecretId: access.output('TestSecretArn') }),
  );
  client.destroy();
  if (SecretString === undefined) throw new AppError('The test secret of the stage is empty');
  return SecretString;
}
