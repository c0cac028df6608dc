import { expect, test } from 'vitest';
import { enrich } from '../../functions/event-creation/enrich/enrich.ts';
import { leaseSeconds, remoteService } from '../../functions/remote-services/catalogue.ts';
import { at, commandRequest, REQUESTED_AT, vehicle } from '../factories.ts';

const service = remoteService('horn-blow');

test('what the backend knows is added to the request', async () => {
  const found = vehicle({ brand: 'mini', country: 'GB', generation: 'mqtt-2018' });
  expect(await enrich(commandRequest(), { findVehicle: async () => found })).toEqual({
    enrichment: {
      brand: 'mini',
      country: 'GB',
      generation: 'mqtt-2018',
      expiresAt: at(service.deliverySeconds),
      leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(service),
    },
  });
});

test('times count from the request; a lease ends no earlier than it should', async () => {
  const request = commandRequest({ requestedAt: REQUESTED_AT + 1 });
  expect(await enrich(request, { findVehicle: async () => vehicle() })).toMatchObject({
    enrichment: {
      expiresAt: at(service.deliverySeconds + 0.001),
      leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(service) + 1,
    },
  });
});

test('a vehicle that nobody knows is refused', async () => {
  const answer = await enrich(commandRequest(), { findVehicle: async () => undefined });
  expect(answer).toMatchObject({ refusal: { statusCode: 404, reason: 'VEHICLE_UNKNOWN' } });
});
