import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../aws/client.ts';
import { readEnvironment } from '../environment.ts';
import { RemoteServiceEvent } from '../event/event.ts';
import { eventPublisher } from '../event/publisher.ts';
import { REQUEST_TIMEOUT_MS, withRetry } from '../http/retry.ts';
import { commandState } from '../persistence/command-state.ts';
import { handleBodies } from '../sqs-batch.ts';
import { withBreaker } from './broker/breaker.ts';
import { httpBroker } from './broker/http-broker.ts';
import { iotCoreBroker } from './broker/iot-core-broker.ts';
import { lastDelivery } from './broker-message.ts';
import { pauseSeconds, secondsForAnother } from './pause.ts';
import { type Dependencies, send } from './send.ts';

const environment = readEnvironment({
  AWS_REGION: z.string(),
  /** AWS IoT Core, or the URL of a broker API up to its version. */
  BROKER: z.union([z.literal('iot-core'), z.url()]),
  /** Of a real broker API only. */
  BROKER_SECRET_ARN: z.string().optional(),
  /** Of AWS IoT Core only: the account's own endpoint. The SDK reads it. */
  AWS_ENDPOINT_URL_IOT_DATA_PLANE: z.url().optional(),
  EVENTS_TABLE: z.string(),
  EVENTS_TOPIC_ARN: z.string(),
  OUTGOING_QUEUE_URL: z.url(),
});
const sqs = awsClient(SQSClient, 'sqs');
/** One for all invocations, or its breaker would forget. */
const broker = withBreaker(
  environment.BROKER === 'iot-core'
    ? iotCoreBroker()
    : httpBroker(environment.BROKER, {
        secretArn: environment.BROKER_SECRET_ARN,
        region: environment.AWS_REGION,
      }),
);

const dependencies: Dependencies = {
  publishToBroker: (messageAt, deadline) =>
    withRetry((start, timeoutMs) => broker.publish(messageAt(start), timeoutMs), deadline),
  // Not tried again at once: the message comes back anyway, and calls again.
  wakeUp: (call) => broker.wakeUp(call, REQUEST_TIMEOUT_MS),
  publishEvent: eventPublisher(awsClient(SNSClient, 'sns'), environment.EVENTS_TOPIC_ARN),
  getState: commandState(awsClient(DynamoDBClient, 'dynamodb'), environment.EVENTS_TABLE),
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
