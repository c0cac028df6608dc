import { AwsError, type Json, type JsonObject } from '../aws.ts';
import type { FauxqsInternals, SqsStore } from './fauxqs.ts';
import { checkAttributeCount, messageAttributes, refuseUnknown, text } from './message-check.ts';

const MAX_DELAY_SECONDS = 900;

const ENTRY_PARAMETERS = ['MessageBody', 'DelaySeconds', 'MessageAttributes'];

/**
 * SendMessage or SendMessageBatch in process.
 * @throws AwsError, or fauxqs's own error with `code` and `statusCode`
 */
export function send(
  action: string,
  input: JsonObject,
  store: SqsStore,
  fauxqs: FauxqsInternals,
): JsonObject {
  const prepared = prepareSend(action, input);
  return action === 'SendMessage'
    ? fauxqs.sendMessage(prepared, store)
    : fauxqs.sendMessageBatch(prepared, store);
}

/**
 * Checks what fauxqs lets pass, for requests in process and over HTTP alike. In a batch, AWS would refuse the
 * one wrong entry; we refuse the request.
 * @returns the input for fauxqs
 * @throws AwsError
 */
export function prepareSend(action: string, input: JsonObject): JsonObject {
  if (action === 'SendMessage') {
    refuseUnknown(action, input, ['QueueUrl', ...ENTRY_PARAMETERS]);
    return prepareEntry(input);
  }
  refuseUnknown(action, input, ['QueueUrl', 'Entries']);
  const entries = input.Entries;
  if (!Array.isArray(entries)) throw new AwsError('InvalidParameterValue', 'Entries must be a list');
  return {
    ...input,
    Entries: entries.map((entry) => {
      const message = entry as JsonObject;
      refuseUnknown(action, message, ['Id', ...ENTRY_PARAMETERS]);
      return prepareEntry(message);
    }),
  };
}

function prepareEntry(entry: JsonObject): JsonObject {
  text('MessageBody', entry.MessageBody);
  checkAttributeCount(messageAttributes(entry.MessageAttributes));
  if (entry.DelaySeconds === undefined) return entry;
  checkDelay(entry.DelaySeconds);
  // fauxqs keeps no trace of a delay of 0 in its message, which then looks as if the sender had left the delay
  // to the queue. The smallest number is 0 for the clock, and is kept.
  return { ...entry, DelaySeconds: entry.DelaySeconds === 0 ? Number.MIN_VALUE : entry.DelaySeconds };
}

function checkDelay(seconds: Json): void {
  if (!Number.isInteger(seconds) || Number(seconds) < 0 || Number(seconds) > MAX_DELAY_SECONDS) {
    throw new AwsError(
      'InvalidParameterValue',
      `Value ${seconds} for parameter DelaySeconds is invalid. ` +
        `Reason: DelaySeconds must be >= 0 and <= ${MAX_DELAY_SECONDS}.`,
    );
  }
}
