import { Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ServiceFunction } from '../function.ts';
import { ConsumedQueue } from '../queue.ts';
import type { StageConfig } from '../stages.ts';

/** Waits less than a second before an answer, and sends up to ten of them. */
const TIMEOUT = Duration.seconds(10);

/** The Lambda vehicle: takes commands from its queue and answers into the incoming queue. */
export class Vehicle extends Construct {
  readonly commands: ConsumedQueue;

  constructor(scope: Construct, id: string, props: { stage: StageConfig; incomingQueue: ConsumedQueue }) {
    super(scope, id);
    const { stage, incomingQueue } = props;
    const drive = new ServiceFunction(this, 'Drive', {
      stage,
      entry: 'vehicle-simulator/vehicle/handler.ts',
      description: 'Simulated vehicles: answer commands as their behaviour says',
      timeout: TIMEOUT,
      environment: { INCOMING_QUEUE_URL: incomingQueue.queue.queueUrl },
    });
    incomingQueue.grantSendMessages(drive);
    this.commands = new ConsumedQueue(this, 'Commands', { stage, consumerTimeout: TIMEOUT });
    // Delays of whole seconds are SQS's, so a batch takes some 10 ms.
    this.commands.consumeWith(drive, 20);
  }
}
