import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { marshall, type NativeAttributeValue, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { commandStore } from '../../functions/persistence/command-store.ts';
import { type DynamoDbEngine, startDynamoDb } from '../../local/dynamodb/engine.ts';
import type { CommandTables } from './fake-command-store.ts';

const REGION = 'eu-central-1';
export const RETENTION_DAYS = 30;

type Item = Record<string, NativeAttributeValue>;

/** The stage's tables on the embedded DynamoDB, new for each call of `open`. */
export interface RealTables extends CommandTables {
  readonly endpoint: string;
  readonly dynamoDb: DynamoDBClient;
  readonly eventsTable: string;
  readonly leasesTable: string;
  readonly vehiclesTable: string;
  /** The item as it stands, for those who read it with templates. */
  item(pk: string, sk: string): Promise<Item | undefined>;
  /** Writes into the Events table, as templates and workflows do. */
  put(item: Item): Promise<void>;
  putVehicle(item: Item): Promise<void>;
}

/** Keys as in lib/persistence/tables.ts. */
const keyed = (...names: string[]) => ({
  AttributeDefinitions: names.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
  KeySchema: names.map((AttributeName, index) => ({
    AttributeName,
    KeyType: index === 0 ? 'HASH' : 'RANGE',
  })),
});

/** Starts DynamoDB for the tests of a file. */
export function realTables(): () => Promise<RealTables> {
  let engine: DynamoDbEngine;
  let dynamoDb: DynamoDBClient;
  let opened = 0;
  beforeAll(async () => {
    engine = await startDynamoDb({ region: REGION, accountId: '000000000000' });
    dynamoDb = new DynamoDBClient({
      endpoint: engine.endpoint,
      region: REGION,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  });
  afterAll(async () => {
    dynamoDb.destroy();
    await engine.close();
  });

  return async () => {
    opened += 1;
    const eventsTable = `Events-${opened}`;
    const leasesTable = `Leases-${opened}`;
    const vehiclesTable = `Vehicles-${opened}`;
    await engine.createTable(keyed('pk', 'sk'), eventsTable);
    await engine.createTable(keyed('vin'), leasesTable);
    await engine.createTable(keyed('vin'), vehiclesTable);

    const get = async (TableName: string, key: Item): Promise<Item | undefined> => {
      const { Item } = await dynamoDb.send(new GetItemCommand({ TableName, Key: marshall(key) }));
      return Item && unmarshall(Item);
    };
    const put = async (TableName: string, item: Item): Promise<void> => {
      await dynamoDb.send(new PutItemCommand({ TableName, Item: marshall(item) }));
    };
    return {
      endpoint: engine.endpoint,
      dynamoDb,
      eventsTable,
      leasesTable,
      vehiclesTable,
      store: commandStore(dynamoDb, { eventsTable, leasesTable, retentionDays: RETENTION_DAYS }),
      item: (pk, sk) => get(eventsTable, { pk, sk }),
      put: (item) => put(eventsTable, item),
      putVehicle: (item) => put(vehiclesTable, item),
      claim: (vin, eventId) => put(leasesTable, { vin, eventId }),
      leaseOf: async (vin) => (await get(leasesTable, { vin }))?.eventId,
      historyOf: async (vin) => {
        const { Items = [] } = await dynamoDb.send(
          new QueryCommand({
            TableName: eventsTable,
            KeyConditionExpression: 'pk = :vehicle',
            ExpressionAttributeValues: { ':vehicle': { S: `VEHICLE#${vin}` } },
          }),
        );
        return Items.map((item) => unmarshall(item)).map(({ sk, time, ignored }) => ({
          id: sk.slice(time.length + 1),
          time,
          ignored,
        }));
      },
    };
  };
}
