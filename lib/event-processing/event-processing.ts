import { Duration } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { Status } from '../../functions/event/lifecycle.ts';
import { ServiceFunction } from '../function.ts';
import type { Peer } from '../peers.ts';
import type { Tables } from '../persistence/tables.ts';
import { ConsumedQueue } from '../queue.ts';
import type { StageConfig } from '../stages.ts';
import { metricsNamespace } from './metrics.ts';

export interface EventProcessingProps {
  readonly stage: StageConfig;
  readonly tables: Tables;
  readonly subscriber: Peer;
}

/** Ten events of a batch need some 30 table operations of 10 ms, mostly at once; the rest is for retries. */
const BATCH_TIMEOUT = Duration.seconds(10);
/** Delivery retries within an invocation take up to 3.6 s. */
const DELIVERY_TIMEOUT = Duration.seconds(15);

/**
 * Nobody waits for a watch: it is over ten seconds later, or when a command has failed already. At 29 commands a second
 * (2.5 million a day) each of the five pollers that AWS starts with gathers a full batch in this time.
 */
const WATCH_WINDOW = Duration.seconds(2);

/** Does with each status change what needs to be done: store it, distribute it, watch over what follows. */
export class EventProcessing extends Construct {
  readonly topic: Topic;
  readonly #props: EventProcessingProps;

  constructor(scope: Construct, id: string, props: EventProcessingProps) {
    super(scope, id);
    this.#props = props;
    // The AWS-managed key costs nothing idle; publishers need no right to it of their own.
    this.topic = new Topic(this, 'Events', {
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    });
    this.#persistence();
    this.#distribution();
    this.#lifecycle();
  }

  grantPublish(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }

  /** Every event: history and current state; frees the vehicle at a command's end. */
  #persistence(): void {
    const { stage, tables } = this.#props;
    const persist = new ServiceFunction(this, 'Persistence', {
      stage,
      entry: 'functions/event-processing/persistence/handler.ts',
      description: 'Stores events: history, current state, leases of ended commands',
      timeout: BATCH_TIMEOUT,
      environment: this.#storeEnvironment(),
    });
    this.#grantSettle(persist);
    tables.events.grant(persist, 'dynamodb:BatchWriteItem');

    const queue = new ConsumedQueue(this, 'PersistenceQueue', { stage, consumerTimeout: BATCH_TIMEOUT });
    queue.subscribeTo(this.topic, {
      status: SubscriptionFilter.stringFilter({ allowlist: [...Status.options] }),
    });
    queue.consumeWith(persist, 50);
  }

  /** Final events only, reports of vehicles among them: tells the subscriber, and measures the latency. */
  #distribution(): void {
    const { stage, subscriber } = this.#props;
    const distribute = new ServiceFunction(this, 'Distribution', {
      stage,
      entry: 'functions/event-processing/distribution/handler.ts',
      description: 'Tells subscribers how commands ended, and what vehicles report',
      timeout: DELIVERY_TIMEOUT,
      environment: {
        ...this.#storeEnvironment(),
        SUBSCRIBER_URL: subscriber.url,
        METRICS_NAMESPACE: metricsNamespace(stage),
      },
    });
    this.#grantSettle(distribute);
    subscriber.admit(this, distribute);

    const queue = new ConsumedQueue(this, 'DistributionQueue', { stage, consumerTimeout: DELIVERY_TIMEOUT });
    queue.subscribeTo(this.topic, { final: SubscriptionFilter.stringFilter({ allowlist: ['true'] }) });
    queue.consumeWith(distribute, 50);
  }

  /**
   * Commands that something must follow: if it does not in time, they have failed. Each has one watch, over all its
   * statuses: CREATED is published before anything else is done.
   */
  #lifecycle(): void {
    const { stage, tables } = this.#props;
    const watchQueue = { stage, consumerTimeout: BATCH_TIMEOUT, batchingWindow: WATCH_WINDOW };
    const delayQueue = new ConsumedQueue(this, 'DelayQueue', watchQueue);

    const watch = new ServiceFunction(this, 'LifecycleWatch', {
      stage,
      entry: 'functions/event-processing/lifecycle-watch/handler.ts',
      description: 'Puts off a look at a command to the longest expected time of its status',
      timeout: BATCH_TIMEOUT,
      environment: { DELAY_QUEUE_URL: delayQueue.queue.queueUrl },
    });
    delayQueue.grantSendMessages(watch);
    const queue = new ConsumedQueue(this, 'LifecycleQueue', watchQueue);
    queue.subscribeTo(this.topic, { status: SubscriptionFilter.stringFilter({ allowlist: ['CREATED'] }) });
    queue.consumeWith(watch, 50);

    const check = new ServiceFunction(this, 'LifecycleCheck', {
      stage,
      entry: 'functions/event-processing/lifecycle-check/handler.ts',
      description: 'Fails commands whose status did not change in time',
      timeout: BATCH_TIMEOUT,
      environment: {
        DELAY_QUEUE_URL: delayQueue.queue.queueUrl,
        EVENTS_TABLE: tables.events.tableName,
        EVENTS_TOPIC_ARN: this.topic.topicArn,
      },
    });
    tables.events.grant(check, 'dynamodb:BatchGetItem');
    delayQueue.grantSendMessages(check);
    this.grantPublish(check);
    delayQueue.consumeWith(check, 50);
  }

  #storeEnvironment(): Record<string, string> {
    const { stage, tables } = this.#props;
    return {
      EVENTS_TABLE: tables.events.tableName,
      LEASES_TABLE: tables.leases.tableName,
      RETENTION_DAYS: String(stage.eventRetentionDays),
    };
  }

  /** What it takes to bring an event into its command's current state. */
  #grantSettle(grantee: IGrantable): void {
    const { tables } = this.#props;
    tables.events.grant(grantee, 'dynamodb:UpdateItem', 'dynamodb:BatchGetItem');
    tables.leases.grant(grantee, 'dynamodb:DeleteItem');
  }
}
