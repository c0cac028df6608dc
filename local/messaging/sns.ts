import { randomUUID } from 'node:crypto';
import { AwsError, type JsonObject } from '../aws.ts';
import type { FauxqsInternals, MessageAttributes, SnsStore, SqsStore } from './fauxqs.ts';
import { checkFiltered, type FilteredTypes, readFilterPolicy } from './filter-policy.ts';
import {
  checkAttributeCount,
  MESSAGE_LIMIT,
  messageAttributes,
  refuseUnknown,
  text,
} from './message-check.ts';

/** Is told of each message that a topic has accepted, before its subscribers get it. */
export type PublishListener = (topicArn: string, message: string, attributes: MessageAttributes) => void;

export interface Sns {
  /** @throws AwsError, or fauxqs's own error with `code` and `statusCode` */
  subscribe(topicArn: string, queueArn: string, attributes: Record<string, string>): void;
  /** Publish or PublishBatch in process. @throws AwsError */
  call(action: string, input: JsonObject): JsonObject;
  onPublish(listener: PublishListener): void;
}

const SUBSCRIPTION_ATTRIBUTES = ['RawMessageDelivery', 'FilterPolicy', 'FilterPolicyScope', 'RedrivePolicy'];

const MESSAGE_PARAMETERS = ['Message', 'MessageAttributes', 'Subject'];

const BATCH_LIMIT = 10;

/** What SNS checks and fauxqs does not, by topic. */
interface TopicChecks {
  raw: boolean;
  readonly filters: FilteredTypes[];
}

/** Topics on fauxqs's stores: publishing in process, and checks for this and for its HTTP interface. */
export function createSns(fauxqs: FauxqsInternals, topics: SnsStore, queues: SqsStore): Sns {
  const listeners: PublishListener[] = [];
  const checks = new Map<string, TopicChecks>();

  const accept: PublishListener = (topicArn, message, attributes) => {
    const topic = checks.get(topicArn);
    if (topic?.raw) checkAttributeCount(attributes);
    for (const filter of topic?.filters ?? []) checkFiltered(filter, attributes);
    for (const listener of listeners) listener(topicArn, message, attributes);
  };

  const publish = (topicArn: string, input: JsonObject): JsonObject => {
    const topic = topics.getTopic(topicArn);
    if (topic === undefined) throw new AwsError('NotFound', `Topic does not exist: ${topicArn}`, 404);
    const message = text('Message', input.Message);
    if (fauxqs.INVALID_MESSAGE_BODY_CHAR.test(message)) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Message has characters that SQS refuses');
    }
    const attributes = messageAttributes(input.MessageAttributes);
    if (sizeOf(message, attributes) > MESSAGE_LIMIT) {
      throw new AwsError('InvalidParameter', 'Invalid parameter: Message too long');
    }
    accept(topicArn, message, attributes);
    const messageId = randomUUID();
    fauxqs.fanOutToSubscriptions({
      topicArn,
      topic,
      messageId,
      message,
      messageAttributes: attributes,
      subject: input.Subject === undefined ? undefined : text('Subject', input.Subject),
      snsStore: topics,
      sqsStore: queues,
    });
    return { MessageId: messageId };
  };

  // fauxqs tells its spy of a message that came over HTTP after its own checks and before the fan-out.
  const spy = new fauxqs.MessageSpy();
  spy.addMessage = (event) => {
    if (event.service !== 'sns') return;
    try {
      accept(event.topicArn, event.body, messageAttributes(event.messageAttributes as unknown as JsonObject));
    } catch (error) {
      throw error instanceof AwsError
        ? new fauxqs.SnsError(error.name, error.message, error.statusCode)
        : error;
    }
  };
  topics.spy = spy;

  return {
    subscribe(topicArn, queueArn, attributes) {
      if (topics.getTopic(topicArn) === undefined) {
        throw new AwsError('NotFound', `Topic does not exist: ${topicArn}`, 404);
      }
      refuseUnknown('Subscribe', attributes, SUBSCRIPTION_ATTRIBUTES);
      checkTargets(queues, queueArn, attributes.RedrivePolicy);
      const filter = readFilter(fauxqs, attributes);
      topics.subscribe(topicArn, 'sqs', queueArn, attributes);
      const topic = checks.get(topicArn) ?? { raw: false, filters: [] };
      if (attributes.RawMessageDelivery === 'true') topic.raw = true;
      if (filter !== undefined) topic.filters.push(filter);
      checks.set(topicArn, topic);
    },

    call(action, input) {
      if (action === 'Publish') {
        refuseUnknown(action, input, ['TopicArn', ...MESSAGE_PARAMETERS]);
        return publish(text('TopicArn', input.TopicArn), input);
      }
      refuseUnknown(action, input, ['TopicArn', 'PublishBatchRequestEntries']);
      return publishBatch(publish, text('TopicArn', input.TopicArn), input.PublishBatchRequestEntries);
    },

    onPublish(listener) {
      listeners.push(listener);
    },
  };
}

