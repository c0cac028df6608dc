import * as z from 'zod';
import { CHARGING_SERVICE } from './charging.ts';
import { CHARGING, type RemoteService } from './remote-service.ts';

/** A time of day; the date is no date. */
const TimeOfDay = z.string().regex(/^0001-01-01T([01][0-9]|2[0-3]):[0-5][0-9]:00(\.000)?$/);

const Day = z.enum(['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']);

const ChargingProfile = z.strictObject({
  chargingMode: z.strictObject({
    chargingPreference: z.enum(['NO_PRESELECTION', 'CHARGING_WINDOW']),
    endTimeSlot: TimeOfDay,
    startTimeSlot: TimeOfDay,
    type: z.enum(['CHARGING_IMMEDIATELY', 'TIME_SLOT']),
    timerChange: z.string().max(40),
  }),
  departureTimer: z.strictObject({
    type: z.enum(['WEEKLY_DEPARTURE_TIMER', 'TWO_DEPARTURE_TIMER']),
    weeklyTimers: z
      .array(
        z.strictObject({
          daysOfTheWeek: z.array(Day).max(7).nullable(),
          id: z.int().min(1).max(10).nullable(),
          time: TimeOfDay,
          timerAction: z.enum(['ACTIVATE', 'DEACTIVATE']).nullable(),
        }),
      )
      .max(10),
  }),
  isPreconditionForDepartureActive: z.boolean(),
  servicePack: z.string().max(40).nullable(),
});
type ChargingProfile = z.infer<typeof ChargingProfile>;

/** The type that goes with each preference. */
const TYPE_OF_PREFERENCE = { NO_PRESELECTION: 'CHARGING_IMMEDIATELY', CHARGING_WINDOW: 'TIME_SLOT' } as const;

export const chargingProfile: RemoteService = {
  ...CHARGING_SERVICE,
  serviceType: 'charging-profile',
  summary: 'Set when to charge and when to leave',
  trigger: { path: `${CHARGING}/charging-profile`, vin: 'path' },
  request: ChargingProfile,
  example: {
    chargingMode: {
      chargingPreference: 'CHARGING_WINDOW',
      endTimeSlot: '0001-01-01T06:00:00.000',
      startTimeSlot: '0001-01-01T22:00:00.000',
      type: 'TIME_SLOT',
      timerChange: 'NO_CHANGE',
    },
    departureTimer: {
      type: 'WEEKLY_DEPARTURE_TIMER',
      weeklyTimers: [
        { daysOfTheWeek: ['MONDAY'], id: 1, time: '0001-01-01T07:30:00.000', timerAction: 'ACTIVATE' },
      ],
    },
    isPreconditionForDepartureActive: true,
    servicePack: 'TCB1',
  },
  rules: (body) => contradictionIn(ChargingProfile.parse(body)),
  capability: 'charging-profile',
  vehicleService: 'CHARGING_PROFILE',
};

function contradictionIn({ chargingMode, departureTimer }: ChargingProfile): string | undefined {
  const { chargingPreference, type } = chargingMode;
  if (type !== TYPE_OF_PREFERENCE[chargingPreference]) {
    return `chargingMode: ${chargingPreference} goes with the type ${TYPE_OF_PREFERENCE[chargingPreference]}.`;
  }
  const ids = departureTimer.weeklyTimers.flatMap(({ id }) => id ?? []);
  if (new Set(ids).size < ids.length) return 'departureTimer: two timers have the same id.';
  return undefined;
}
