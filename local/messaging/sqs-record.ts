import type { ReceivedMessage, SqsMessage } from './fauxqs.ts';

/** A message as Lambda's event source mapping and EventBridge Pipes hand it on. */
export type SqsRecord = {
  messageId: string;
  /** Empty if the message has not been received. */
  receiptHandle: string;
  body: string;
  /** ApproximateReceiveCount, SentTimestamp, SenderId and ApproximateFirstReceiveTimestamp; milliseconds. */
  attributes: Record<string, string>;
  messageAttributes: Record<string, { dataType: string; stringValue?: string; binaryValue?: string }>;
  md5OfBody: string;
  eventSource: 'aws:sqs';
  eventSourceARN: string;
  awsRegion: string;
};

/** Who sent a message is not known locally; on AWS it is the sender's principal id. */
const SENDER_ID = 'local';

export function toRecord(
  message: SqsMessage,
  receiptHandle: ReceivedMessage['ReceiptHandle'],
  queueArn: string,
  awsRegion: string,
): SqsRecord {
  const attributes: SqsRecord['attributes'] = {
    ApproximateReceiveCount: String(message.approximateReceiveCount),
    SentTimestamp: String(message.sentTimestamp),
    SenderId: SENDER_ID,
  };
  if (message.approximateFirstReceiveTimestamp !== undefined) {
    attributes.ApproximateFirstReceiveTimestamp = String(message.approximateFirstReceiveTimestamp);
  }
  const messageAttributes: SqsRecord['messageAttributes'] = {};
  for (const [name, { DataType, StringValue, BinaryValue }] of Object.entries(message.messageAttributes)) {
    const attribute: SqsRecord['messageAttributes'][string] = { dataType: DataType };
    if (StringValue !== undefined) attribute.stringValue = StringValue;
    if (BinaryValue !== undefined) attribute.binaryValue = BinaryValue;
    messageAttributes[name] = attribute;
  }
  return {
    messageId: message.messageId,
    receiptHandle,
    body: message.body,
    attributes,
    messageAttributes,
    md5OfBody: message.md5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion,
  };
}
