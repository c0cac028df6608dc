import { vi } from 'vitest';
import type { HandleBatch, MessagingEngine, SqsRecord } from '../../../local/messaging/engine.ts';

/** An engine that only takes a consumer, and hands it what the test gives it. */
export function fakeConsume() {
  const consume = vi.fn<MessagingEngine['consume']>(() => ({ stop: async () => undefined }));
  const handle: HandleBatch = async (records) => (await consume.mock.lastCall?.[2](records)) ?? [];
  return { consume, handle };
}

/** Records as a queue hands them out; ids and bodies are the same. */
export const recordsOf = (...ids: string[]): SqsRecord[] =>
  ids.map((id) => ({
    messageId: id,
    receiptHandle: `receipt-${id}`,
    body: id,
    attributes: { ApproximateReceiveCount: '1' },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:work',
    awsRegion: 'eu-central-1',
  }));

/** Consumes into a list; `fails` decides by a record whether it fails. */
export function collect(
  engine: MessagingEngine,
  queueArn: string,
  {
    fails = () => false,
    batchSize = 10,
  }: { fails?: (record: SqsRecord) => boolean; batchSize?: number } = {},
): SqsRecord[][] {
  const batches: SqsRecord[][] = [];
  engine.consume(queueArn, { batchSize, concurrency: () => 2 }, async (records) => {
    batches.push(records);
    return records.filter(fails).map(({ messageId }) => messageId);
  });
  return batches;
}

export const bodies = (batches: SqsRecord[][]): string[] => batches.flat().map(({ body }) => body);
