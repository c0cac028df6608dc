import { describe, expect, test } from 'vitest';
import { handler as enrich } from '../../functions/event-creation/enrich/handler.ts';
import { CommandRequest } from '../../functions/event-creation/request.ts';
import { handler as validate } from '../../functions/event-creation/validate/handler.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { commandRequest, vehicle } from '../factories.ts';

const request = commandRequest();
const known = request.vehicle;

test.each(GENERATIONS)('a request may be for a vehicle of $name, and for any service', ({ name }) => {
  for (const { serviceType, example } of CATALOGUE) {
    const asked = commandRequest({ serviceType, body: example, vehicle: vehicle({ generation: name }) });
    expect(CommandRequest.parse(asked)).toEqual(asked);
  }
});

test('who asks, and which and whose the vehicle is, goes no further', () => {
  const told = { ...request, user: 'demo', vehicle: vehicle() };
  expect(CommandRequest.parse(told)).toEqual(request);
});

describe('a request that the workflow must not make is an error, not a refusal:', () => {
  test.each<[string, unknown, RegExp]>([
    ['for no vehicle', { ...request, vehicle: null }, /vehicle/],
    ['for a vehicle that was left out', { ...request, vehicle: undefined }, /vehicle/],
    ['for half a vehicle', { ...request, vehicle: { ...known, model: undefined } }, /model/],
    ['for a generation nobody knows', { ...request, vehicle: { ...known, generation: 'x' } }, /generation/],
    ['for one capability', { ...request, vehicle: { ...known, capabilities: 'horn-blow' } }, /capabilities/],
    ['at no time', { ...request, requestedAt: undefined }, /requestedAt/],
    ['at half a millisecond', { ...request, requestedAt: 0.5 }, /requestedAt/],
    ['at a time as text', { ...request, requestedAt: '1764756000000' }, /requestedAt/],
    ['without a body', { ...request, body: undefined }, /body/],
    ['for no service', { ...request, serviceType: undefined }, /serviceType/],
  ])('%s', async (_what, faulty, where) => {
    await expect(validate(faulty)).rejects.toThrow(where);
    await expect(enrich(faulty)).rejects.toThrow(where);
  });
});
