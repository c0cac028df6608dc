import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { delaySeconds, type Watch } from './watch.ts';

/** @returns the watches that could not be sent; the others are */
export type SendWatches = (watches: readonly Watch[], now: number) => Promise<readonly Watch[]>;

/** Sends watches (10 at most, as many as a batch has records) to the delay queue. */
export function watchQueue(sqs: SQSClient, queueUrl: string): SendWatches {
  return async (watches, now) => {
    const { Failed } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: watches.map((watch, index) => ({
          Id: String(index),
          MessageBody: JSON.stringify(watch),
          DelaySeconds: delaySeconds(watch.deadline, now),
        })),
      }),
    );
    const failed = new Set(Failed?.map(({ Id }) => Id));
    return watches.filter((_, index) => failed.has(String(index)));
  };
}
