import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { SLEEPERS } from '../../vehicle-simulator/fleet.ts';
import type { StageConfig } from '../stages.ts';
import { ExpressWorkflow } from '../workflow.ts';
import type { Vehicle } from './vehicle.ts';

/** What the broker API does: it hands messages to the vehicles that listen, and wakes those that sleep. */
export class BrokerMock extends Construct {
  readonly publish: ExpressWorkflow;
  readonly wakeUp: ExpressWorkflow;

  constructor(scope: Construct, id: string, { stage, vehicle }: { stage: StageConfig; vehicle: Vehicle }) {
    super(scope, id);
    /** The last wake-up of each vehicle, and from when until when it makes the vehicle listen. */
    const wakeUps = new TableV2(this, 'WakeUps', {
      billing: Billing.onDemand(),
      partitionKey: { name: 'vin', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      removalPolicy: stage.removalPolicy,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.pointInTimeRecovery },
    });
    const prefixes = [...SLEEPERS.keys()].map((prefix) => `'${prefix}'`);
    const wakingAfter = [...SLEEPERS].flatMap(([prefix, seconds]) =>
      seconds === null ? [] : [`'${prefix}': ${seconds}`],
    );

    this.publish = new ExpressWorkflow(this, 'Publish', {
      stage,
      definition: 'simulated-broker',
      substitutions: {
        CommandsQueue: vehicle.commands.queue.queueUrl,
        // An array of JSONata.
        SleepingPrefixes: `[${prefixes.join(', ')}]`,
        WakeUpsTable: wakeUps.tableName,
      },
    });
    vehicle.commands.grantSendMessages(this.publish);
    wakeUps.grant(this.publish, 'dynamodb:GetItem');

    this.wakeUp = new ExpressWorkflow(this, 'WakeUp', {
      stage,
      definition: 'simulated-wake-up',
      substitutions: {
        // An object of JSONata: seconds by prefix.
        WakesAfterSeconds: `{${wakingAfter.join(', ')}}`,
        WakeUpsTable: wakeUps.tableName,
      },
    });
    wakeUps.grant(this.wakeUp, 'dynamodb:PutItem');
  }
}
