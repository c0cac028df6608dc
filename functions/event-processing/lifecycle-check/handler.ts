import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { eventPublisher } from '../../event/publisher.ts';
import { commandState } from '../../persistence/command-state.ts';
import { handleBodies } from '../../sqs-batch.ts';
import { Watch } from '../watch.ts';
import { watchQueue } from '../watch-queue.ts';
import { check, type Dependencies } from './check.ts';

const { EVENTS_TABLE, EVENTS_TOPIC_ARN, DELAY_QUEUE_URL } = readEnvironment({
  EVENTS_TABLE: z.string(),
  EVENTS_TOPIC_ARN: z.string(),
  DELAY_QUEUE_URL: z.url(),
});
const sendWatches = watchQueue(awsClient(SQSClient, 'sqs'), DELAY_QUEUE_URL);

const dependencies: Dependencies = {
  getState: commandState(awsClient(DynamoDBClient, 'dynamodb'), EVENTS_TABLE),
  publish: eventPublisher(awsClient(SNSClient, 'sns'), EVENTS_TOPIC_ARN),
  watchOn: async (watch, now) => {
    const unsent = await sendWatches([watch], now);
    if (unsent.length > 0) throw new Error('The delay queue refused the message');
  },
  now: Date.now,
};

export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleBodies(Records, Watch, (watch) => check(watch, dependencies));
