import { AwsError, type JsonObject } from '../aws.ts';
import type { ExpressWorkflows } from './executions.ts';
import type { StandardWorkflows } from './standard-workflows.ts';

/** Step Functions' API, whoever calls it. @throws AwsError as Step Functions would answer it */
export type StepFunctionsApi = (action: string, input: JsonObject) => Promise<JsonObject>;

/** The actions that the local stage knows, on workflows of both types. */
export function stepFunctionsApi(express: ExpressWorkflows, standard: StandardWorkflows): StepFunctionsApi {
  return async (action, input) => {
    const isStandard = standard.has(String(input.stateMachineArn));
    switch (action) {
      case 'StartSyncExecution':
        if (isStandard) throw wrongType('This operation is not supported by this type of state machine');
        return express.startSync(input);
      case 'StartExecution':
        if (!isStandard && express.has(String(input.stateMachineArn))) {
          throw wrongType('Express workflows start only with StartSyncExecution on the local stage');
        }
        return standard.start(input);
      case 'DescribeExecution':
        return standard.describe(input);
      case 'StopExecution':
        return standard.stop(input);
    }
    throw new AwsError('UnknownOperationException', `states:${action} is not supported on the local stage`);
  };
}

const wrongType = (message: string): AwsError => new AwsError('StateMachineTypeNotSupported', message);
