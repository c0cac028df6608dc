import type { AwsCall } from '../aws.ts';
import type { IntegrationAnswer } from './answer.ts';
import type { Call } from './context.ts';
import { type IntegrationProperties, type RestApiDefinition, refuse } from './definition.ts';
import { jsonCaller } from './json-protocol.ts';
import { lambdaFunction } from './lambda-integration.ts';
import { querySender } from './query-protocol.ts';
import { FORM, parseTarget } from './service-target.ts';

/**
 * Calls the integration's service with a rendered request template.
 * @throws whatever `awsCall` throws but `AwsError`s, which are answers
 */
export type Invoke = (body: string, call: Call) => Promise<IntegrationAnswer>;

/**
 * Chooses how the service of an AWS integration is spoken to.
 * @param declared the method's own `RequestParameters`
 * @throws Error naming the method and the field
 */
export function compileService(
  label: string,
  integration: IntegrationProperties,
  declared: ReadonlySet<string>,
  api: RestApiDefinition,
  awsCall: AwsCall,
): Invoke {
  const target = parseTarget(label, integration, declared);
  const { region, service, rest, headers } = target;
  if (region !== api.region) return refuse(label, 'Integration.Uri', `there is no region ${region} here`);
  if (integration.IntegrationHttpMethod !== 'POST') {
    return refuse(label, 'Integration.IntegrationHttpMethod', 'AWS actions are called with POST');
  }
  if (service === 'lambda') return lambdaFunction(label, rest, headers, integration.Credentials, awsCall);
  const role = integration.Credentials ?? '';
  if (!/^arn:[\w-]+:iam::\d+:role\/.+/.test(role)) {
    return refuse(label, 'Integration.Credentials', 'the ARN of a role is needed');
  }
  if (service === 'sns' || (service === 'sqs' && headers.get('content-type') === FORM)) {
    return querySender(label, target, service, role, api, awsCall);
  }
  return jsonCaller(label, target, role, awsCall);
}
