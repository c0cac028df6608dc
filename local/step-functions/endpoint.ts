import type { AwsCall } from '../aws.ts';
import { type Endpoint, type EndpointOptions, startEndpoint } from '../endpoint.ts';
import type { Faults } from '../faults/faults.ts';
import { callThrough } from '../faults/service-faults.ts';
import type { StepFunctionsApi } from './actions.ts';

interface StepFunctionsEndpoint {
  /** For functions, which may do what their role allows. */
  readonly awsCall: AwsCall;
  /** For tools, which may do everything. */
  readonly api: StepFunctionsApi;
  readonly faults: Faults;
}

/** Step Functions' HTTP API. */
export const startStepFunctionsEndpoint = (
  { awsCall, api, faults }: StepFunctionsEndpoint,
  roleOf: EndpointOptions['roleOf'],
): Promise<Endpoint> =>
  startEndpoint({
    service: 'states',
    version: '1.0',
    roleOf,
    call: ({ action, input, role }) => {
      const request = { service: 'states', action, input } as const;
      return role === ''
        ? callThrough(faults, request, () => api(action, input))
        : awsCall({ ...request, role });
    },
  });
