import { describe, expect, test } from 'vitest';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { vehicle } from '../factories.ts';

const { request, rules } = remoteService('charging-profile');
const accepts = (body: unknown): boolean => request.safeParse(body).success;

const timer = (id: number) => ({
  daysOfTheWeek: ['MONDAY'],
  id,
  time: '0001-01-01T07:30:00.000',
  timerAction: 'ACTIVATE',
});

interface Changes {
  readonly mode?: Record<string, unknown>;
  readonly departure?: Record<string, unknown>;
  readonly timer?: Record<string, unknown>;
  readonly profile?: Record<string, unknown>;
}

/** A profile that every vehicle takes, but for the changes. */
const profile = (changes: Changes = {}) => ({
  chargingMode: {
    chargingPreference: 'CHARGING_WINDOW',
    endTimeSlot: '0001-01-01T06:00:00.000',
    startTimeSlot: '0001-01-01T22:00:00.000',
    type: 'TIME_SLOT',
    timerChange: 'NO_CHANGE',
    ...changes.mode,
  },
  departureTimer: {
    type: 'WEEKLY_DEPARTURE_TIMER',
    weeklyTimers: [{ ...timer(1), ...changes.timer }],
    ...changes.departure,
  },
  isPreconditionForDepartureActive: true,
  servicePack: 'TCB1',
  ...changes.profile,
});

/** What the rules say to a profile that the schema accepts: the same for every vehicle. */
function refusal(changes: Changes): string | undefined {
  const body = profile(changes);
  expect(accepts(body)).toBe(true);
  const answers = GENERATIONS.map(({ name }) =>
    rules?.(body as Parameters<NonNullable<typeof rules>>[0], vehicle({ generation: name })),
  );
  expect(new Set(answers).size).toBe(1);
  return answers[0];
}

describe('every vehicle takes', () => {
  const immediately = { chargingPreference: 'NO_PRESELECTION', type: 'CHARGING_IMMEDIATELY' };
  const slot = (startTimeSlot: string, endTimeSlot: string) => ({ startTimeSlot, endTimeSlot });

  test.each<[string, Changes]>([
    ['a window over midnight', {}],
    ['a window by day', { mode: slot('0001-01-01T10:00:00.000', '0001-01-01T16:00:00.000') }],
    ['a window that ends when it starts', { mode: slot('0001-01-01T06:00:00', '0001-01-01T06:00:00.000') }],
    ['no window', { mode: immediately }],
    ['no timer', { departure: { weeklyTimers: [] } }],
    ['two timers', { departure: { type: 'TWO_DEPARTURE_TIMER', weeklyTimers: [1, 2].map(timer) } }],
    ['a week of three', { departure: { weeklyTimers: [1, 2, 3].map(timer) } }],
    [
      'timers that have no id, however many',
      { departure: { weeklyTimers: [timer(1), { ...timer(2), id: null }, { ...timer(3), id: null }] } },
    ],
  ])('%s', (_what, changes) => {
    expect(refusal(changes)).toBeUndefined();
  });
});

/**
 * It takes the profile as the vehicle last told it, and changes what its user asks for: so the times are midnight
 * where there is none, and the days, ids and the service pack null. It writes milliseconds; the
 * profiles that vehicles tell apps have none.
 */
describe.each([
  ['with milliseconds', '.000'],
  ['without milliseconds', ''],
])('what the open-source client sends, times %s:', (_form, end) => {
  const time = (ofDay = '00:00') => `0001-01-01T${ofDay}:00${end}`;
  const midnight = { startTimeSlot: time(), endTimeSlot: time() };
  const WORKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'];
  const week = (...timers: object[]) => ({
    type: 'WEEKLY_DEPARTURE_TIMER',
    weeklyTimers: [1, 2, 3, 4].map((id, index) => ({
      daysOfTheWeek: [],
      id,
      time: time(),
      timerAction: 'DEACTIVATE',
      ...timers[index],
    })),
  });
  const workday = { daysOfTheWeek: WORKDAYS, time: time('07:40'), timerAction: 'ACTIVATE' };
  const untold = { daysOfTheWeek: null, id: null, timerAction: null };

  test.each<[string, Changes]>([
    [
      'charge in the window, to a vehicle that has told none',
      { mode: midnight, departure: week(workday, {}, {}, { daysOfTheWeek: ['THURSDAY'] }) },
    ],
    [
      'charge at once',
      {
        mode: { ...midnight, chargingPreference: 'NO_PRESELECTION', type: 'CHARGING_IMMEDIATELY' },
        departure: week(),
        profile: { isPreconditionForDepartureActive: false, servicePack: 'WAVE_01' },
      },
    ],
    [
      'no more climate, in the vehicle’s own window',
      {
        mode: { startTimeSlot: time('18:01'), endTimeSlot: time('01:30') },
        departure: week({ daysOfTheWeek: WORKDAYS, time: time('07:35') }),
        profile: { isPreconditionForDepartureActive: false },
      },
    ],
    [
      'a profile of which the vehicle has told nothing',
      {
        mode: midnight,
        departure: week(untold, untold, untold, untold),
        profile: { isPreconditionForDepartureActive: false, servicePack: null },
      },
    ],
  ])('%s', (_what, changes) => {
    expect(refusal(changes)).toBeUndefined();
  });
});

