import { describe, expect, test } from 'vitest';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
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
    type: 'TWO_DEPARTURE_TIMER',
    weeklyTimers: [{ ...timer(1), ...changes.timer }],
    ...changes.departure,
  },
  isPreconditionForDepartureActive: true,
  servicePack: 'TCB1',
  ...changes.profile,
});

/** What the rules say to a profile that the schema accepts. */
function refusal(changes: Changes, generation = 'mqtt-2021'): string | undefined {
  const body = profile(changes);
  expect(accepts(body)).toBe(true);
  return rules?.(body as Parameters<NonNullable<typeof rules>>[0], vehicle({ generation }));
}

test('every vehicle takes two timers and a window over midnight', () => {
  const departure = { weeklyTimers: [timer(1), timer(2)] };
  for (const generation of ['http-2013', 'mqtt-2018', 'mqtt-2021']) {
    expect(refusal({ departure }, generation)).toBeUndefined();
  }
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
      'an empty slot',
      { mode: { startTimeSlot: '0001-01-01T06:00:00.000' } },
      /^chargingMode: the time slot is empty/,
    ],
    [
      'an empty slot in two forms',
      { mode: { startTimeSlot: '0001-01-01T06:00:00' } },
      /^chargingMode: the time slot is empty/,
    ],
    [
      'two timers of one id',
      { departure: { weeklyTimers: [timer(2), timer(1), timer(2)] } },
      /^departureTimer: two timers have the same id\.$/,
    ],
  ])('%s', (_what, changes, message) => {
    for (const generation of ['http-2013', 'mqtt-2018', 'mqtt-2021']) {
      expect(refusal(changes, generation)).toMatch(message);
    }
  });

  test('but no slot may be empty', () => {
    const immediately = { chargingPreference: 'NO_PRESELECTION', type: 'CHARGING_IMMEDIATELY' };
    expect(refusal({ mode: immediately })).toBeUndefined();
    const midnight = '0001-01-01T00:00:00.000';
    const mode = { ...immediately, startTimeSlot: midnight, endTimeSlot: midnight };
    expect(refusal({ mode })).toBeUndefined();
  });
});

describe('what vehicles before MQTT cannot do, others can:', () => {
  test.each<[string, Changes]>([
    ['a week', { departure: { type: 'WEEKLY_DEPARTURE_TIMER' } }],
    ['three timers', { departure: { weeklyTimers: [1, 2, 3].map(timer) } }],
    [
      'a week of three timers',
      { departure: { type: 'WEEKLY_DEPARTURE_TIMER', weeklyTimers: [1, 2, 3].map(timer) } },
    ],
  ])('%s', (_what, changes) => {
    expect(refusal(changes, 'http-2013')).toMatch(/^departureTimer: .*2 timers.*TWO_DEPARTURE_TIMER/);
    expect(refusal(changes, 'mqtt-2018')).toBeUndefined();
    expect(refusal(changes, 'mqtt-2021')).toBeUndefined();
  });

  test('no timer is two timers or less', () => {
    expect(refusal({ departure: { weeklyTimers: [] } }, 'http-2013')).toBeUndefined();
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
