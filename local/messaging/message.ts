import { hash, randomUUID } from 'node:crypto';
import type { FauxqsInternals, MessageAttributes, SqsMessage } from './fauxqs.ts';

/**
 * Lets fauxqs make its messages in less time, as every topic and queue does for each command several times: the copies
 * of a published message share the digest of their body, and that of attributes is made when somebody asks for it, which
 * consumers do not.
 */
export function replaceMessages({ SqsStore, md5OfMessageAttributes }: FauxqsInternals): void {
  let lastBody = '';
  let lastDigest = '';
  const md5 = (body: string): string => {
    if (body !== lastBody || lastDigest === '') {
      lastDigest = hash('md5', body);
      lastBody = body;
    }
    return lastDigest;
  };

  // Of FIFO queues, whose messages have more, the local stage knows none.
  SqsStore.createMessage = (body, messageAttributes = {}, delaySeconds = 0): SqsMessage => {
    const now = Date.now();
    const message: SqsMessage = {
      messageId: randomUUID(),
      body,
      md5OfBody: md5(body),
      messageAttributes,
      get md5OfMessageAttributes() {
        return md5OfMessageAttributes(messageAttributes);
      },
      sentTimestamp: now,
      approximateReceiveCount: 0,
    };
    if (delaySeconds > 0) message.delayUntil = now + delaySeconds * 1000;
    return message;
  };
}

/** As fauxqs calls it. */
export type CreateMessage = (
  body: string,
  messageAttributes?: MessageAttributes,
  delaySeconds?: number,
) => SqsMessage;
