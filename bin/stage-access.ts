import { CloudFormationClient, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { CONTROL_PATH, StageDescription } from '../local/control/control.ts';
import { AppError, baseUrl, call } from './call.ts';

/** A stage that a tool looks into with AWS's own APIs, wherever it runs. */
export interface StageAccess {
  /** An output of one of its stacks. @throws AppError if there is none of that name */
  output(name: string): string;
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
  return { output: (name) => outputOf(outputs, name), client: () => ({}) };
}

function outputOf(outputs: Readonly<Record<string, string>>, name: string): string {
  const value = outputs[name];
  if (value === undefined) throw new AppError(`The stage has no output ${name}`);
  return value;
}
