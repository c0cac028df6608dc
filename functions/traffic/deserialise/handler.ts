import { SFNClient, StartSyncExecutionCommand } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../aws/client.ts';
import { readEnvironment } from '../../environment.ts';
import { logger } from '../../logger.ts';
import { handleRecords } from '../../sqs-batch.ts';
import type { VehicleMessage } from '../vehicle-message.ts';
import { deserialise, MalformedVehicleMessage } from './deserialise.ts';

const { ROUTING_STATE_MACHINE_ARN, DEAD_LETTER_QUEUE_URL } = readEnvironment({
  ROUTING_STATE_MACHINE_ARN: z.string(),
  DEAD_LETTER_QUEUE_URL: z.url(),
});
const sqs = awsClient(SQSClient, 'sqs');
const stepFunctions = awsClient(SFNClient, 'states');

/** Routes each message of the batch on its own: one that fails comes back alone, a malformed one not at all. */
export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleRecords(Records, async ({ messageId, body, attributes }) => {
    try {
      // Not SentTimestamp, which counts from before a delay. It stays the same when the message comes again.
      await route(deserialise(body, Number(attributes.ApproximateFirstReceiveTimestamp)));
    } catch (error) {
      if (!(error instanceof MalformedVehicleMessage)) throw error;
      await setAside(messageId, body, error.message);
    }
  });

/**
 * Started synchronously: the message leaves the queue only when it is routed.
 * @throws Error if the execution did not succeed
 */
async function route(message: VehicleMessage): Promise<void> {
  const { status, error, cause } = await stepFunctions.send(
    new StartSyncExecutionCommand({
      stateMachineArn: ROUTING_STATE_MACHINE_ARN,
      input: JSON.stringify({ message }),
    }),
  );
  if (status !== 'SUCCEEDED') throw new Error(`Routing ended as ${status}: ${error ?? ''} ${cause ?? ''}`);
}

/** No retry makes it readable, so it goes to the dead-letter queue at once, with the reason. */
async function setAside(messageId: string, body: string, fault: string): Promise<void> {
  // It may quote the vehicle, and SQS takes no control characters.
  const reason = fault.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 1000);
  logger.error('Vehicle message is malformed', { messageId, reason });
  await sqs.send(
    new SendMessageCommand({
      QueueUrl: DEAD_LETTER_QUEUE_URL,
      MessageBody: body,
      MessageAttributes: {
        reason: { DataType: 'String', StringValue: reason },
        messageId: { DataType: 'String', StringValue: messageId },
      },
    }),
  );
}
