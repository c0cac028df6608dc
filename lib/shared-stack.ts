import { CfnOutput, CfnParameter, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import { ArnPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { FaultInjection } from './game-days/fault-injection.ts';
import { DemoUsers } from './identity/demo-users.ts';
import { Network } from './network/network.ts';
import { Tables } from './persistence/tables.ts';
import { ConsumedQueue } from './queue.ts';
import { hasDoor, type StageConfig } from './stages.ts';

/** The deserialising function's time-out: ten routing executions of a few 10 ms each, with room for retries. */
export const DESERIALISE_TIMEOUT = Duration.seconds(25);

/** What holds state and is never duplicated: the tables, and the queue that the broker's rule fills. */
export class SharedStack extends Stack {
  readonly tables: Tables;
  readonly incomingQueue: ConsumedQueue;
  /** Undefined without a front door. */
  readonly network: Network | undefined;
  /** Undefined in stages without game days. */
  readonly faultInjection: FaultInjection | undefined;
  /** Undefined where users' tokens come from a provider elsewhere. */
  readonly demoUsers: DemoUsers | undefined;

  constructor(scope: Construct, id: string, { stage, ...props }: StackProps & { stage: StageConfig }) {
    super(scope, id, props);
    this.tables = new Tables(this, 'Persistence', stage);
    this.incomingQueue = new ConsumedQueue(this, 'Incoming', { stage, consumerTimeout: DESERIALISE_TIMEOUT });
    this.network = hasDoor(stage) ? new Network(this, 'Network', stage) : undefined;
    this.faultInjection = stage.gameDays ? new FaultInjection(this, 'FaultInjection') : undefined;
    this.demoUsers = stage.identity === 'demo-users' ? new DemoUsers(this, 'DemoUsers', stage) : undefined;
    if (stage.broker === 'http') this.#admitBroker();
    // For whoever seeds vehicles, points the broker's rule at the queue, looks into what is in flight, or moves traffic.
    new CfnOutput(this, 'VehiclesTable', { value: this.tables.vehicles.tableName });
    new CfnOutput(this, 'IncomingQueueUrl', { value: this.incomingQueue.queue.queueUrl });
    new CfnOutput(this, 'LeasesTable', { value: this.tables.leases.tableName });
    new CfnOutput(this, 'EventsTable', { value: this.tables.events.tableName });
    new CfnOutput(this, 'TrafficWeightsTable', { value: this.tables.trafficWeights.tableName });
  }

  /** The broker's rule acts in a role of its own, maybe of another account. */
  #admitBroker(): void {
    const role = new CfnParameter(this, 'BrokerRoleArn', {
      description: 'ARN of the role in which the broker puts vehicle messages on the incoming queue',
      allowedPattern: '^arn:aws[a-z-]*:iam::\\d{12}:role/.+$',
    });
    const { queue } = this.incomingQueue;
    queue.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ArnPrincipal(role.valueAsString)],
        actions: ['sqs:SendMessage'],
        resources: [queue.queueArn],
      }),
    );
  }
}
