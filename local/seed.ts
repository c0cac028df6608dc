import { marshall } from '@aws-sdk/util-dynamodb';
import type { Vehicle } from '../functions/persistence/vehicle-store.ts';
import { demoFleet, scenarioFleet } from '../vehicle-simulator/fleet.ts';
import type { LocalStage } from './stage.ts';

/** Puts the demo fleet into the vehicles table and returns it. */
export const seedDemoFleet = (stage: LocalStage): Promise<readonly Vehicle[]> => seed(stage, demoFleet());

/** The same with the vehicles of the scenarios. */
export const seedScenarioFleet = (stage: LocalStage): Promise<readonly Vehicle[]> =>
  seed(stage, scenarioFleet());

async function seed(stage: LocalStage, vehicles: readonly Vehicle[]): Promise<readonly Vehicle[]> {
  await stage.put(
    stage.output('VehiclesTable'),
    vehicles.map((vehicle) => marshall(vehicle)),
  );
  return vehicles;
}
