import type { AddressInfo } from 'node:net';
import { buildApp } from 'fauxqs';
import { AwsError, type JsonObject } from '../aws.ts';
import { Faults } from '../faults/faults.ts';
import { answerLoopback, type ConnectLoopback } from '../loopback.ts';
import { type OnMessagingCall, watchCalls } from '../metering/messaging-calls.ts';
import { type ConsumeOptions, type Consumer, type HandleBatch, startConsumer } from './consumer.ts';
import { disturbRequests } from './disturb-requests.ts';
import { loadFauxqs, type SqsQueue } from './fauxqs.ts';
import { errorBody, messagingLoopback } from './loopback.ts';
import { MESSAGE_LIMIT } from './message-check.ts';
import type { MessageStore } from './message-store.ts';
import { type AdaptedQueue, adaptQueue, type Depth } from './queue.ts';
import { createSns, type PublishListener } from './sns.ts';
import { prepareSend, send } from './sqs.ts';
import { type SqsRecord, toRecord } from './sqs-record.ts';

export { accountId, region } from './account.ts';
export type { Consumer, HandleBatch } from './consumer.ts';
export type { SqsRecord } from './sqs-record.ts';

/** SNS topics and standard SQS queues. */
export interface MessagingEngine {
  /** `http://127.0.0.1:<port>`, for the SDK. */
  readonly endpoint: string;
  /** The same for functions, without the network. */
  readonly loopback: ConnectLoopback;
  /**
   * @param attributes as in the SQS API: RedrivePolicy as JSON text, VisibilityTimeout in seconds …
   * @throws AwsError for a FIFO queue, unknown or invalid attributes, or a dead-letter queue that does not exist
   */
  createQueue(name: string, attributes: Record<string, string>): { arn: string; url: string };
  /** @throws AwsError for a FIFO topic */
  createTopic(name: string): { arn: string };
  /**
   * @param attributes RawMessageDelivery, FilterPolicy (on message attributes only), FilterPolicyScope, RedrivePolicy
   * @throws AwsError for anything else, and if the topic or a queue does not exist
   */
  subscribe(topicArn: string, queueArn: string, attributes: Record<string, string>): void;
  /** Publish, PublishBatch, SendMessage or SendMessageBatch, in process. @throws AwsError */
  call(action: string, service: 'sns' | 'sqs', input: JsonObject): JsonObject;
  /** The one consumer of a queue. @throws Error if it has one already */
  consume(queueArn: string, options: ConsumeOptions, handle: HandleBatch): Consumer;
  /** Numbers of messages. */
  depth(queueArn: string): Depth;
  /** All messages of a queue, without receiving them. */
  peek(queueArn: string): SqsRecord[];
  /** The listener is told of each message that a topic accepts, in process or over HTTP. */
  onPublish(listener: PublishListener): void;
  /** Does not wait for batches under way. */
  close(): Promise<void>;
}

const QUEUE_ATTRIBUTES = [
  'DelaySeconds',
  'KmsDataKeyReusePeriodSeconds',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'MessageRetentionPeriod',
  'Policy',
  'ReceiveMessageWaitTimeSeconds',
  'RedriveAllowPolicy',
  'RedrivePolicy',
  'SqsManagedSseEnabled',
  'VisibilityTimeout',
];

const ACTIONS = {
  sns: ['Publish', 'PublishBatch'],
  sqs: ['SendMessage', 'SendMessageBatch'],
};

const SQS_TARGET = 'AmazonSQS.';

