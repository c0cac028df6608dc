import type { Json, JsonObject } from '../aws.ts';

/** The attribute that holds an item's time of expiry, seconds since the epoch; and the table's key. */
export interface TimeToLive {
  readonly attribute: string;
  readonly keys: readonly string[];
}

export interface Table {
  /** Input of CreateTable. */
  readonly input: JsonObject;
  readonly timeToLive: TimeToLive | undefined;
}

/** Properties without behaviour here: capacity, backups, encryption, monitoring. */
const INERT_PROPERTIES = [
  'BillingMode',
  'ContributorInsightsSpecification',
  'DeletionProtectionEnabled',
  'OnDemandThroughput',
  'PointInTimeRecoverySpecification',
  'ProvisionedThroughput',
  'ResourcePolicy',
  'SSESpecification',
  'TableClass',
  'TableName',
  'Tags',
  'WarmThroughput',
  'WriteOnDemandThroughputSettings',
  'WriteProvisionedThroughputSettings',
];

const TABLE_PROPERTIES = [
  'AttributeDefinitions',
  'GlobalSecondaryIndexes',
  'KeySchema',
  'LocalSecondaryIndexes',
  'Replicas',
  'TimeToLiveSpecification',
];

const INDEX_KINDS = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];

/**
 * Reads the properties of an `AWS::DynamoDB::Table` or `AWS::DynamoDB::GlobalTable`. All tables are on demand.
 * @throws Error that names a property which the local stage does not know, streams and replicas among them
 */
export function readTable(properties: JsonObject, name: string): Table {
  const unknown = Object.keys(properties).find(
    (property) => !TABLE_PROPERTIES.includes(property) && !INERT_PROPERTIES.includes(property),
  );
  if (unknown !== undefined)
    throw new Error(`The local stage does not know property ${unknown} of table ${name}`);
  const { AttributeDefinitions = [], KeySchema = [], Replicas, TimeToLiveSpecification } = properties;
  if (Array.isArray(Replicas) && Replicas.length > 1) {
    throw new Error(`The local stage does not know Replicas in other regions, of table ${name}`);
  }
  const input: JsonObject = {
    TableName: name,
    AttributeDefinitions,
    KeySchema,
    BillingMode: 'PAY_PER_REQUEST',
  };
  for (const kind of INDEX_KINDS) {
    const indexes = properties[kind];
    if (Array.isArray(indexes) && indexes.length > 0) input[kind] = indexes.map(readIndex);
  }
  return { input, timeToLive: readTimeToLive(TimeToLiveSpecification, KeySchema) };
}

/** What cannot be changed of a table without its items: its keys and indexes, whatever order they are listed in. */
export function keysOf({ AttributeDefinitions = [], KeySchema = [], ...table }: JsonObject): JsonObject {
  const byName = (list: Json | undefined, name: string) =>
    ((list ?? []) as JsonObject[]).toSorted((a, b) => String(a[name]).localeCompare(String(b[name])));
  return {
    attributes: byName(AttributeDefinitions, 'AttributeName'),
    key: KeySchema,
    indexes: INDEX_KINDS.map((kind) => byName(table[kind], 'IndexName').map(readIndex)),
  };
}

function readIndex(index: Json): JsonObject {
  const { IndexName = null, KeySchema = null, Projection = null } = index as JsonObject;
  return { IndexName, KeySchema, Projection };
}

function readTimeToLive(specification: Json | undefined, keySchema: Json): TimeToLive | undefined {
  if (specification === undefined) return undefined;
  const { AttributeName, Enabled } = specification as JsonObject;
  if (String(Enabled) !== 'true') return undefined;
  const keys = (keySchema as JsonObject[]).map((key) => String(key.AttributeName));
  return { attribute: String(AttributeName), keys };
}
