import { DeleteMessageCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { type Letter, withLetters } from './letters.ts';
import type { DeadLetterQueue } from './queues.ts';

/** Which letters go back. */
export interface Selection {
  readonly id?: string;
  /** A part of the letter's reason, in any case. */
  readonly reason?: string;
  /** Also those that are malformed for good. */
  readonly force: boolean;
}

/** Letters that are looked at in one go; more of them need another. */
export const REDRIVE_LIMIT = 10_000;

/** Requests at the same time: some 50 letters a second far from the region, some 300 near it. */
const CONCURRENCY = 10;

/** Attributes that the functions and workflows put on a letter when they set it aside. */
const ADDED_ATTRIBUTES = ['reason', 'messageId'];

/** @returns the letters that go back, and those that only `force` would send */
export function select(
  letters: readonly Letter[],
  { id, reason, force }: Selection,
): { chosen: Letter[]; withReason: Letter[] } {
  const meant = letters.filter(
    (letter) =>
      (id === undefined || letter.id === id) &&
      (reason === undefined || letter.reason?.toLowerCase().includes(reason.toLowerCase())),
  );
  const malformed = force ? [] : meant.filter((letter) => letter.reason !== undefined);
  return { chosen: meant.filter((letter) => !malformed.includes(letter)), withReason: malformed };
}

/**
 * Sends letters to the queue that they belong in, and deletes each one only then: whatever happens in between, it is
 * processed at least once, and consumers recognise repetitions.
 *
 * SQS's own StartMessageMoveTask knows neither filters nor the dead letters of subscriptions, which no queue's redrive
 * policy names; and it would send back what is malformed for good.
 * @param progress is told the number of letters sent so far
 * @returns how many letters were sent
 */
export const redrive = (
  sqs: SQSClient,
  { url, sourceUrl }: DeadLetterQueue,
  selection: Selection,
  progress: (sent: number) => void,
): Promise<number> =>
  // All are received before the first is sent: what fails again and comes back is not sent twice.
  withLetters(sqs, url, REDRIVE_LIMIT, async (letters) => {
    const { chosen } = select(letters, selection);
    let sent = 0;
    for (let start = 0; start < chosen.length; start += CONCURRENCY) {
      await Promise.all(
        chosen.slice(start, start + CONCURRENCY).map(async (letter) => {
          await sqs.send(
            new SendMessageCommand({
              QueueUrl: sourceUrl,
              MessageBody: letter.body,
              MessageAttributes: ownAttributes(letter),
            }),
          );
          await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: letter.receiptHandle }));
          sent += 1;
        }),
      );
      progress(sent);
    }
    return sent;
  });

function ownAttributes({ reason, attributes }: Letter): Letter['attributes'] {
  if (reason === undefined) return attributes;
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !ADDED_ATTRIBUTES.includes(name)));
}
