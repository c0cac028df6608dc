import type { ReportDefinition } from './report-definition.ts';
import { theftAlarm, theftVideo } from './theft.ts';

/** Every report that the backend knows. */
export const REPORTS: readonly ReportDefinition[] = [theftAlarm, theftVideo];

const byVehicleReport = new Map(REPORTS.map((report) => [report.vehicleReport, report]));

/** The report that vehicles know by this name, if there is one. */
export const reportOfVehicle = (vehicleReport: string): ReportDefinition | undefined =>
  byVehicleReport.get(vehicleReport);
