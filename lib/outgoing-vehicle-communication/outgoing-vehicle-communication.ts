import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { EventProcessing } from '../event-processing/event-processing.ts';
import { ServiceFunction } from '../function.ts';
import type { BrokerPeer } from '../peers.ts';
import type { Tables } from '../persistence/tables.ts';
import { ConsumedQueue } from '../queue.ts';
import type { StageConfig } from '../stages.ts';

/**
 * Three attempts of a second with pauses are 3.6 s at most, a wake-up is another second; the rest is for the event
 * that ends a command.
 */
const TIMEOUT = Duration.seconds(6);

/**
 * A batch is ten commands with one request each: the broker has 10 × 50 = 500 requests of an environment at once, at
 * most, and what is more waits in the queue. A stage takes 5,000 requests a second, of which one in six is a command
 * if each is polled five times: 830 a second need 500 requests at once if the broker takes 600 ms for an answer.
 */
const BATCHES_AT_ONCE = 50;

export interface OutgoingVehicleCommunicationProps {
  readonly stage: StageConfig;
  readonly tables: Tables;
  readonly eventProcessing: EventProcessing;
  readonly broker: BrokerPeer;
}

/** Takes commands from its queue to the broker. */
export class OutgoingVehicleCommunication extends Construct {
  readonly commands: ConsumedQueue;

  constructor(scope: Construct, id: string, props: OutgoingVehicleCommunicationProps) {
    super(scope, id);
    const { stage, tables, eventProcessing, broker } = props;
    this.commands = new ConsumedQueue(this, 'Commands', {
      stage,
      consumerTimeout: TIMEOUT,
      // While the broker is down or the vehicle sleeps, a command comes back until it expires and is failed. It
      // must not become a dead letter before that: pauses grow so that 29 of them span the longest delivery (see
      // functions/outgoing-vehicle-communication/pause.ts).
      maxReceiveCount: 30,
    });
    const send = new ServiceFunction(this, 'Send', {
      stage,
      entry: 'functions/outgoing-vehicle-communication/handler.ts',
      description: 'Hands commands to the broker',
      timeout: TIMEOUT,
      environment: {
        BROKER: broker.address,
        EVENTS_TABLE: tables.events.tableName,
        EVENTS_TOPIC_ARN: eventProcessing.topic.topicArn,
        OUTGOING_QUEUE_URL: this.commands.queue.queueUrl,
      },
    });
    broker.admit(this, send);
    eventProcessing.grantPublish(send);
    tables.events.grant(send, 'dynamodb:BatchGetItem');
    this.commands.consumeWith(send, BATCHES_AT_ONCE);
  }
}
