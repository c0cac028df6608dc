import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

interface Message {
  readonly body: string;
  readonly delaySeconds: number;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;
}

/** SQS's own limit of a batch. */
const MAX_ENTRIES = 10;
/** A batch takes as much as a message, 1 MiB; so a large one goes alone. */
const MAX_BYTES = 256 * 1024;

/**
 * Sends messages to a queue. Those of the same turn of the event loop share requests: many vehicles answer at once.
 * @returns sends one; rejects if it could not be sent, whatever became of the others
 */
export function sendTogether(sqs: SQSClient, queueUrl: string) {
  let waiting: Message[] = [];

  const send = async (messages: readonly Message[]): Promise<void> => {
    try {
      const { Failed = [] } = await sqs.send(
        new SendMessageBatchCommand({
          QueueUrl: queueUrl,
          Entries: messages.map(({ body, delaySeconds }, index) => ({
            Id: String(index),
            MessageBody: body,
            DelaySeconds: delaySeconds,
          })),
        }),
      );
      for (const { Id, Code } of Failed)
        messages[Number(Id)]?.reject(new Error(`The queue refused: ${Code}`));
    } catch (error) {
      for (const { reject } of messages) reject(error as Error);
    }
    // What is rejected already stays so.
    for (const { resolve } of messages) resolve();
  };

  const sendAll = (): void => {
    const messages = waiting;
    waiting = [];
    for (const batch of inBatches(messages)) void send(batch);
  };

  return (body: string, delaySeconds: number): Promise<void> =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(sendAll);
      waiting.push({ body, delaySeconds, resolve, reject });
    });
}

function* inBatches(messages: readonly Message[]): Generator<readonly Message[]> {
  let batch: Message[] = [];
  let bytes = 0;
  for (const message of messages) {
    const size = Buffer.byteLength(message.body);
    if (batch.length === MAX_ENTRIES || (batch.length > 0 && bytes + size > MAX_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(message);
    bytes += size;
  }
  yield batch;
}
