import { Vin } from '../../event/event.ts';
import type { HistoryPage, ReadHistory } from '../../persistence/vehicle-history.ts';
import type { FindVehicle } from '../../persistence/vehicle-store.ts';

interface Dependencies {
  readonly findVehicle: FindVehicle;
  readonly readHistory: ReadHistory;
}

/**
 * What became of a vehicle's commands, to its owner.
 * @returns undefined if the vehicle is not the user's own
 */
export async function history(
  { vin, user, before }: { vin: string; user: string; before: string | undefined },
  { findVehicle, readHistory }: Dependencies,
): Promise<HistoryPage | undefined> {
  const vehicle = Vin.safeParse(vin).success ? await findVehicle(vin) : undefined;
  if (vehicle?.owner !== user) return undefined;
  // DynamoDB takes no empty key, and none beyond 1,024 bytes.
  return readHistory(vin, user, before?.slice(0, 200) || undefined);
}
