import { describe, expect, test } from 'vitest';
import type { CommandRequest } from '../../functions/event-creation/request.ts';
import { handler } from '../../functions/event-creation/validate/handler.ts';
import { validate } from '../../functions/event-creation/validate/validate.ts';
import { CATALOGUE, remoteService } from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { commandRequest, VIN, vehicle } from '../factories.ts';

test('a vehicle that can do it may be asked', async () => {
  expect(validate(commandRequest())).toEqual({});
  expect(await handler(commandRequest())).toEqual({});
});

test.each(CATALOGUE)(
  '$serviceType needs its capability, and no other',
  ({ serviceType, example, capability }) => {
    const others = CATALOGUE.map((other) => other.capability).filter((other) => other !== capability);
    for (const { name: generation } of GENERATIONS) {
      const answer = (capabilities: string[]) =>
        validate(
          commandRequest({ serviceType, body: example, vehicle: vehicle({ capabilities, generation }) }),
        );
      expect(answer([capability])).toEqual({});
      expect(answer(others)).toMatchObject({ refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED' } });
      expect(answer([])).toEqual(answer(others));
    }
  },
);

const incapable = vehicle({ capabilities: [] });
test.each([
  ['a body that the service does not know', { body: { volume: 11 } }, /volume/],
  ['no body', { body: null }, /expected object/],
  ['a body that is a list', { body: [] }, /expected object/],
  ['such a body for a vehicle that cannot do it', { body: { volume: 11 }, vehicle: incapable }, /volume/],
])('%s is refused', async (_what, request, message) => {
  const refused = {
    refusal: { statusCode: 400, reason: 'INVALID_REQUEST', message: expect.stringMatching(message) },
  };
  expect(validate(commandRequest(request))).toEqual(refused);
  expect(await handler(commandRequest(request))).toEqual(refused);
});

test('a vehicle that lacks the capability is told by its model, not by its VIN', () => {
  const old = vehicle({ model: '118i', capabilities: ['light-flash'] });
  const { refusal } = validate(commandRequest({ vehicle: old }));
  expect(refusal).toMatchObject({ statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED' });
  expect(refusal?.message).toMatch(/118i.*horn-blow/);
  expect(refusal?.message).not.toContain(VIN);
  expect(validate(commandRequest({ serviceType: 'light-flash', vehicle: old }))).toEqual({});
});

describe('the rules of a service', () => {
  const able = vehicle({ capabilities: ['charging-settings', 'send-to-car'] });
  const settings = (body: CommandRequest['body'], of = able) =>
    commandRequest({ serviceType: 'charging-settings', body, vehicle: of });

  test('are told in their own words', () => {
    expect(validate(settings({}))).toEqual({
      refusal: {
        statusCode: 400,
        reason: 'INVALID_REQUEST',
        message: 'Give chargingTarget, acLimitValue or both.',
      },
    });
    expect(validate(settings({ acLimitValue: 16 }))).toEqual({});
  });

  test('know the vehicle', () => {
    const place = { position: { lat: 48, lng: 11 } };
    const body = { places: [place, place], vehicleInformation: { vin: VIN } };
    const answer = (generation: string) =>
      validate(
        commandRequest({ serviceType: 'send-to-car', body, vehicle: vehicle({ ...able, generation }) }),
      );
    expect(answer('http-2013')).toEqual({
      refusal: {
        statusCode: 400,
        reason: 'INVALID_REQUEST',
        message: 'This vehicle takes one place at a time.',
      },
    });
    expect(answer('mqtt-2018')).toEqual({});
    expect(answer('mqtt-2021')).toEqual({});
  });

  test('are told to nobody whose vehicle cannot do it', () => {
    expect(validate(settings({}, vehicle()))).toMatchObject({
      refusal: { statusCode: 422, reason: 'SERVICE_NOT_SUPPORTED' },
    });
  });
});

test('what is wrong is named by its place', () => {
  const { example } = remoteService('charging-profile');
  const request = commandRequest({
    serviceType: 'charging-profile',
    body: { ...example, departureTimer: { type: '', weeklyTimers: [{}] } },
  });
  const { refusal } = validate(request);
  expect(refusal?.message).toMatch(/departureTimer: type: .*; departureTimer: weeklyTimers: 0: time: /);
});

test('a service that the catalogue lacks is an error of the stage, not of the request', () => {
  expect(() => validate(commandRequest({ serviceType: 'toast-bread' }))).toThrow(/toast-bread/);
});
