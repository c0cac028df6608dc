import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';
import { type DeadLetterKind, QUEUE_TAGS } from './queue-tags.ts';
import type { StageConfig } from './stages.ts';
import { tag } from './tags.ts';

/** Dead letters wait for a person: as long as SQS allows. */
const DEAD_LETTER_RETENTION = Duration.days(14);

/**
 * AWS recommends six times the function's time-out, to leave room for the pollers' own retries, and the batching window:
 * what is gathered is in flight already.
 */
const VISIBILITY_FACTOR = 6;

export interface ConsumedQueueProps {
  readonly stage: StageConfig;
  /** The consumer's time-out; the visibility time-out follows from it. */
  readonly consumerTimeout: Duration;
  /** How often a message is tried before it is a dead letter. */
  readonly maxReceiveCount?: number;
  /** For what nobody waits for: how long a batch may gather messages. Without, they go as soon as there are any. */
  readonly batchingWindow?: Duration;
}

/** A queue with its consumer, its dead-letter queue, and an alarm on that. */
export class ConsumedQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetterQueue: Queue;
  readonly #stage: StageConfig;
  readonly #batchingWindow: Duration | undefined;

  constructor(scope: Construct, id: string, props: ConsumedQueueProps) {
    super(scope, id);
    this.#stage = props.stage;
    this.#batchingWindow = props.batchingWindow;
    this.deadLetterQueue = deadLetterQueue(this, 'received', props.stage);
    this.queue = new Queue(this, 'Queue', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(
        props.consumerTimeout.toSeconds() * VISIBILITY_FACTOR + (props.batchingWindow?.toSeconds() ?? 0),
      ),
      // Five tries ride out an outage of some minutes; beyond that a person should look.
      deadLetterQueue: { queue: this.deadLetterQueue, maxReceiveCount: props.maxReceiveCount ?? 5 },
    });
    tag(this.queue, QUEUE_TAGS.queue, readableName(this));
  }

  /**
   * Batches of up to 10, where anybody waits without a batching window (the talk's balance of speed and cost); only the
   * records that failed come back.
   * @param maxConcurrency batches under way at once, 2 at least
   */
  consumeWith(consumer: LambdaFunction, maxConcurrency: number): void {
    consumer.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize: 10,
        reportBatchItemFailures: true,
        maxConcurrency,
        ...(this.#batchingWindow === undefined ? {} : { maxBatchingWindow: this.#batchingWindow }),
      }),
    );
  }

  /** Raw delivery of the topic's messages that pass the filter; what cannot be delivered is a dead letter. */
  subscribeTo(topic: Topic, filterPolicy?: Record<string, SubscriptionFilter>): void {
    topic.addSubscription(
      new SqsSubscription(this.queue, {
        rawMessageDelivery: true,
        deadLetterQueue: deadLetterQueue(this, 'undelivered', this.#stage),
        ...(filterPolicy === undefined ? {} : { filterPolicy }),
      }),
    );
  }

  grantSendMessages(grantee: IGrantable): void {
    // Not grantSendMessages(): that allows reading the queue's attributes as well.
    this.queue.grant(grantee, 'sqs:SendMessage');
  }
}

/** Path of the construct below its stack. */
const readableName = (queue: Construct): string =>
  queue.node.path.slice(Stack.of(queue).node.path.length + 1);

const DEAD_LETTER_QUEUE_IDS: Readonly<Record<DeadLetterKind, string>> = {
  received: 'DeadLetters',
  undelivered: 'UndeliveredLetters',
};

function deadLetterQueue(scope: Construct, kind: DeadLetterKind, stage: StageConfig): Queue {
  const id = DEAD_LETTER_QUEUE_IDS[kind];
  const queue = new Queue(scope, id, {
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: DEAD_LETTER_RETENTION,
  });
  tag(queue, QUEUE_TAGS.queue, readableName(scope));
  tag(queue, QUEUE_TAGS.deadLetters, kind);
  acknowledge(
    queue,
    'AwsSolutions-SQS3',
    'It is itself a dead-letter queue: of a queue or of a subscription.',
  );
  if (stage.alarms) {
    new Alarm(scope, `${id}Alarm`, {
      alarmDescription:
        `Messages could not be processed and wait in ${scope.node.path}/${id}: commands may be stuck or ` +
        'apps may lack answers. See docs/operations.md#dead-letters',
      metric: queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'max',
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
  return queue;
}
