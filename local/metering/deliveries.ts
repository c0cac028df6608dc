import type { ConsumeOptions } from '../messaging/consumer.ts';
import type { HandleBatch, MessagingEngine, SqsRecord } from '../messaging/engine.ts';
import type { BuildingBlocks, Owner } from './building-blocks.ts';
import type { Meter } from './meter.ts';
import { requestsOfTexts } from './units.ts';

/**
 * The same queues, for an event source or a pipe: each batch is one ReceiveMessage, and one DeleteMessageBatch for the
 * messages that did not fail. On AWS its pollers receive in vain, too, when there is little to do: that is a price by the
 * month, and not counted here.
 * @param consumer who pays
 * @param onBatch is told of each batch, with its size in requests
 */
export function meteredQueues(
  messaging: Pick<MessagingEngine, 'consume'>,
  meter: Meter,
  blocks: BuildingBlocks,
  { block }: Pick<Owner, 'block'>,
  onBatch: (requests: number) => void,
): Pick<MessagingEngine, 'consume'> {
  return {
    consume(queueArn: string, options: ConsumeOptions, handle: HandleBatch) {
      const queue: Owner = { block, resource: blocks.of(queueArn).resource };
      return messaging.consume(queueArn, options, async (records) => {
        const requests = requestsOfTexts(records.flatMap(textsOf));
        meter.add(queue, 'sqs:requests', requests);
        onBatch(requests);
        const failed = await handle(records);
        if (failed.length < records.length) meter.add(queue, 'sqs:requests', 1);
        return failed;
      });
    },
  };
}

const textsOf = ({ body, messageAttributes }: SqsRecord): string[] => [
  body,
  ...Object.entries(messageAttributes).flatMap(([name, { stringValue = '', binaryValue = '' }]) => [
    name,
    stringValue,
    binaryValue,
  ]),
];
