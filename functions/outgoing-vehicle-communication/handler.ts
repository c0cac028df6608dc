import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { readEnvironment } from '../environment.ts';
import { RemoteServiceEvent } from '../event/event.ts';
import { eventPublisher } from '../event/publisher.ts';
import { postWithRetry } from '../http/post-with-retry.ts';
import { signedPost } from '../http/signed-post.ts';
import { commandState } from '../persistence/command-state.ts';
import { handleBodies } from '../sqs-batch.ts';
import { type Dependencies, send } from './send.ts';

const { AWS_REGION, BROKER_URL, EVENTS_TABLE, EVENTS_TOPIC_ARN, OUTGOING_QUEUE_URL } = readEnvironment({
  AWS_REGION: z.string(),
  BROKER_URL: z.url(),
  EVENTS_TABLE: z.string(),
  EVENTS_TOPIC_ARN: z.string(),
  OUTGOING_QUEUE_URL: z.url(),
});
const sqs = new SQSClient();
const post = signedPost(BROKER_URL, AWS_REGION);

const dependencies: Dependencies = {
  publishToBroker: (messageAt, deadline) => postWithRetry(post, messageAt, deadline),
  publishEvent: eventPublisher(new SNSClient(), EVENTS_TOPIC_ARN),
  getState: commandState(new DynamoDBClient(), EVENTS_TABLE),
  now: Date.now,
};

export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleBodies(Records, RemoteServiceEvent, async (event, record) => {
    try {
      await send(event, Number(record.attributes.ApproximateFirstReceiveTimestamp), dependencies);
    } catch (error) {
      await comeBackSoon(record);
      throw error;
    }
  });

/**
 * A command lives for seconds, the queue's visibility time-out is longer. So the message is made visible
 * again after 1 to 3 seconds, spread so that a recovering broker is not hit by all at once.
 */
async function comeBackSoon({ receiptHandle }: SQSRecord): Promise<void> {
  await sqs.send(
    new ChangeMessageVisibilityCommand({
      QueueUrl: OUTGOING_QUEUE_URL,
      ReceiptHandle: receiptHandle,
      VisibilityTimeout: 1 + Math.floor(Math.random() * 3),
    }),
  );
}
