import type { AwsCall } from '../aws.ts';
import { type Endpoint, type EndpointOptions, startEndpoint, unsupported } from '../endpoint.ts';

/** Step Functions' HTTP API, as far as functions use it: StartSyncExecution. */
export const startStepFunctionsEndpoint = (
  awsCall: AwsCall,
  roleOf: EndpointOptions['roleOf'],
): Promise<Endpoint> =>
  startEndpoint({
    service: 'states',
    version: '1.0',
    roleOf,
    call: async ({ action, input, role }) => {
      if (action !== 'StartSyncExecution') throw unsupported(action);
      return awsCall({ service: 'states', action, input, role });
    },
  });
