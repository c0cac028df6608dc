import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { RemoteServiceEvent } from '../../event/event.ts';
import { logger } from '../../logger.ts';
import { commandStore } from '../../persistence/command-store.ts';
import { batchResponse, parseBatch } from '../../sqs-batch.ts';
import { persist } from './persist.ts';

const { EVENTS_TABLE, LEASES_TABLE, RETENTION_DAYS } = readEnvironment({
  EVENTS_TABLE: z.string(),
  LEASES_TABLE: z.string(),
  RETENTION_DAYS: z.coerce.number().int().positive(),
});
const store = commandStore(awsClient(DynamoDBClient, 'dynamodb'), {
  eventsTable: EVENTS_TABLE,
  leasesTable: LEASES_TABLE,
  retentionDays: RETENTION_DAYS,
});

export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const { parsed, malformed } = parseBatch(Records, RemoteServiceEvent);
  const failures = await persist(
    parsed.map(({ body }) => body),
    store,
  );
  for (const [event, error] of failures) {
    logger.warn('Event could not be stored and will be retried', {
      eventId: event.data.eventId,
      correlationId: event.data.correlationId,
      error: String(error),
    });
  }
  const failed = parsed.filter(({ body }) => failures.has(body)).map(({ record }) => record);
  return batchResponse([...malformed, ...failed]);
}
