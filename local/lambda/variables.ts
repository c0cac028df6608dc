import { randomUUID } from 'node:crypto';
import { region } from '../messaging/account.ts';
import type { LambdaDefinition } from './function.ts';

/** The environment variables of one execution environment: the function's own and AWS's, nothing of ours. */
export function variables(definition: LambdaDefinition): Record<string, string> {
  const { name, handler, codeDir, memoryMb } = definition;
  const [day = ''] = new Date().toISOString().replaceAll('-', '/').split('T');
  return {
    ...definition.environment,
    _HANDLER: handler,
    // From this the local stage knows who calls it, and so in which role.
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomUUID().replaceAll('-', '')}`,
    LAMBDA_TASK_ROOT: codeDir,
    // For a thread this is decoration: the time zone belongs to the process.
    TZ: ':UTC',
    // A worker would read Node's options from here, and refuse those that only a process can have.
    NODE_OPTIONS: '',
  };
}
