import type { Json } from '../aws.ts';
import type { SqsRecord } from './sqs-record.ts';

/**
 * Which messages of a batch failed, by what a function or workflow answered: `{batchItemFailures:
 * [{itemIdentifier}]}`. AWS's rule: no answer, or none of that list, means that all succeeded; a list that
 * names anything but messages of the batch means that all failed.
 */
export function failedMessages(answer: Json, records: readonly SqsRecord[]): string[] {
  const all = records.map(({ messageId }) => messageId);
  if (answer === null) return [];
  if (typeof answer !== 'object' || Array.isArray(answer)) return all;
  const failures = answer.batchItemFailures ?? [];
  if (!Array.isArray(failures)) return all;
  const failed: string[] = [];
  for (const failure of failures) {
    const id =
      failure !== null && typeof failure === 'object' && !Array.isArray(failure)
        ? failure.itemIdentifier
        : undefined;
    if (typeof id !== 'string' || !all.includes(id)) return all;
    failed.push(id);
  }
  return failed;
}