function publishBatch(
  publish: (topicArn: string, input: JsonObject) => JsonObject,
  topicArn: string,
  entries: JsonObject[string] | undefined,
): JsonObject {
  if (!Array.isArray(entries) || entries.length === 0) {
    throw new AwsError('EmptyBatchRequest', "The batch request doesn't contain any entries.");
  }
  if (entries.length > BATCH_LIMIT) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      'The batch request contains more entries than permissible.',
    );
  }
  const successful: JsonObject[] = [];
  const failed: JsonObject[] = [];
  for (const entry of entries as JsonObject[]) {
    const id = text('Id', entry.Id);
    try {
      refuseUnknown('PublishBatch', entry, ['Id', ...MESSAGE_PARAMETERS]);
      successful.push({ Id: id, ...publish(topicArn, entry) });
    } catch (error) {
      if (!(error instanceof AwsError) || error.name === 'NotFound') throw error;
      failed.push({ Id: id, Code: error.name, Message: error.message, SenderFault: true });
    }
  }
  return { Successful: successful, Failed: failed };
}

/** A delivery to an embedded queue cannot fail: the subscription's dead-letter queue must exist, and stays empty. */
function checkTargets(queues: SqsStore, queueArn: string, redrivePolicy: string | undefined): void {
  const deadLetterQueueArn: string | undefined =
    redrivePolicy === undefined ? undefined : JSON.parse(redrivePolicy).deadLetterTargetArn;
  for (const arn of [queueArn, deadLetterQueueArn]) {
    if (arn !== undefined && queues.getQueueByArn(arn) === undefined) {
      throw new AwsError('InvalidParameter', `Invalid parameter: there is no queue ${arn}`);
    }
  }
}

function readFilter(fauxqs: FauxqsInternals, attributes: Record<string, string>): FilteredTypes | undefined {
  const { FilterPolicy, FilterPolicyScope } = attributes;
  if (FilterPolicyScope !== undefined && FilterPolicyScope !== 'MessageAttributes') {
    // fauxqs does not see lists in bodies, and so loses or delivers messages that SNS would not.
    throw new AwsError(
      'InvalidParameter',
      `The local stage does not know FilterPolicyScope ${FilterPolicyScope}`,
    );
  }
  if (FilterPolicy === undefined) return undefined;
  const types = readFilterPolicy(FilterPolicy);
  fauxqs.validateFilterPolicyLimits(FilterPolicy);
  return types;
}

function sizeOf(message: string, attributes: MessageAttributes): number {
  let size = Buffer.byteLength(message);
  for (const [name, { DataType, StringValue = '', BinaryValue = '' }] of Object.entries(attributes)) {
    for (const part of [name, DataType, StringValue, BinaryValue]) size += Buffer.byteLength(part);
  }
  return size;
}
