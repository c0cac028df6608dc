import { describe, expect, test } from 'vitest';
import {
  failureOf,
  filterAttributes,
  RemoteServiceEvent,
  reportFilterAttributes,
  VehicleReported,
} from '../../functions/event/event.ts';
import { isFinal, Status } from '../../functions/event/lifecycle.ts';
import { at, EVENT_ID, eventOf, reportedEvent, VIN } from '../factories.ts';

test.each(Status.options)('an event of %s fits the schema, also after a way as JSON', (status) => {
  const event = eventOf(status);
  expect(RemoteServiceEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
});

test.each([
  ['a VIN of 16 characters', { subject: VIN.slice(1) }],
  ['a VIN with an I', { data: { vin: VIN.replace('W', 'I') } }],
  ['a VIN in small letters', { data: { vin: VIN.toLowerCase() } }],
  // Texts of other precisions or offsets would not sort by time.
  ['a time in seconds', { time: '2025-12-03T10:00:00Z' }],
  ['a time with an offset', { time: '2025-12-03T11:00:00.000+01:00' }],
  ['an eventId that is no UUID', { data: { eventId: 'command-1' } }],
  ['an empty id', { id: '' }],
  ['a statusDetail that a vehicle made too long', { data: { statusDetail: 'x'.repeat(201) } }],
])('%s is refused', (_what, overrides) => {
  expect(RemoteServiceEvent.safeParse(eventOf('RUNNING', overrides)).success).toBe(false);
});

test.each(Status.options)('the filter attributes of %s repeat its data', (status) => {
  expect(filterAttributes(eventOf(status))).toEqual({
    status,
    final: String(isFinal(status)),
    serviceType: 'horn-blow',
    country: 'DE',
  });
});

test('an event without a country has no such attribute: SNS refuses an empty one', () => {
  const { country: _, ...data } = eventOf('CREATED').data;
  expect(Object.keys(filterAttributes({ ...eventOf('CREATED'), data }))).toEqual([
    'status',
    'final',
    'serviceType',
  ]);
});

test('a report fits its schema, also after a way as JSON, and neither event is taken for the other', () => {
  const event = reportedEvent();
  expect(VehicleReported.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
  expect(RemoteServiceEvent.safeParse(event).success).toBe(false);
  expect(VehicleReported.safeParse(eventOf('EXECUTED')).success).toBe(false);
});

test('the filter attributes of a report are those of something final without a status', () => {
  expect(reportFilterAttributes(reportedEvent())).toEqual({
    final: 'true',
    reportType: 'theft-alarm',
    country: 'DE',
  });
});

describe('failureOf', () => {
  const failure = {
    source: 'event-processing/lifecycle',
    cause: 'timeout.PENDING',
    reason: 'VEHICLE_DID_NOT_ANSWER',
    time: at(20),
  } as const;

  test('ends the command of the event', () => {
    const failed = failureOf(eventOf('PENDING'), failure);
    expect(failed).toEqual(
      eventOf('FAILED', {
        id: `${EVENT_ID}.timeout.PENDING`,
        source: 'event-processing/lifecycle',
        time: at(20),
        data: { statusReason: 'VEHICLE_DID_NOT_ANSWER' },
      }),
    );
    expect(RemoteServiceEvent.parse(failed)).toEqual(failed);
  });

  test('is the same event whenever it is repeated, and another for another cause or command', () => {
    const idOf = (event: RemoteServiceEvent, cause = failure.cause as string) =>
      failureOf(event, { ...failure, cause }).id;
    const { id } = failureOf(eventOf('PENDING'), failure);
    expect(failureOf(eventOf('PENDING'), failure)).toEqual(failureOf(eventOf('PENDING'), failure));
    expect(idOf(eventOf('PENDING'))).toBe(id);
    expect(idOf(eventOf('PENDING'), 'expired')).not.toBe(id);
    expect(idOf(eventOf('PENDING', { data: { eventId: '0b1c6f2e-5d1a-4c7e-9f63-1f0d8a6b7cff' } }))).not.toBe(
      id,
    );
  });

  test('leaves the earlier event as it was', () => {
    const pending = eventOf('PENDING');
    failureOf(pending, failure);
    expect(pending).toEqual(eventOf('PENDING'));
  });
});
