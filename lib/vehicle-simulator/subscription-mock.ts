import { AttributeType, Billing, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig } from '../stages.ts';

/** A subscriber that records what it is told: one item for each delivery, so that repetitions show. */
export class SubscriptionMock extends Construct {
  readonly notifications: TableV2;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    this.notifications = new TableV2(this, 'Notifications', {
      billing: Billing.onDemand(),
      partitionKey: { name: 'eventId', type: AttributeType.STRING },
      sortKey: { name: 'deliveryId', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      removalPolicy: stage.removalPolicy,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.pointInTimeRecovery },
    });
  }
}
