import type { buildApp } from 'fauxqs';
import type { JsonObject } from '../aws.ts';
import { type CreateMessage, replaceMessages } from './message.ts';

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SnsStore = Stores['snsStore'];
export type SqsQueue = NonNullable<ReturnType<SqsStore['getQueueByArn']>>;
type SnsTopic = NonNullable<ReturnType<SnsStore['getTopic']>>;
export type SqsMessage = SqsQueue['messages'][number];
/** A message that somebody has received and not deleted yet. */
export type InFlight = SqsQueue['inflightMessages'] extends Map<string, infer Entry> ? Entry : never;
export type ReceivedMessage = ReturnType<SqsQueue['dequeue']>[number];
export type MessageAttributes = SqsMessage['messageAttributes'];
type MessageSpy = NonNullable<SnsStore['spy']>;

interface FanOut {
  topicArn: string;
  topic: SnsTopic;
  messageId: string;
  message: string;
  messageAttributes: MessageAttributes;
  subject: string | undefined;
  snsStore: SnsStore;
  sqsStore: SqsStore;
}

/** The parts of fauxqs that the package does not export. */
export interface FauxqsInternals {
  SqsStore: (new () => SqsStore) & { createMessage: CreateMessage };
  SnsStore: new () => SnsStore;
  S3Store: new () => Stores['s3Store'];
  MessageSpy: new () => MessageSpy;
  SnsError: new (code: string, message: string, statusCode: number) => Error;
  createQueue(
    input: { QueueName: string; Attributes: Record<string, string> },
    store: SqsStore,
    request: { headers: { host: string } },
  ): { QueueUrl: string };
  sendMessage(input: JsonObject, store: SqsStore): JsonObject;
  sendMessageBatch(input: JsonObject, store: SqsStore): JsonObject;
  fanOutToSubscriptions(message: FanOut): void;
  /** @throws Error with `code` if the policy is longer or has more combinations than SNS allows */
  validateFilterPolicyLimits(policy: string): void;
  /** Hexadecimal; empty if there are none. */
  md5OfMessageAttributes(attributes: MessageAttributes): string;
  /** Matches a character that a message must not have. */
  INVALID_MESSAGE_BODY_CHAR: RegExp;
}

const FILES: Record<keyof FauxqsInternals, string> = {
  SqsStore: 'sqs/sqsStore.js',
  SnsStore: 'sns/snsStore.js',
  S3Store: 's3/s3Store.js',
  MessageSpy: 'spy.js',
  SnsError: 'common/errors.js',
  createQueue: 'sqs/actions/createQueue.js',
  sendMessage: 'sqs/actions/sendMessage.js',
  sendMessageBatch: 'sqs/actions/sendMessageBatch.js',
  fanOutToSubscriptions: 'sns/actions/publish.js',
  validateFilterPolicyLimits: 'sns/filter.js',
  md5OfMessageAttributes: 'common/md5.js',
  INVALID_MESSAGE_BODY_CHAR: 'sqs/sqsTypes.js',
};

/** fauxqs's own pattern lacks the flag `u`, and so refuses what is beyond U+FFFF, emoji for example. */
const FORBIDDEN_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/**
 * Loads them from fauxqs's files, beside its main module. The public `startFauxqs` listens on all interfaces
 * and hides its stores; `buildApp` takes stores, but their classes are not exported.
 * @throws Error that names the missing part, if another version of fauxqs has moved it
 */
export async function loadFauxqs(): Promise<FauxqsInternals> {
  const found: Record<string, unknown> = {};
  for (const [name, file] of Object.entries(FILES)) found[name] = await load(name, file);
  const internals = found as unknown as FauxqsInternals;
  internals.INVALID_MESSAGE_BODY_CHAR.test = (text) => FORBIDDEN_CHARACTER.test(text);
  replaceMessages(internals);
  return internals;
}

async function load(name: string, file: string): Promise<unknown> {
  const explanation = `fauxqs has no ${name} in dist/${file}: local/messaging/fauxqs.ts was written for 2.4.1`;
  let module: Record<string, unknown>;
  try {
    module = await import(new URL(file, import.meta.resolve('fauxqs')).href);
  } catch (cause) {
    throw new Error(explanation, { cause });
  }
  if (module[name] === undefined) throw new Error(explanation);
  return module[name];
}
