import type * as z from 'zod';
import type { VehicleReport } from '../vehicle-generations/vehicle-message.ts';

type Json = VehicleReport['data'];

/** All that there is to say of a report: what vehicles tell on their own. Adding one is one entry of the catalogue. */
export interface ReportDefinition {
  /** The report's name in events, notifications, logs and the vehicle's record. */
  readonly reportType: string;
  /** What it says, in a few words. */
  readonly summary: string;
  /** The name that vehicles know the report by. */
  readonly vehicleReport: string;
  /** What the vehicle tells; fields that are not named here are left out. */
  readonly data: z.ZodType<Json>;
  /** Data that the schema accepts: for documentation, tests and simulated vehicles. */
  readonly example: Json;
  /** Whether it goes only to subscribers of an owner who asked for it, in `optIns` of the vehicle's record. */
  readonly optIn: boolean;
}
