import { marshall } from '@aws-sdk/util-dynamodb';
import type { Vehicle } from '../functions/persistence/vehicle-store.ts';
import { demoFleet } from '../vehicle-simulator/fleet.ts';
import type { LocalStage } from './stage.ts';

/** Puts the demo fleet into the vehicles table and returns it. */
export async function seedDemoFleet(stage: LocalStage): Promise<readonly Vehicle[]> {
  const table = stage.output('VehiclesTable');
  const vehicles = demoFleet();
  await stage.put(
    table,
    vehicles.map((vehicle) => marshall(vehicle)),
  );
  return vehicles;
}
