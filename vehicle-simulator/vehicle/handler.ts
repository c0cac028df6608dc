import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { awsClient } from '../../functions/aws/client.ts';
import { readEnvironment } from '../../functions/environment.ts';
import { BrokerMessage } from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { handleBodies } from '../../functions/sqs-batch.ts';
import { drive, type VehicleSends } from './drive.ts';
import { once } from './once.ts';
import { sendTogether } from './send-together.ts';

const { INCOMING_QUEUE_URL } = readEnvironment({ INCOMING_QUEUE_URL: z.url() });
const toIncomingQueue = sendTogether(awsClient(SQSClient, 'sqs'), INCOMING_QUEUE_URL);

/**
 * A vehicle executes a command once, however often it arrives. The memory is this execution environment's, and
 * ends with it: now and then a simulated vehicle does something twice, which the backend must bear.
 */
const execute = once(10_000);

/** The Lambda vehicle: receives what the mock of the broker API took, and answers into the incoming queue. */
export const handler = ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
  handleBodies(Records, BrokerMessage, async (message, { attributes }) => {
    const waited = Date.now() - Number(attributes.SentTimestamp);
    const answers = drive(message, waited);
    return execute(`${message.topic} ${message.payload}`, async () => {
      await Promise.all(answers.map(answer));
    });
  });

/**
 * Puts the message on the incoming queue, as the broker's rule does. SQS delays by whole seconds; the rest of a delay
 * is waited for here, so less than a second.
 */
async function answer({ afterMs, topic, payload }: VehicleSends): Promise<void> {
  await sleep(afterMs % 1000);
  await toIncomingQueue(JSON.stringify({ topic, payload }), Math.floor(afterMs / 1000));
}
