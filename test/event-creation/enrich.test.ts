import { expect, test } from 'vitest';
import { enrich } from '../../functions/event-creation/enrich/enrich.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
import { deliverySeconds, leaseSeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { at, commandRequest, REQUESTED_AT, vehicle } from '../factories.ts';

const service = remoteService('horn-blow');
const newest = vehicleGeneration('mqtt-2021');

test('what the backend knows is added to the request', async () => {
  const found = vehicle({ brand: 'mini', country: 'GB' });
  expect(await enrich(commandRequest(), { findVehicle: async () => found })).toEqual({
    enrichment: {
      brand: 'mini',
      country: 'GB',
      generation: 'mqtt-2021',
      expiresAt: at(30),
      leaseExpiresAt: REQUESTED_AT / 1000 + 135,
    },
  });
});

test.each(GENERATIONS)('a vehicle of $name has the time to wake up', async (generation) => {
  const found = vehicle({ generation: generation.name });
  expect(await enrich(commandRequest(), { findVehicle: async () => found })).toMatchObject({
    enrichment: {
      generation: generation.name,
      expiresAt: at(deliverySeconds(service, generation)),
      leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(service, generation),
    },
  });
});

test('times count from the request; a lease ends no earlier than it should', async () => {
  const request = commandRequest({ requestedAt: REQUESTED_AT + 1 });
  expect(await enrich(request, { findVehicle: async () => vehicle() })).toMatchObject({
    enrichment: {
      expiresAt: at(deliverySeconds(service, newest) + 0.001),
      leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(service, newest) + 1,
    },
  });
});

test.each([
  ['a vehicle that nobody knows', undefined],
  ['a vehicle of someone else', vehicle({ owner: 'stranger' })],
])('%s is refused', async (_what, found) => {
  const answer = await enrich(commandRequest(), { findVehicle: async () => found });
  expect(answer).toMatchObject({ refusal: { statusCode: 404, reason: 'VEHICLE_UNKNOWN' } });
});
