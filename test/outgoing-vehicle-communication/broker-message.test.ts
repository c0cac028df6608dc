import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  BrokerMessage,
  brokerMessage,
  lastDelivery,
} from '../../functions/outgoing-vehicle-communication/broker-message.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { at, brokerMessageTo, eventOf, REQUESTED_AT, vehicleCommand } from '../factories.ts';

const pending = eventOf('PENDING', { data: { expiresAt: at(15) } });

test.each(GENERATIONS)('a command goes to its vehicle’s topic, in the words of $name', ({ name }) => {
  const event = eventOf('PENDING', { data: { expiresAt: at(15), generation: name } });
  const message = brokerMessage(event, REQUESTED_AT + 2000);
  expect(message).toEqual(
    brokerMessageTo({ generation: name }, { properties: { message_expiry_interval: 12 } }),
  );
  expect(BrokerMessage.parse(message)).toEqual(message);
});

test('the app’s parameters go to the vehicle, as far as the service hands them on', () => {
  const places = [{ title: 'BMW Welt' }];
  const payloadOf = (serviceType: string, payload: NonNullable<(typeof pending)['data']['payload']>) =>
    brokerMessage(eventOf('PENDING', { data: { serviceType, payload } }), REQUESTED_AT).payload;
  const command = (service: string, parameters: object) =>
    brokerMessageTo({ command: vehicleCommand({ service, parameters: { ...parameters } }) }).payload;
  expect(payloadOf('charging-settings', { acLimitValue: 16 })).toBe(
    command('CHARGING_SETTINGS', { acLimitValue: 16 }),
  );
  expect(payloadOf('send-to-car', { places, vehicleInformation: {} })).toBe(
    command('SEND_TO_CAR', { places }),
  );
});

test('a command without a generation has not been enriched, and is an error', () => {
  const { generation: _, ...data } = pending.data;
  expect(() => brokerMessage({ ...pending, data }, REQUESTED_AT)).toThrow(/generation of .* is not known/);
});

test.each([
  ['15 s', 0, 14],
  ['14.999 s', 1, 13],
  ['2.001 s', 12_999, 1],
])('with %s left, a second of which the request may take', (_left, elapsedMs, interval) => {
  const message = brokerMessage(pending, REQUESTED_AT + elapsedMs);
  expect(message.properties.message_expiry_interval).toBe(interval);
});

test('the last delivery leaves a second for the request and one for the broker', () => {
  expect(lastDelivery(pending)).toBe(REQUESTED_AT + 13_000);
});

test('however long the request takes, the broker does not hold it beyond expiresAt', () => {
  const millisecond = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(millisecond, millisecond, fc.integer({ min: 0, max: 1000 }), (expiry, now, requestMs) => {
      const event = eventOf('PENDING', {
        data: { expiresAt: new Date(REQUESTED_AT + expiry).toISOString() },
      });
      fc.pre(REQUESTED_AT + now < lastDelivery(event));
      const seconds = brokerMessage(event, REQUESTED_AT + now).properties.message_expiry_interval;
      expect(seconds).toBeGreaterThanOrEqual(1);
      expect(now + requestMs + seconds * 1000).toBeLessThanOrEqual(expiry);
    }),
  );
});
