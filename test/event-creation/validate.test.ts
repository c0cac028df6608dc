import { expect, test } from 'vitest';
import { validate } from '../../functions/event-creation/validate/validate.ts';
import { commandRequest, VIN, vehicle } from '../factories.ts';

const knows = (found = vehicle()) => ({
  findVehicle: async (vin: string) => (vin === found.vin ? found : undefined),
});

test('a vehicle that can do it may be asked', async () => {
  expect(await validate(commandRequest(), knows())).toEqual({});
});

test.each([
  ['a body that the service does not know', { body: { volume: 11 } }, 400, 'INVALID_REQUEST', /volume/],
  ['no body', { body: null }, 400, 'INVALID_REQUEST', /expected object/],
  ['a vehicle that nobody knows', { vin: 'WBA99ZZ0Z00000009' }, 404, 'VEHICLE_UNKNOWN', /WBA99ZZ0Z00000009/],
  // What is wrong with the request is told to anybody, so that no one learns of a vehicle by it.
  ['both', { body: { volume: 11 }, vin: 'WBA99ZZ0Z00000009' }, 400, 'INVALID_REQUEST', /volume/],
])('%s is refused', async (_what, request, statusCode, reason, message) => {
  expect(await validate(commandRequest(request), knows())).toEqual({
    refusal: { statusCode, reason, message: expect.stringMatching(message) },
  });
});

test('a vehicle that lacks the capability is told by its model, not by its VIN', async () => {
  const old = vehicle({ model: '118i', capabilities: ['light-flash'] });
  const { refusal } = await validate(commandRequest(), knows(old));
  expect(refusal).toMatchObject({ statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED' });
  expect(refusal?.message).toMatch(/118i.*horn-blow/);
  expect(refusal?.message).not.toContain(VIN);
  expect(await validate(commandRequest({ serviceType: 'light-flash' }), knows(old))).toEqual({});
});

test('a service that the catalogue lacks is an error of the stage, not of the request', async () => {
  await expect(validate(commandRequest({ serviceType: 'toast-bread' }), knows())).rejects.toThrow(
    /toast-bread/,
  );
});
