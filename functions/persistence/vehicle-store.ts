import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import { Vin } from '../event/event.ts';
import { GENERATIONS } from '../vehicle-generations/generations.ts';

/** A vehicle as the backend knows it. */
export const Vehicle = z.object({
  vin: Vin,
  model: z.string(),
  brand: z.enum(['bmw', 'mini']),
  /** ISO 3166-1 alpha-2. */
  country: z.string().length(2),
  /** How it is connected and what it speaks. */
  generation: z.enum(GENERATIONS.map(({ name }) => name)),
  /** The user: the subject of their tokens. */
  owner: z.string().min(1),
  /** What it can do; a remote service names the capability it needs. */
  capabilities: z.array(z.string()),
  /** The reports that the owner asked for, by `reportType`, of those that go to nobody unasked. */
  optIns: z.array(z.string()).optional(),
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