export async function createMessagingEngine(options: {
  region: string;
  faults?: Faults;
  /** Keeps messages when the process ends; without, they end with it. */
  store?: MessageStore;
  /** Is told of each call of SNS and SQS by an SDK that was done. */
  onCall?: OnMessagingCall;
}): Promise<MessagingEngine> {
  const { region, faults = new Faults(), store, onCall = () => undefined } = options;
  const fauxqs = await loadFauxqs();
  const topics = new fauxqs.SnsStore();
  const queues = new fauxqs.SqsStore();
  // No host name: queue URLs then name the address, which resolves on any machine.
  queues.host = '';
  const adapted = new Map<string, AdaptedQueue>();
  const consumers = new Map<string, Consumer>();

  const createQueue = queues.createQueue.bind(queues);
  queues.createQueue = (...args) => {
    const queue = createQueue(...args);
    adapted.set(queue.arn, adaptQueue(queue, faults, store));
    return queue;
  };
  const deadLetterQueueOf = (arn: string): SqsQueue | undefined => queues.getQueueByArn(arn);
  const sns = createSns(fauxqs, topics, queues);

  const app = buildApp({
    logger: false,
    defaultRegion: region,
    stores: { snsStore: topics, sqsStore: queues, s3Store: new fauxqs.S3Store() },
  });
  app.addHook('preHandler', (request, reply, done) => {
    const target = request.headers['x-amz-target'];
    const action = typeof target === 'string' ? target.replace(SQS_TARGET, '') : '';
    try {
      if (ACTIONS.sqs.includes(action)) request.body = prepareSend(action, request.body as JsonObject);
      done();
    } catch (error) {
      if (!(error instanceof AwsError)) {
        done(error as Error);
        return;
      }
      reply.status(error.statusCode).header('content-type', 'application/x-amz-json-1.0');
      reply.send(errorBody(error));
    }
  });
  watchCalls(app, onCall);
  disturbRequests(app, faults);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const host = `127.0.0.1:${(app.server.address() as AddressInfo).port}`;

  const queueOf = (arn: string): AdaptedQueue => {
    const queue = adapted.get(arn);
    if (queue === undefined) throw new AwsError('QueueDoesNotExist', `The queue does not exist: ${arn}`);
    return queue;
  };

  const call: MessagingEngine['call'] = (action, service, input) => {
    if (!ACTIONS[service].includes(action)) {
      throw new AwsError('InvalidAction', `The local stage does not know ${service}'s action ${action}`);
    }
    const run = () => (service === 'sns' ? sns.call(action, input) : send(action, input, queues, fauxqs));
    // All copies of a published message, or none: what is killed on the way has not answered.
    return translateErrors(() => (store === undefined ? run() : store.together(run)));
  };
  const answer = messagingLoopback(app, faults, (action, input) => call(action, 'sqs', input), onCall);

  return {
    endpoint: `http://${host}`,
    loopback: (port) => answerLoopback(port, answer),
    call,

    createQueue(name, attributes) {
      refuseFifo(name, attributes.FifoQueue);
      const unknown = Object.keys(attributes).find((attribute) => !QUEUE_ATTRIBUTES.includes(attribute));
      if (unknown !== undefined) throw new AwsError('InvalidAttributeName', `Unknown Attribute ${unknown}.`);
      checkRedrivePolicy(attributes.RedrivePolicy, deadLetterQueueOf);
      return translateErrors(() => {
        const input = {
          QueueName: name,
          Attributes: { MaximumMessageSize: String(MESSAGE_LIMIT), ...attributes },
        };
        const { QueueUrl } = fauxqs.createQueue(input, queues, { headers: { host } });
        return { arn: queues.getQueue(QueueUrl)?.arn ?? '', url: QueueUrl };
      });
    },

    createTopic(name) {
      refuseFifo(name, undefined);
      return { arn: topics.createTopic(name, undefined, undefined, region).arn };
    },

    subscribe(topicArn, queueArn, attributes) {
      translateErrors(() => sns.subscribe(topicArn, queueArn, attributes));
    },

    consume(queueArn, consumeOptions, handle) {
      const queue = queueOf(queueArn);
      if (consumers.has(queueArn)) throw new Error(`The queue has a consumer already: ${queueArn}`);
      const consumer = startConsumer(queue, consumeOptions, handle, deadLetterQueueOf, region);
      consumers.set(queueArn, consumer);
      return {
        stop() {
          consumers.delete(queueArn);
          return consumer.stop();
        },
      };
    },

    depth(queueArn) {
      return queueOf(queueArn).depth();
    },

    peek(queueArn) {
      const { ready, delayed, inflight } = queueOf(queueArn).queue.inspectMessages();
      return [
        ...[...ready, ...delayed].map((message) => toRecord(message, '', queueArn, region)),
        ...inflight.map(({ message, receiptHandle }) => toRecord(message, receiptHandle, queueArn, region)),
      ];
    },

    onPublish: sns.onPublish,

    async close() {
      for (const queue of adapted.values()) queue.close();
      for (const consumer of consumers.values()) void consumer.stop();
      await app.close();
    },
  };
}

function refuseFifo(name: string, attribute: string | undefined): void {
  if (name.endsWith('.fifo') || attribute === 'true') {
    throw new AwsError(
      'InvalidParameterValue',
      `The local stage does not know FIFO queues and topics: ${name}`,
    );
  }
}

function checkRedrivePolicy(
  policy: string | undefined,
  deadLetterQueueOf: (arn: string) => SqsQueue | undefined,
): void {
  if (policy === undefined) return;
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy);
  const count = Number(maxReceiveCount);
  if (!Number.isInteger(count) || count < 1 || count > 1000) {
    throw new AwsError('InvalidParameterValue', `RedrivePolicy has an invalid maxReceiveCount: ${policy}`);
  }
  if (deadLetterQueueOf(deadLetterTargetArn) === undefined) {
    throw new AwsError(
      'InvalidParameterValue',
      `RedrivePolicy: dead letter target does not exist: ${policy}`,
    );
  }
}

/** Turns fauxqs's errors into ours. */
function translateErrors<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Error && 'code' in error && 'statusCode' in error) {
      throw new AwsError(String(error.code), error.message, Number(error.statusCode));
    }
    throw error;
  }
}
