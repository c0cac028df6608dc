import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { RemoteServiceEvent } from '../../event/event.ts';
import { batchResponse, parseBatch } from '../../sqs-batch.ts';
import { watchQueue } from '../watch-queue.ts';
import { watchOf } from './watch-event.ts';

const { DELAY_QUEUE_URL } = readEnvironment({ DELAY_QUEUE_URL: z.url() });
const sendWatches = watchQueue(awsClient(SQSClient, 'sqs'), DELAY_QUEUE_URL);

export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const { parsed, malformed } = parseBatch(Records, RemoteServiceEvent);
  const watches = parsed.map(({ record, body }) => ({ record, watch: watchOf(body) }));
  if (watches.length === 0) return batchResponse(malformed);
  const unsent = new Set(
    await sendWatches(
      watches.map(({ watch }) => watch),
      Date.now(),
    ),
  );
  const failed = watches.filter(({ watch }) => unsent.has(watch)).map(({ record }) => record);
  return batchResponse([...malformed, ...failed]);
}
