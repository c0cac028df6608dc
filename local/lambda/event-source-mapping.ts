import { availableParallelism } from 'node:os';
import type { JsonObject } from '../aws.ts';
import { DEFAULT_CONCURRENCY, MAX_BATCH_SIZE } from '../messaging/consumer.ts';
import type { Consumer, MessagingEngine, SqsRecord } from '../messaging/engine.ts';
import { failedMessages } from '../messaging/partial-batch.ts';
import type { LambdaFunction } from './function.ts';

const PROPERTIES = [
  'BatchSize',
  'Enabled',
  'EventSourceArn',
  'FunctionName',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'ScalingConfig',
  'Tags',
];

/**
 * As many full batches for each environment are a backlog: at 25 ms a batch, half a second's work. AWS adds pollers
 * then; here one more environment helps as long as there is a core for it.
 */
const BACKLOG_BATCHES = 20;

/**
 * Starts an `AWS::Lambda::EventSourceMapping` of an SQS queue: the queue's messages go to the function in
 * batches, as soon as there are any or when the batching window ends.
 * @param properties resolved
 * @throws Error that names what the local stage does not know: other sources, filters, larger batches …
 */
export function startEventSourceMapping(
  properties: JsonObject,
  target: Pick<LambdaFunction, 'invoke' | 'environments' | 'grow'>,
  messaging: Pick<MessagingEngine, 'consume'>,
): Consumer {
  const { queueArn, reportsFailures, enabled, maximumConcurrency, ...options } = readMapping(properties);
  if (!enabled) return { stop: () => Promise.resolve() };

  // A failure is in the function's log already.
  const handle = async (Records: SqsRecord[]): Promise<string[]> => {
    const result = await target.invoke({ Records });
    if (!result.ok) return Records.map(({ messageId }) => messageId);
    return reportsFailures ? failedMessages(result.payload, Records) : [];
  };
  // One batch more than there are environments: it waits for one, or makes the function start another. What comes
  // meanwhile stays in the queue, and becomes a batch instead of many.
  const concurrency = (visible: number): number => {
    const environments = target.environments();
    const backlog = environments * BACKLOG_BATCHES * options.batchSize;
    if (visible > backlog && environments < availableParallelism()) target.grow();
    return Math.min(maximumConcurrency, environments + 1);
  };
  return messaging.consume(queueArn, { ...options, concurrency }, handle);
}

function readMapping(properties: JsonObject) {
  const refuse = (what: string): never => {
    throw new Error(`The local stage does not know ${what} of an AWS::Lambda::EventSourceMapping`);
  };
  const unknown = Object.keys(properties).find((property) => !PROPERTIES.includes(property));
  if (unknown !== undefined) refuse(unknown);
  const queueArn = String(properties.EventSourceArn);
  if (!queueArn.startsWith('arn:aws:sqs:')) refuse(`EventSourceArn ${queueArn}`);
  const window = Number(properties.MaximumBatchingWindowInSeconds ?? 0);
  // AWS's own limit.
  if (!(window >= 0 && window <= 300)) refuse(`MaximumBatchingWindowInSeconds ${window}`);
  const batchSize = Number(properties.BatchSize ?? MAX_BATCH_SIZE);
  if (!(batchSize >= 1 && batchSize <= MAX_BATCH_SIZE)) refuse(`BatchSize ${batchSize}`);
  const { MaximumConcurrency = DEFAULT_CONCURRENCY } = (properties.ScalingConfig ?? {}) as JsonObject;
  const maximumConcurrency = Number(MaximumConcurrency);
  // AWS's own limits.
  if (!(maximumConcurrency >= 2 && maximumConcurrency <= 1000))
    refuse(`MaximumConcurrency ${maximumConcurrency}`);
  const responseTypes = (properties.FunctionResponseTypes ?? []) as string[];
  return {
    queueArn,
    batchSize,
    maximumConcurrency,
    windowMs: window * 1000,
    reportsFailures: responseTypes.includes('ReportBatchItemFailures'),
    enabled: String(properties.Enabled ?? true) === 'true',
  };
}
