import { describe, expect, test } from 'vitest';
import { RemoteServiceEvent } from '../../functions/event/event.ts';
import {
  CATALOGUE,
  remoteService,
  remoteServiceOfVehicle,
} from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { VehicleCommand } from '../../functions/vehicle-generations/vehicle-message.ts';
import { eventOf, VIN, vehicle, vehicleCommand } from '../factories.ts';

const R = '/eadrax-vrccs/v4/presentation/remote-commands';
const C = '/eadrax-crccs/v1/vehicles/{vin}';

/** The interface that apps speak: name, path with query, and where the request names the vehicle. */
const INTERFACE = [
  ['horn-blow', `${R}/horn-blow`, 'header'],
  ['light-flash', `${R}/light-flash`, 'header'],
  ['door-lock', `${R}/door-lock`, 'header'],
  ['door-unlock', `${R}/door-unlock`, 'header'],
  ['window-close', `${R}/window-close`, 'header'],
  ['climate-start', `${R}/climate-now?action=START`, 'header'],
  ['climate-stop', `${R}/climate-now?action=STOP`, 'header'],
  ['vehicle-finder', `${R}/vehicle-finder`, 'header'],
  ['charge-start', `${C}/start-charging`, 'path'],
  ['charge-stop', `${C}/stop-charging`, 'path'],
  ['charging-settings', `${C}/charging-settings`, 'path'],
  ['charging-profile', `${C}/charging-profile`, 'path'],
  ['send-to-car', '/eadrax-dcs/v2/user/{gcid}/send-to-car', 'body'],
];

test('the services are those of the interface, each where apps look for it', () => {
  const services = CATALOGUE.map(({ serviceType, trigger: { path, query, vin } }) => [
    serviceType,
    query === undefined ? path : `${path}?${query.name}=${query.value}`,
    vin,
  ]);
  expect(services).toEqual(INTERFACE);
});

test.each(['serviceType', 'vehicleService', 'summary'] as const)('%s is unique', (name) => {
  const names = CATALOGUE.map((service) => service[name]);
  expect(new Set(names).size).toBe(names.length);
});

test('services of one path differ in one query parameter, and in nothing else that API Gateway checks', () => {
  for (const services of Map.groupBy(CATALOGUE, ({ trigger }) => trigger.path).values()) {
    const [first, ...others] = services;
    if (others.length > 0) expect(first?.trigger.query).toBeDefined();
    for (const { trigger, example } of others) {
      expect(trigger.query?.name).toBe(first?.trigger.query?.name);
      expect(trigger.vin).toBe(first?.trigger.vin);
      expect(first?.request.safeParse(example).success).toBe(true);
    }
  }
});

test('a service that the catalogue lacks', () => {
  expect(() => remoteService('toast-bread')).toThrow(/no remote service 'toast-bread'/);
  expect(remoteServiceOfVehicle('TOAST_BREAD')).toBeUndefined();
  // Names that every object has.
  expect(() => remoteService('constructor')).toThrow(/constructor/);
  expect(remoteServiceOfVehicle('__proto__')).toBeUndefined();
});

describe.each(CATALOGUE)('$serviceType', (service) => {
  const { serviceType, vehicleService, request, example } = service;

  test('is found by either name', () => {
    expect(remoteService(serviceType)).toBe(service);
    expect(remoteServiceOfVehicle(vehicleService)).toBe(service);
  });

  test.each(GENERATIONS)('has an example that $name can do', ({ name }) => {
    expect(request.parse(example)).toEqual(example);
    expect(service.rules?.(example, vehicle({ generation: name }))).toBeUndefined();
  });

  test.each([[null], [[]], [''], ['{}'], [0], [true]])('refuses the body %j', (body) => {
    expect(request.safeParse(body).success).toBe(false);
  });

  test.each(Object.keys(example))('refuses a wrong type of %s', (field) => {
    const wrongs = [{ a: 1 }, [[]], 'text', -1, true].filter(
      (wrong) => typeof wrong !== typeof example[field],
    );
    for (const wrong of [...wrongs, [[]]]) {
      expect(request.safeParse({ ...example, [field]: wrong }).success).toBe(false);
    }
  });

  test('fits into an event, and tells the vehicle something that it understands', () => {
    const pending = eventOf('PENDING', { data: { serviceType, payload: example } });
    expect(RemoteServiceEvent.parse(pending)).toEqual(pending);
    const parameters = service.parameters?.(example) ?? example;
    const command = vehicleCommand({ service: vehicleService, parameters });
    expect(VehicleCommand.parse(JSON.parse(JSON.stringify(command)))).toEqual(command);
  });
});

const inBody = CATALOGUE.filter(({ trigger }) => trigger.vin === 'body');
const elsewhere = CATALOGUE.filter(({ trigger }) => trigger.vin !== 'body');

test.each(elsewhere)('$serviceType refuses fields that it does not know', ({ request, example }) => {
  expect(request.safeParse({ ...example, volume: 11 }).success).toBe(false);
  expect(request.safeParse({ ...example, volume: null }).success).toBe(false);
});

test.each(inBody)('$serviceType needs a vehicle in its body', ({ request, example }) => {
  const { vehicleInformation: _, ...without } = example;
  expect(request.safeParse(without).success).toBe(false);
  for (const vin of [undefined, null, '', 'short', VIN.toLowerCase()]) {
    expect(request.safeParse({ ...example, vehicleInformation: { vin } }).success).toBe(false);
  }
});

test('only the finder reports something, for the requester’s eyes only', () => {
  const reporting = CATALOGUE.filter(
    ({ result, followUp }) => result !== undefined || followUp !== 'NOTHING',
  );
  expect(reporting).toEqual([
    expect.objectContaining({ serviceType: 'vehicle-finder', followUp: 'STORE_POSITION' }),
  ]);
});
