import { describe, expect, test } from 'vitest';
import { enrich } from '../../functions/event-creation/enrich/enrich.ts';
import { history } from '../../functions/event-creation/history/history.ts';
import { CommandRequest, ownVehicle, unknownVehicle } from '../../functions/event-creation/request.ts';
import { validate } from '../../functions/event-creation/validate/validate.ts';
import type { FindVehicle, Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { commandRequest, VIN, vehicle } from '../factories.ts';

/** Vehicles that the default user does not own, though some of their owners look alike. */
const FOREIGN: Vehicle[] = [
  vehicle({ owner: 'stranger' }),
  vehicle({ owner: 'Demo' }),
  vehicle({ owner: 'demo ' }),
  vehicle({ owner: 'stranger', capabilities: [] }),
  vehicle({ owner: 'stranger', generation: 'http-2013' }),
];
const nobodys: FindVehicle = async () => undefined;

test('a vehicle is the user’s own if it is nobody else’s', async () => {
  const own = vehicle();
  expect(await ownVehicle({ vin: VIN, user: 'demo' }, async () => own)).toBe(own);
  expect(await ownVehicle({ vin: VIN, user: 'demo' }, nobodys)).toBeUndefined();
  for (const foreign of FOREIGN) {
    expect(await ownVehicle({ vin: VIN, user: 'demo' }, async () => foreign)).toBeUndefined();
  }
});

test('a request without a user is none', () => {
  const { user: _, ...request } = commandRequest();
  expect(CommandRequest.safeParse(commandRequest()).success).toBe(true);
  expect(CommandRequest.safeParse(request).success).toBe(false);
  expect(CommandRequest.safeParse({ ...request, user: '' }).success).toBe(false);
});

describe.each(FOREIGN)('$owner’s $generation is answered as if it did not exist', (foreign) => {
  const requests = CATALOGUE.map(({ serviceType, example }) =>
    commandRequest({ serviceType, body: example }),
  );

  test('to all commands', async () => {
    for (const request of requests) {
      const validated = await validate(request, { findVehicle: async () => foreign });
      expect(validated).toEqual({ refusal: unknownVehicle(VIN) });
      expect(validated).toEqual(await validate(request, { findVehicle: nobodys }));
      const enriched = await enrich(request, { findVehicle: async () => foreign });
      expect(enriched).toEqual({ refusal: unknownVehicle(VIN) });
      expect(enriched).toEqual(await enrich(request, { findVehicle: nobodys }));
    }
  });

  test('to who asks for its history', async () => {
    const readHistory = async () => expect.unreachable();
    for (const before of [undefined, '', '2020', '2030']) {
      const request = { vin: VIN, user: 'demo', before };
      const refused = await history(request, { findVehicle: async () => foreign, readHistory });
      expect(refused).toEqual({ refusal: unknownVehicle(VIN) });
      expect(refused).toEqual(await history(request, { findVehicle: nobodys, readHistory }));
    }
  });
});
