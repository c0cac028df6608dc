import { Vin } from '../../event/event.ts';
import type { HistoryPage, ReadHistory } from '../../persistence/vehicle-history.ts';
import type { FindVehicle } from '../../persistence/vehicle-store.ts';
import { ownVehicle, type Refusal, unknownVehicle } from '../request.ts';

interface Dependencies {
  readonly findVehicle: FindVehicle;
  readonly readHistory: ReadHistory;
}

/** What became of a vehicle's commands, to its owner, since it is theirs. */
export async function history(
  { vin, user, before }: { vin: string; user: string; before: string | undefined },
  { findVehicle, readHistory }: Dependencies,
): Promise<HistoryPage | { refusal: Refusal }> {
  if (!Vin.safeParse(vin).success) return { refusal: unknownVehicle(vin) };
  const vehicle = await ownVehicle({ vin, user }, findVehicle);
  if (vehicle === undefined) return { refusal: unknownVehicle(vin) };
  // A key that is none of ours would be refused by DynamoDB.
  const position = before?.slice(0, 200);
  if (position !== undefined && position <= vehicle.ownedSince) return { items: [], before: null };
  return readHistory(vin, vehicle.ownedSince, position === '' ? undefined : position);
}
