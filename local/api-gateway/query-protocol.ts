import { type AwsCall, AwsError, type JsonObject } from '../aws.ts';
import { type RestApiDefinition, refuse } from './definition.ts';
import { jsonAnswer } from './json-protocol.ts';
import { FORM, type Target } from './service-target.ts';
import type { Invoke } from './services.ts';
import { TemplateError } from './template-error.ts';

type QueryService = 'sns' | 'sqs';

/** Actions and their plain parameters; `MessageAttributes` are lists and come extra. */
const ACTIONS: Readonly<Record<QueryService, Readonly<Record<string, readonly string[]>>>> = {
  sns: {
    Publish: [
      'Message',
      'MessageDeduplicationId',
      'MessageGroupId',
      'MessageStructure',
      'Subject',
      'TargetArn',
      'TopicArn',
    ],
  },
  sqs: {
    SendMessage: ['DelaySeconds', 'MessageBody', 'MessageDeduplicationId', 'MessageGroupId', 'QueueUrl'],
  },
};

/** `MessageAttributes.entry.1.Name` (SNS), `MessageAttribute.1.Name` and `MessageAttributes.1.Name` (SQS). */
const ATTRIBUTE: Readonly<Record<QueryService, RegExp>> = {
  sns: /^MessageAttributes\.entry\.(\d+)\.(Name|Value\.DataType|Value\.StringValue)$/,
  sqs: /^MessageAttributes?\.(\d+)\.(Name|Value\.DataType|Value\.StringValue)$/,
};

/** SQS and SNS in the AWS Query protocol; API Gateway asks them for JSON, so the answer is no XML. */
export function querySender(
  label: string,
  target: Target,
  service: QueryService,
  role: string,
  { accountId }: RestApiDefinition,
  awsCall: AwsCall,
): Invoke {
  const { region, kind, rest, headers, query } = target;
  if (headers.get('content-type') !== FORM && query.length === 0) {
    return refuse(label, 'Integration.RequestParameters', `${service} needs Content-Type '${FORM}'`);
  }
  const queue = /^(\d+)\/([\w.-]+)$/.exec(rest);
  if (service === 'sqs' && kind === 'path' && queue === null) {
    return refuse(label, 'Integration.Uri', `path/${rest}: path/{account}/{queue name} is needed`);
  }
  const [, account = accountId, name] = queue ?? [];
  const queueUrl = name && `https://sqs.${region}.amazonaws.com/${account}/${name}`;
  return async (body, call) => {
    const form = new URLSearchParams(body);
    if (kind === 'action') form.set('Action', rest);
    for (const [parameter, source] of query) {
      const value = source(call);
      if (value !== undefined) form.set(parameter, value);
    }
    const { action, input } = queryRequest(service, form, queueUrl);
    const metadata = { RequestId: call.request.id };
    try {
      const result = await awsCall({ service, action, input, role });
      const response = { [`${action}Result`]: result, ResponseMetadata: metadata };
      return jsonAnswer(200, { [`${action}Response`]: response });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const details = { Code: error.name, Message: error.message, Type: 'Sender' };
      return jsonAnswer(error.statusCode, { Error: details, ...metadata });
    }
  };
}

/**
 * A form of the AWS Query protocol as the action's parameters.
 * @throws TemplateError naming the action or the parameter that is not supported
 */
function queryRequest(
  service: QueryService,
  form: URLSearchParams,
  queueUrl: string | undefined,
): { action: string; input: JsonObject } {
  const action = form.get('Action') ?? '';
  const names = Object.hasOwn(ACTIONS[service], action) ? ACTIONS[service][action] : undefined;
  if (names === undefined) throw new TemplateError(`the ${service} action "${action}" is not supported`);
  const input: JsonObject = {};
  const attributes = new Map<string, Map<string, string>>();
  for (const [name, value] of form) {
    const [, number, field] = ATTRIBUTE[service].exec(name) ?? [];
    if (number !== undefined && field !== undefined) {
      const attribute = attributes.get(number) ?? new Map<string, string>();
      attributes.set(number, attribute.set(field, value));
    } else if (names.includes(name)) input[name] = name === 'DelaySeconds' ? Number(value) : value;
    else if (name !== 'Action' && name !== 'Version') {
      throw new TemplateError(`the ${service} parameter "${name}" is not supported`);
    }
  }
  if (queueUrl !== undefined) input.QueueUrl = queueUrl;
  if (attributes.size > 0) input.MessageAttributes = messageAttributes(attributes.values());
  return { action, input };
}

function messageAttributes(attributes: Iterable<ReadonlyMap<string, string>>): JsonObject {
  const named = Array.from(attributes, (attribute) => [
    attribute.get('Name') ?? '',
    {
      DataType: attribute.get('Value.DataType') ?? '',
      StringValue: attribute.get('Value.StringValue') ?? '',
    },
  ]);
  return Object.fromEntries(named) as JsonObject;
}
