import * as z from 'zod';
import type { AwsCall, JsonObject } from '../aws.ts';

/** A rule of AWS IoT Core: what is published where, and the queue that gets it. */
export interface TopicRule {
  readonly topicFilter: string;
  readonly queueUrl: string;
  /** ARN of the role that it acts in. */
  readonly role: string;
}

const ToQueue = z.strictObject({
  Sqs: z.strictObject({ QueueUrl: z.string(), RoleArn: z.string(), UseBase64: z.literal(false) }),
});

const Properties = z.object({
  TopicRulePayload: z.strictObject({
    Description: z.string().optional(),
    AwsIotSqlVersion: z.literal('2016-03-23'),
    Sql: z.string(),
    Actions: z.tuple([ToQueue]),
    ErrorAction: ToQueue,
  }),
});

/** The one statement that our templates have: the message as a `BrokerDelivery`. */
const DELIVERIES =
  /^SELECT topic\(\) AS topic, encode\(\*, 'base64'\) AS payload, lower\('base64'\) AS encoding FROM '([^']+)'$/;

/**
 * @param properties of an `AWS::IoT::TopicRule`, resolved
 * @throws Error for what the local stage does not know
 */
export function readTopicRule(properties: JsonObject): TopicRule {
  const { Sql, Actions } = Properties.parse(properties).TopicRulePayload;
  const topicFilter = DELIVERIES.exec(Sql)?.[1];
  if (topicFilter === undefined) throw new Error(`the local stage does not know the statement ${Sql}`);
  const [{ Sqs }] = Actions;
  return { topicFilter, queueUrl: Sqs.QueueUrl, role: Sqs.RoleArn };
}

/**
 * Does with a message what the rules for its topic say; where none is for it, nothing.
 * @throws AwsError if a queue does not take it; IoT Core would call the error action then
 */
export async function applyTopicRules(
  rules: readonly TopicRule[],
  awsCall: AwsCall,
  topic: string,
  payload: Buffer,
): Promise<void> {
  for (const { topicFilter, queueUrl, role } of rules) {
    if (!matches(topicFilter, topic)) continue;
    const MessageBody = JSON.stringify({ topic, payload: payload.toString('base64'), encoding: 'base64' });
    await awsCall({
      service: 'sqs',
      action: 'SendMessage',
      input: { QueueUrl: queueUrl, MessageBody },
      role,
    });
  }
}

/** MQTT's wildcards: `+` stands for one level, `#` for all further ones. */
function matches(filter: string, topic: string): boolean {
  const wanted = filter.split('/');
  const levels = topic.split('/');
  const all = wanted.at(-1) === '#';
  if (all) wanted.pop();
  if (all ? levels.length < wanted.length : levels.length !== wanted.length) return false;
  return wanted.every((part, index) => part === '+' || part === levels[index]);
}
