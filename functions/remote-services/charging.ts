import * as z from 'zod';
import { CHARGING, type RemoteService } from './remote-service.ts';

/** What the services around charging have in common: charger and battery may take a minute to agree. */
export const CHARGING_SERVICE = {
  deliverySeconds: 30,
  longestExpectedSeconds: { CREATED: 10, PENDING: 35, RUNNING: 60 },
  followUp: 'NOTHING',
} as const;

export const chargeStart: RemoteService = {
  ...CHARGING_SERVICE,
  serviceType: 'charge-start',
  summary: 'Start charging',
  trigger: { path: `${CHARGING}/start-charging`, vin: 'path' },
  request: z.strictObject({}),
  example: {},
  capability: 'charging',
  vehicleService: 'CHARGE_START',
};

export const chargeStop: RemoteService = {
  ...CHARGING_SERVICE,
  serviceType: 'charge-stop',
  summary: 'Stop charging',
  trigger: { path: `${CHARGING}/stop-charging`, vin: 'path' },
  request: z.strictObject({}),
  example: {},
  capability: 'charging',
  vehicleService: 'CHARGE_STOP',
};

const ChargingSettings = z.strictObject({
  /** Percent of the battery. */
  chargingTarget: z.int().min(20).max(100).multipleOf(5).nullish(),
  /** Ampere: from the least to the most that the charging standard IEC 61851 knows for alternating current. */
  acLimitValue: z.int().min(6).max(80).nullish(),
});

export const chargingSettings: RemoteService = {
  ...CHARGING_SERVICE,
  serviceType: 'charging-settings',
  summary: 'Set the charging target and the current limit',
  trigger: { path: `${CHARGING}/charging-settings`, vin: 'path' },
  request: ChargingSettings,
  example: { chargingTarget: 75, acLimitValue: 16 },
  rules: (body) => {
    const { chargingTarget, acLimitValue } = ChargingSettings.parse(body);
    if (chargingTarget == null && acLimitValue == null) return 'Give chargingTarget, acLimitValue or both.';
    return undefined;
  },
  capability: 'charging-settings',
  vehicleService: 'CHARGING_SETTINGS',
};
