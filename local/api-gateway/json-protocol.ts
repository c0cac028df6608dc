import { type AwsCall, AwsError, type AwsService, type Json, type JsonObject } from '../aws.ts';
import type { IntegrationAnswer } from './answer.ts';
import { refuse } from './definition.ts';
import { AMZ_JSON, FORM, type Target } from './service-target.ts';
import type { Invoke } from './services.ts';

/** The namespace of error names in the `__type` of services that speak JSON. */
const ERROR_NAMESPACES: Readonly<Record<string, string>> = {
  dynamodb: 'com.amazonaws.dynamodb.v20120810',
  sqs: 'com.amazonaws.sqs',
  states: 'com.amazonaws.states',
};

/**
 * Services that speak JSON get the rendered template as the action's parameters.
 * @throws Error naming the method and the field for a service or an action that is not supported
 */
export function jsonCaller(label: string, target: Target, role: string, awsCall: AwsCall): Invoke {
  const action = jsonAction(label, target);
  const { service } = target;
  return async (body) => {
    const input = parseObject(body);
    if (input === undefined) {
      return jsonAnswer(400, { __type: 'com.amazon.coral.service#SerializationException' });
    }
    try {
      return jsonAnswer(200, await awsCall({ service: service as AwsService, action, input, role }));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const __type = `${ERROR_NAMESPACES[service]}#${error.name}`;
      return jsonAnswer(error.statusCode, { __type, message: error.message });
    }
  };
}

/** DynamoDB and Step Functions know an action by its URI alone; SQS has two protocols and needs to be told. */
function jsonAction(label: string, { service, kind, rest, headers, query }: Target): string {
  if (!Object.hasOwn(ERROR_NAMESPACES, service)) {
    return refuse(label, 'Integration.Uri', `the service ${service} is not supported`);
  }
  if (service === 'sqs' && headers.get('content-type') !== AMZ_JSON) {
    const field = 'Integration.RequestParameters.integration.request.header.Content-Type';
    return refuse(label, field, `SQS needs '${FORM}' or '${AMZ_JSON}'`);
  }
  if (query.length > 0) {
    return refuse(label, 'Integration.RequestParameters', `query strings to ${service} are not supported`);
  }
  if (kind === 'action' && /^[A-Z]\w+$/.test(rest)) return rest;
  const action = /^AmazonSQS\.([A-Z]\w+)$/.exec(headers.get('x-amz-target') ?? '')?.[1];
  if (service === 'sqs' && action !== undefined) return action;
  return refuse(label, 'Integration.Uri', `${kind}/${rest} of ${service} is not supported`);
}

export function jsonAnswer(status: number, document: JsonObject): IntegrationAnswer {
  return {
    status,
    get body() {
      return JSON.stringify(document);
    },
    document,
    headers: { 'content-type': AMZ_JSON },
    selection: String(status),
  };
}

function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
