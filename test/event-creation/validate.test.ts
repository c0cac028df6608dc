import { describe, expect, test } from 'vitest';
import type { CommandRequest } from '../../functions/event-creation/request.ts';
import { validate } from '../../functions/event-creation/validate/validate.ts';
import { remoteService } from '../../functions/remote-services/catalogue.ts';
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
  ['a vehicle of someone else', { user: 'stranger' }, 404, 'VEHICLE_UNKNOWN', new RegExp(VIN)],
  ['both', { body: [], user: 'stranger' }, 400, 'INVALID_REQUEST', /expected object/],
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

describe('the rules of a service', () => {
  const capabilities = ['charging-settings', 'charging-profile'];
  const settings = (body: CommandRequest['body']) =>
    commandRequest({ serviceType: 'charging-settings', body });

  test('are told in their own words', async () => {
    const refusal = await validate(settings({}), knows(vehicle({ capabilities })));
    expect(refusal).toEqual({
      refusal: {
        statusCode: 400,
        reason: 'INVALID_REQUEST',
        message: 'Give chargingTarget, acLimitValue or both.',
      },
    });
    expect(await validate(settings({ acLimitValue: 16 }), knows(vehicle({ capabilities })))).toEqual({});
  });

  test('know the vehicle', async () => {
    const { example } = remoteService('charging-profile');
    const week = { type: 'WEEKLY_DEPARTURE_TIMER', weeklyTimers: [] };
    const request = commandRequest({
      serviceType: 'charging-profile',
      body: { ...example, departureTimer: week },
    });
    expect(await validate(request, knows(vehicle({ capabilities })))).toEqual({});
    const old = vehicle({ capabilities, generation: 'http-2013' });
    expect(await validate(request, knows(old))).toMatchObject({
      refusal: { statusCode: 400, message: expect.stringMatching(/^departureTimer: /) },
    });
  });

  test('are told to nobody whose vehicle cannot do it, or is none', async () => {
    expect(await validate(settings({}), knows())).toMatchObject({
      refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED' },
    });
    const foreign = vehicle({ capabilities, owner: 'stranger' });
    expect(await validate(settings({}), knows(foreign))).toMatchObject({
      refusal: { statusCode: 404, reason: 'VEHICLE_UNKNOWN' },
    });
  });
});

test('what is wrong is named by its place', async () => {
  const { example } = remoteService('charging-profile');
  const request = commandRequest({
    serviceType: 'charging-profile',
    body: { ...example, departureTimer: { type: '', weeklyTimers: [{}] } },
  });
  const { refusal } = await validate(request, knows());
  expect(refusal?.message).toMatch(/departureTimer: type: .*; departureTimer: weeklyTimers: 0: time: /);
});

test('a service that the catalogue lacks is an error of the stage, not of the request', async () => {
  await expect(validate(commandRequest({ serviceType: 'toast-bread' }), knows())).rejects.toThrow(
    /toast-bread/,
  );
});
