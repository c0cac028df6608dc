import { expect, test } from 'vitest';
import { enrich } from '../../functions/event-creation/enrich/enrich.ts';
import { handler } from '../../functions/event-creation/enrich/handler.ts';
import { CATALOGUE, remoteService } from '../../functions/remote-services/catalogue.ts';
import { deliverySeconds, leaseSeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS, vehicleGeneration } from '../../functions/vehicle-generations/generations.ts';
import { at, commandRequest, REQUESTED_AT, vehicle } from '../factories.ts';

const service = remoteService('horn-blow');
const newest = vehicleGeneration('mqtt-2021');

const ENRICHED = {
  enrichment: {
    brand: 'mini',
    country: 'GB',
    generation: 'mqtt-2021',
    expiresAt: at(30),
    leaseExpiresAt: REQUESTED_AT / 1000 + 135,
  },
};

test('what the backend knows is added to the request, and nothing of what the vehicle can do', async () => {
  const request = commandRequest({ vehicle: vehicle({ brand: 'mini', country: 'GB' }) });
  expect(enrich(request)).toEqual(ENRICHED);
  expect(await handler(request)).toEqual(ENRICHED);
});

test.each(GENERATIONS)('a vehicle of $name has the time to wake up, for each service', (generation) => {
  for (const asked of CATALOGUE) {
    const { serviceType } = asked;
    const request = commandRequest({ serviceType, vehicle: vehicle({ generation: generation.name }) });
    expect(enrich(request)).toMatchObject({
      enrichment: {
        generation: generation.name,
        expiresAt: at(deliverySeconds(asked, generation)),
        leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(asked, generation),
      },
    });
  }
});

test('times count from the request; a lease ends no earlier than it should', () => {
  expect(enrich(commandRequest({ requestedAt: REQUESTED_AT + 1 }))).toMatchObject({
    enrichment: {
      expiresAt: at(deliverySeconds(service, newest) + 0.001),
      leaseExpiresAt: REQUESTED_AT / 1000 + leaseSeconds(service, newest) + 1,
    },
  });
});

test('a service that the catalogue lacks is an error of the stage', () => {
  expect(() => enrich(commandRequest({ serviceType: 'toast-bread' }))).toThrow(/toast-bread/);
});
