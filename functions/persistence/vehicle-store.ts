import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Vin } from '../event/event.ts';

/** A vehicle as the backend knows it. */
export const Vehicle = z.object({
  vin: Vin,
  model: z.string(),
  brand: z.enum(['bmw', 'mini']),
  /** ISO 3166-1 alpha-2. */
  country: z.string().length(2),
  /** The way it is connected, by the year this way came up. */
  generation: z.enum(['mqtt-2018', 'mqtt-2021']),
  owner: z.string(),
  /** What it can do; a remote service names the capability it needs. */
  capabilities: z.array(z.string()),
});
export type Vehicle = z.infer<typeof Vehicle>;

export type FindVehicle = (vin: string) => Promise<Vehicle | undefined>;

export function vehicleStore(dynamoDb: DynamoDBClient, vehiclesTable: string): FindVehicle {
  return async (vin) => {
    const { Item } = await dynamoDb.send(
      new GetItemCommand({ TableName: vehiclesTable, Key: { vin: { S: vin } } }),
    );
    return Item && Vehicle.parse(unmarshall(Item));
  };
}
