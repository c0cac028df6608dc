import { SNSClient } from '@aws-sdk/client-sns';
import { SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { Faults } from '../../../local/faults/faults.ts';
import { createMessagingEngine, type MessagingEngine, region } from '../../../local/messaging/engine.ts';

/** An engine that is closed when the test ends. */
export async function startMessaging(faults = new Faults()): Promise<MessagingEngine> {
  const engine = await createMessagingEngine({ region, faults });
  onTestFinished(() => engine.close());
  return engine;
}

const clientOptions = ({ endpoint }: MessagingEngine) => ({
  endpoint,
  region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** A client that is closed when the test ends. */
export function sqsClient(engine: MessagingEngine): SQSClient {
  const client = new SQSClient(clientOptions(engine));
  onTestFinished(() => client.destroy());
  return client;
}

/** A client that is closed when the test ends. */
export function snsClient(engine: MessagingEngine): SNSClient {
  const client = new SNSClient(clientOptions(engine));
  onTestFinished(() => client.destroy());
  return client;
}
