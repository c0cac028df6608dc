import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';

/** A dead letter, as it was received. */
export interface Letter {
  readonly id: string;
  /** When it was first sent; a move between queues does not change it. */
  readonly sentAt: Date;
  /** How often it was received, also by whoever looked at it. */
  readonly received: number;
  /** Why it is malformed for good; undefined for what only failed too often, or could not be delivered. */
  readonly reason: string | undefined;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly receiptHandle: string;
}

/** SQS's limit of a batch. */
const BATCH_SIZE = 10;

/**
 * How long letters are held: nobody else sees them meanwhile, and if the tool is killed, they show again after this.
 * Far from the region a request takes 0.1 s; to receive ten letters takes one, to send and delete ten takes two at a
 * time, so 0.03 s a letter. Twice that is enough.
 */
const holdSeconds = (limit: number): number => Math.max(60, Math.ceil(limit * 0.06));

/** Long polling: only then does SQS ask all of its servers, and an empty answer means that there are no more. */
const WAIT_SECONDS = 1;

/** Letters in the queue, those included that somebody holds; SQS counts them approximately. */
export async function count(sqs: SQSClient, url: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: url,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes).reduce((sum, number) => sum + Number(number), 0);
}

/**
 * Gives a queue's letters to `use`, and puts all of them back that it did not delete. They are held until then: SQS
 * would hand out the same ones again and again otherwise.
 * @param limit how many letters at most
 */
export async function withLetters<Result>(
  sqs: SQSClient,
  url: string,
  limit: number,
  use: (letters: readonly Letter[]) => Promise<Result> | Result,
): Promise<Result> {
  const held = new Map<string, Letter>();
  try {
    while (held.size < limit) {
      const before = held.size;
      const messages = await receive(sqs, url, Math.min(BATCH_SIZE, limit - before), holdSeconds(limit));
      // The later receipt handle counts, where SQS delivers twice.
      for (const message of messages) held.set(message.MessageId ?? '', letterOf(message));
      if (held.size === before) break;
    }
    const oldestFirst = [...held.values()].sort((a, b) => a.sentAt.getTime() - b.sentAt.getTime());
    return await use(oldestFirst);
  } finally {
    await release(sqs, url, [...held.values()]);
  }
}

async function receive(sqs: SQSClient, url: string, limit: number, seconds: number): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: limit,
      WaitTimeSeconds: WAIT_SECONDS,
      VisibilityTimeout: seconds,
      MessageSystemAttributeNames: ['SentTimestamp', 'ApproximateReceiveCount'],
      MessageAttributeNames: ['All'],
    }),
  );
  return Messages;
}

const letterOf = (message: Message): Letter => ({
  id: message.MessageId ?? '',
  sentAt: new Date(Number(message.Attributes?.SentTimestamp)),
  received: Number(message.Attributes?.ApproximateReceiveCount),
  reason: message.MessageAttributes?.reason?.StringValue,
  body: message.Body ?? '',
  attributes: message.MessageAttributes ?? {},
  receiptHandle: message.ReceiptHandle ?? '',
});

/** What was deleted meanwhile is reported by SQS as a failure of its entry, and needs nothing. */
async function release(sqs: SQSClient, url: string, letters: readonly Letter[]): Promise<void> {
  for (let start = 0; start < letters.length; start += BATCH_SIZE) {
    await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: letters.slice(start, start + BATCH_SIZE).map(({ receiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        })),
      }),
    );
  }
}
