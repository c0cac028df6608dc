import type { SQSBatchResponse, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';
import { logger } from './logger.ts';

/** A record's body, parsed; `messageId` is what a partial batch response names. */
export interface Parsed<T> {
  readonly record: SQSRecord;
  readonly body: T;
}

/**
 * Parses the bodies of a batch. A record that does not fit the schema is reported as failed, and so ends in
 * the queue's dead-letter queue; the others go on.
 */
export function parseBatch<Schema extends z.ZodType>(
  records: readonly SQSRecord[],
  schema: Schema,
): { parsed: Parsed<z.infer<Schema>>[]; malformed: SQSRecord[] } {
  const parsed: Parsed<z.infer<Schema>>[] = [];
  const malformed: SQSRecord[] = [];
  for (const record of records) {
    const body = schema.safeParse(jsonOf(record.body));
    if (body.success) {
      parsed.push({ record, body: body.data });
    } else {
      malformed.push(record);
      logger.error('Message is malformed', { messageId: record.messageId, issues: body.error.issues });
    }
  }
  return { parsed, malformed };
}

/** The answer to the event source: exactly these records come back. */
export const batchResponse = (failed: readonly SQSRecord[]): SQSBatchResponse => ({
  batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })),
});

/**
 * Handles the records of a batch independently of each other.
 * @returns the response that names those whose handling threw
 */
export async function handleRecords(
  records: readonly SQSRecord[],
  handle: (record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> {
  const failed = await Promise.all(
    records.map(async (record) => {
      try {
        await handle(record);
        return [];
      } catch (error) {
        logger.warn('Message failed and will be retried', { messageId: record.messageId, error });
        return [record];
      }
    }),
  );
  return batchResponse(failed.flat());
}

/** The same for records whose bodies have a schema; a malformed one fails. */
export const handleBodies = <Schema extends z.ZodType>(
  records: readonly SQSRecord[],
  schema: Schema,
  handle: (body: z.infer<Schema>, record: SQSRecord) => Promise<void>,
): Promise<SQSBatchResponse> =>
  handleRecords(records, (record) => handle(schema.parse(jsonOf(record.body)), record));

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
