import {
  AttributeType,
  Billing,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { StageConfig } from '../stages.ts';

/** What the stage remembers, shared by its environments. */
export class Tables extends Construct {
  /** Current state and history of commands: `COMMAND#<eventId>` / `STATE`, `VEHICLE#<vin>` / `<time>#<event>`. */
  readonly events: TableV2;
  /** The in-flight claim on a vehicle, by VIN. Expiry is in the conditions: TTL deletes late. */
  readonly leases: TableV2;
  /** The vehicles, by VIN. */
  readonly vehicles: TableV2;
  /** How traffic is split between the environments: one item, `traffic`. */
  readonly trafficWeights: TableV2;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    const defaults = {
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      removalPolicy: stage.removalPolicy,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: stage.pointInTimeRecovery },
    } satisfies Partial<TablePropsV2>;
    const byVin = { partitionKey: { name: 'vin', type: AttributeType.STRING } };

    this.events = new TableV2(this, 'Events', {
      ...defaults,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
    });
    this.leases = new TableV2(this, 'Leases', {
      ...defaults,
      ...byVin,
      timeToLiveAttribute: 'expiresAt',
    });
    this.vehicles = new TableV2(this, 'Vehicles', { ...defaults, ...byVin });
    this.trafficWeights = new TableV2(this, 'TrafficWeights', {
      ...defaults,
      partitionKey: { name: 'id', type: AttributeType.STRING },
    });
  }
}
