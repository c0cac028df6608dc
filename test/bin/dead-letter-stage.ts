import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'vitest';
import { createControl, type StageDescription } from '../../local/control/control.ts';
import { createMessagingEngine, region } from '../../local/messaging/engine.ts';
import { startTaggingEndpoint } from '../../local/tagging/endpoint.ts';
import { ResourceTags } from '../../local/tagging/resource-tags.ts';

type Attributes = Record<string, { DataType: 'String'; StringValue: string }>;

const text = (attributes: Record<string, string>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
  );

/**
 * A stage of queues and their dead letters only, which tools reach at `target`. It ends with the test, whose context
 * says so where tests run side by side.
 */
export async function startDeadLetterStage({ onTestFinished }: TestContext) {
  const engine = await createMessagingEngine({ region });
  onTestFinished(() => engine.close());
  const tags = new ResourceTags();
  const tagging = await startTaggingEndpoint(tags);
  onTestFinished(() => tagging.close());
  const description: StageDescription = {
    stage: 'dev-x',
    environments: ['blue'],
    outputs: {},
    endpoints: {
      AWS_ENDPOINT_URL_SQS: engine.endpoint,
      AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API: tagging.url,
    },
    region,
  };
  const handle = createControl(() => description);
  const server = createServer((message, response) => void handle(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const create = (name: string, own: Record<string, string>) => {
    const queue = engine.createQueue(name, {});
    const all = { stage: 'dev-x', environment: 'blue', ...own };
    tags.put(
      queue.arn,
      Object.entries(all).map(([Key, Value]) => ({ Key, Value })),
    );
    const send = (body: string, attributes: Record<string, string> = {}): string => {
      const { MessageId } = engine.call('SendMessage', 'sqs', {
        QueueUrl: queue.url,
        MessageBody: body,
        ...(Object.keys(attributes).length > 0 && { MessageAttributes: text(attributes) }),
      });
      return String(MessageId);
    };
    return {
      send,
      depth: () => engine.depth(queue.arn),
      bodies: () =>
        engine
          .peek(queue.arn)
          .map(({ body }) => body)
          .sort(),
      /** Bodies and attributes. */
      messages: () =>
        engine.peek(queue.arn).map(({ body, messageAttributes }) => ({
          body,
          attributes: Object.fromEntries(
            Object.entries(messageAttributes).map(([name, { stringValue }]) => [name, stringValue]),
          ),
        })),
    };
  };
  return { target, tags, create };
}