describe('a contradiction is refused by every vehicle:', () => {
  test.each<[string, Changes, RegExp]>([
    [
      'a window without a time slot',
      { mode: { type: 'CHARGING_IMMEDIATELY' } },
      /^chargingMode: CHARGING_WINDOW goes with the type TIME_SLOT\.$/,
    ],
    [
      'a time slot without a window',
      { mode: { chargingPreference: 'NO_PRESELECTION' } },
      /^chargingMode: NO_PRESELECTION goes with the type CHARGING_IMMEDIATELY\.$/,
    ],
    [
      'two timers of one id',
      { departure: { weeklyTimers: [timer(2), timer(1), timer(2)] } },
      /^departureTimer: two timers have the same id\.$/,
    ],
  ])('%s', (_what, changes, message) => {
    expect(refusal(changes)).toMatch(message);
  });
});

test.each([
  ['0001-01-01T00:00:00.000', true],
  ['0001-01-01T07:30:00.000', true],
  ['0001-01-01T19:59:00.000', true],
  ['0001-01-01T23:59:00.000', true],
  ['0001-01-01T07:30:00', true],
  ['0001-01-01T24:00:00.000', false],
  ['0001-01-01T07:60:00.000', false],
  ['0001-01-01T07:30:01.000', false],
  ['0001-01-01T07:30:00.001', false],
  ['0001-01-01T07:30:00.00', false],
  ['0001-01-01T07:30:00.', false],
  ['0001-01-01T07:30:00.000Z', false],
  ['0001-01-01T07:30', false],
  ['0001-01-01T7:30:00.000', false],
  ['0001-01-02T07:30:00.000', false],
  ['2025-12-03T07:30:00.000', false],
  ['0001-01-01 07:30:00.000', false],
  ['0001-01-01T07:30:00.000\n', false],
  ['\n0001-01-01T07:30:00.000', false],
  ['07:30', false],
  ['', false],
  [null, false],
  [730, false],
])('the time of day %j is valid: %s', (time, valid) => {
  expect(accepts(profile({ timer: { time } }))).toBe(valid);
  expect(accepts(profile({ mode: { startTimeSlot: time } }))).toBe(valid);
  expect(accepts(profile({ mode: { endTimeSlot: time } }))).toBe(valid);
});

describe('the form', () => {
  const days = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'];
  const ids = (count: number) => Array.from({ length: count }, (_, index) => timer(index + 1));

  test.each<[string, Changes]>([
    ['a timer for each day', { timer: { daysOfTheWeek: days } }],
    ['a timer for no day', { timer: { daysOfTheWeek: [] } }],
    ['a timer that tells no days', { timer: { daysOfTheWeek: null } }],
    ['a timer without an id', { timer: { id: null } }],
    ['no service pack', { profile: { servicePack: null } }],
    ['a timer that does nothing', { timer: { timerAction: null } }],
    ['a timer that is switched off', { timer: { timerAction: 'DEACTIVATE' } }],
    ['ten timers', { departure: { weeklyTimers: ids(10) } }],
    [
      'names of 40 characters',
      { mode: { timerChange: 'x'.repeat(40) }, profile: { servicePack: 'x'.repeat(40) } },
    ],
    ['no preconditioning', { profile: { isPreconditionForDepartureActive: false } }],
  ])('allows %s', (_what, changes) => {
    expect(accepts(profile(changes))).toBe(true);
  });

  test.each<[string, Changes]>([
    ['eight days', { timer: { daysOfTheWeek: [...days, 'MONDAY'] } }],
    ['a day that is none', { timer: { daysOfTheWeek: ['Monday'] } }],
    ['an id of 0', { timer: { id: 0 } }],
    ['an id of 11', { timer: { id: 11 } }],
    ['half an id', { timer: { id: 1.5 } }],
    ['an id as text', { timer: { id: '1' } }],
    ['a timer whose days are left out', { timer: { daysOfTheWeek: undefined } }],
    ['a timer whose id is left out', { timer: { id: undefined } }],
    ['a service pack that is left out', { profile: { servicePack: undefined } }],
    ['a time that is null', { timer: { time: null } }],
    ['an action that is none', { timer: { timerAction: 'EXPLODE' } }],
    ['no action', { timer: { timerAction: undefined } }],
    ['eleven timers', { departure: { weeklyTimers: ids(11) } }],
    ['a timer of another kind', { departure: { type: 'THREE_DEPARTURE_TIMER' } }],
    ['timers by name', { departure: { weeklyTimers: { first: timer(1) } } }],
    ['no timers', { departure: { weeklyTimers: undefined } }],
    ['a preference that is none', { mode: { chargingPreference: 'CHEAP' } }],
    ['a type that is none', { mode: { type: 'DELAYED_CHARGING' } }],
    ['a timer change that is too long', { mode: { timerChange: 'x'.repeat(41) } }],
    ['a service pack that is too long', { profile: { servicePack: 'x'.repeat(41) } }],
    ['preconditioning as text', { profile: { isPreconditionForDepartureActive: 'true' } }],
    ['no charging mode', { profile: { chargingMode: undefined } }],
    ['no departure timer', { profile: { departureTimer: null } }],
    ['unknown fields of the profile', { profile: { mood: 'happy' } }],
    ['unknown fields of the mode', { mode: { mood: 'happy' } }],
    ['unknown fields of the departure', { departure: { mood: 'happy' } }],
    ['unknown fields of a timer', { timer: { mood: 'happy' } }],
  ])('refuses %s', (_what, changes) => {
    expect(accepts(profile(changes))).toBe(false);
  });
});
