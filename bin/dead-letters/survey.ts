import type { SQSClient } from '@aws-sdk/client-sqs';
import { inColumns } from '../columns.ts';
import { count, type Letter, withLetters } from './letters.ts';
import type { DeadLetterQueue } from './queues.ts';

/** What stands in a queue of dead letters. */
export interface Survey {
  readonly queue: string;
  readonly kind: DeadLetterQueue['kind'];
  /** SQS counts approximately. */
  readonly letters: number;
  /** When the oldest was sent, ISO 8601; null if there are no letters. */
  readonly oldest: string | null;
  /** How many have which reason, of those that were read. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly withoutReason: number;
}

/** Letters of a queue that are read at most: enough to see what is the matter. */
const SURVEY_LIMIT = 1000;

export async function survey(sqs: SQSClient, { name, kind, url }: DeadLetterQueue): Promise<Survey> {
  const letters = await withLetters(sqs, url, SURVEY_LIMIT, (read) => read);
  const reasons: Record<string, number> = {};
  for (const { reason } of letters) {
    if (reason !== undefined) reasons[reason] = (reasons[reason] ?? 0) + 1;
  }
  return {
    queue: name,
    kind,
    // What was read is known for sure, but for messages of the last minute SQS may not have counted.
    letters: Math.max(await count(sqs, url), letters.length),
    oldest: letters[0]?.sentAt.toISOString() ?? null,
    reasons,
    withoutReason: letters.filter(({ reason }) => reason === undefined).length,
  };
}

/** As a table with a line for each queue, and a total. */
export function table(surveys: readonly Survey[], now: number): string {
  const rows = surveys.map(({ queue, kind, letters, oldest, reasons, withoutReason }) => [
    queue,
    kind,
    String(letters),
    oldest === null ? '' : age(now - Date.parse(oldest)),
    [
      ...(withoutReason > 0 ? [`${withoutReason} without reason`] : []),
      ...Object.entries(reasons).map(([reason, number]) => `${number} ${reason}`),
    ].join('; '),
  ]);
  const lines = inColumns([['QUEUE', 'KIND', 'LETTERS', 'OLDEST', 'REASONS'], ...rows]);
  const total = surveys.reduce((sum, { letters }) => sum + letters, 0);
  return [...lines, '', total === 0 ? 'No dead letters.' : `${total} dead letters.`].join('\n');
}

/** `3 d 4 h`, `5 h 12 min`, `12 min`, `40 s` */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit));
  if (days) return `${days} d ${(hours ?? 0) % 24} h`;
  if (hours) return `${hours} h ${(minutes ?? 0) % 60} min`;
  return minutes ? `${minutes} min` : `${seconds} s`;
}

/** A letter to be read by a person. Bodies hold VINs: whoever looks for the sender of a letter needs them. */
export function readable(letter: Letter, { kind }: DeadLetterQueue): string {
  const { id, sentAt, received, reason, body } = letter;
  const facts = [
    `sent ${sentAt.toISOString()}`,
    `received ${received} times`,
    kind === 'undelivered' ? 'could not be delivered' : (reason ?? 'without reason'),
  ];
  return `${id}\n  ${facts.join(', ')}\n${indented(pretty(body))}\n`;
}

export const asJson = (letter: Letter, { name, kind }: DeadLetterQueue) => ({
  queue: name,
  kind,
  id: letter.id,
  sentAt: letter.sentAt.toISOString(),
  received: letter.received,
  reason: letter.reason ?? null,
  attributes: Object.fromEntries(
    Object.entries(letter.attributes).map(([attribute, { StringValue }]) => [attribute, StringValue ?? null]),
  ),
  body: letter.body,
});

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ');
