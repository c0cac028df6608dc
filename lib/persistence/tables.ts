import {
  AttributeType,
  Billing,
  type CfnGlobalTable,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { StageConfig } from '../stages.ts';

/** What the stage remembers, shared by its environments. */
export class Tables extends Construct {
  /**
   * Current state and history of commands, and requests that may be retried: `COMMAND#<eventId>` / `STATE`,
   * `VEHICLE#<vin>` / `<time>#<event>`, `REQUEST#<hash of user and correlation id>` / `REQUEST`.
   */
  readonly events: TableV2;
  /** The in-flight claim on a vehicle, by VIN. Expiry is in the conditions: TTL deletes late. */
  readonly leases: TableV2;
  /** Where vehicles were found, by event id: for the requester's eyes only, and not for long. */
  readonly positions: TableV2;
  /** The vehicles, by VIN. */
  readonly vehicles: TableV2;
  /** How traffic is split between the environments: one item, `traffic`. */
  readonly trafficWeights: TableV2;
  readonly #positionsKey: Key | undefined;

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
    this.#positionsKey = stage.customerManagedKeys
      ? new Key(this, 'PositionsKey', {
          description: `Encrypts positions of vehicles in ${stage.name}`,
          enableKeyRotation: true,
          removalPolicy: stage.removalPolicy,
        })
      : undefined;
    this.positions = new TableV2(this, 'Positions', {
      ...defaults,
      partitionKey: { name: 'eventId', type: AttributeType.STRING },
      timeToLiveAttribute: 'ttl',
      encryption: TableEncryptionV2.awsManagedKey(),
    });
    if (this.#positionsKey !== undefined) {
      // customerManagedKey() wants to know the region, which only the deployment does.
      const table = this.positions.node.defaultChild as CfnGlobalTable;
      table.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', this.#positionsKey.keyArn);
    }
    this.vehicles = new TableV2(this, 'Vehicles', { ...defaults, ...byVin });
    this.trafficWeights = new TableV2(this, 'TrafficWeights', {
      ...defaults,
      partitionKey: { name: 'id', type: AttributeType.STRING },
    });
  }

  grantStorePositions(grantee: IGrantable): void {
    this.positions.grant(grantee, 'dynamodb:PutItem');
    this.#positionsKey?.grant(grantee, ...READ_WITH_KEY, ...WRITE_WITH_KEY);
  }

  grantReadPositions(grantee: IGrantable): void {
    this.positions.grant(grantee, 'dynamodb:Query');
    this.#positionsKey?.grant(grantee, ...READ_WITH_KEY);
  }
}

/** What DynamoDB does with a table's key on behalf of whoever reads, or writes, the table. */
const READ_WITH_KEY = ['kms:Decrypt', 'kms:DescribeKey'];
const WRITE_WITH_KEY = [
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];
