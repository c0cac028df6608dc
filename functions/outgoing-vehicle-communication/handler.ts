import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '../environment.ts';
import { RemoteServiceEvent } from '../event/event.ts';
import { eventPublisher } from '../event/publisher.ts';
import { peerPosts } from '../http/peer-post.ts';
import { postWithRetry, REQUEST_TIMEOUT_MS } from '../http/post-with-retry.ts';
import { commandState } from '../persistence/command-state.ts';
import { handleBodies } from '../sqs-batch.ts';
import { lastDelivery } from './broker-message.ts';
import { pauseSeconds, secondsForAnother } from './pause.ts';
import { type Dependencies, send } from './send.ts';

const environment = readEnvironment({
  AWS_REGION: z.string(),
  /** Of the broker API, up to its version: below it are `/publish` and `/wake-up`. */
  BROKER_URL: z.url(),
  /** In a stage without simulator only. */
  BROKER_SECRET_ARN: z.string().optional(),
  EVENTS_TABLE: z.string(),
  EVENTS_TOPIC_ARN: z.string(),
  OUTGOING_QUEUE_URL: z.url(),
});
const sqs = new SQSClient();
const postTo = peerPosts({ secretArn: environment.BROKER_SECRET_ARN, region: environment.AWS_REGION });
const publish = postTo(`${environment.BROKER_URL}/publish`);
const wakeUp = postTo(`${environment.BROKER_URL}/wake-up`);

/** EMQX's status for a message that nobody subscribes to; it does not keep the message. */
const NO_MATCHING_SUBSCRIBERS = 202;

const dependencies: Dependencies = {
  publishToBroker: async (messageAt, deadline) => {
    const status = await postWithRetry(publish, messageAt, deadline);
    return status === NO_MATCHING_SUBSCRIBERS ? 'NOBODY_LISTENS' : 'TAKEN';
  },
  // Not tried again at once: the message comes back anyway, and calls again.
  wakeUp: async (call) => {
    await wakeUp(call, REQUEST_TIMEOUT_MS);
  },
  publishEvent: eventPublisher(new SNSClient(), environment.EVENTS_TOPIC_ARN),
  getState: commandState(new DynamoDBClient(), environment.EVENTS_TABLE),
  now: Date.now,
};

export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleBodies(Records, RemoteServiceEvent, async (event, record) => {
    try {
      await send(event, Number(record.attributes.ApproximateFirstReceiveTimestamp), dependencies);
    } catch (error) {
      await comeBackSoon(event, record);
      throw error;
    }
  });

/** A command lives for seconds, the queue's visibility time-out is longer. So the message is made visible again. */
async function comeBackSoon(
  event: RemoteServiceEvent,
  { attributes, receiptHandle }: SQSRecord,
): Promise<void> {
  const secondsLeft = secondsForAnother(lastDelivery(event), Date.now());
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: environment.OUTGOING_QUEUE_URL,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: pauseSeconds(Number(attributes.ApproximateReceiveCount), secondsLeft, Math.random()),
    }),
  );
}
