import { Vin } from '../../event/event.ts';
import type { HistoryPage, ReadHistory } from '../../persistence/vehicle-history.ts';
import type { FindVehicle } from '../../persistence/vehicle-store.ts';
import { ownVehicle, type Refusal, unknownVehicle } from '../request.ts';

interface Dependencies {
  readonly findVehicle: FindVehicle;
  readonly readHistory: ReadHistory;
}

/** What became of a vehicle's commands, to its owner. */
export async function history(
  { vin, user, before }: { vin: string; user: string; before: string | undefined },
  { findVehicle, readHistory }: Dependencies,
): Promise<HistoryPage | { refusal: Refusal }> {
  const vehicle = Vin.safeParse(vin).success ? await ownVehicle({ vin, user }, findVehicle) : undefined;
  if (vehicle === undefined) return { refusal: unknownVehicle(vin) };
  // DynamoDB takes no empty key, and none beyond 1,024 bytes.
  return readHistory(vin, user, before?.slice(0, 200) || undefined);
}
