import { expect, test } from 'vitest';
import { Vin } from '../../../functions/event/event.ts';
import { Status } from '../../../functions/event/lifecycle.ts';
import { validate } from '../../../functions/event-creation/validate/validate.ts';
import { CATALOGUE } from '../../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../../functions/vehicle-generations/generations.ts';
import { VehicleAnswer } from '../../../functions/vehicle-generations/vehicle-message.ts';
import { REPORTS } from '../../../functions/vehicle-reports/catalogue.ts';
import { Behaviour } from '../../../vehicle-simulator/behaviour.ts';
import { type Case, Expectation } from '../../../vehicle-simulator/scenarios/case.ts';
import { allCases, caseOfVehicle, uniqueCases } from '../../../vehicle-simulator/scenarios/cases.ts';
import { casesOf } from '../../../vehicle-simulator/scenarios/expand.ts';
import { SCENARIOS } from '../../../vehicle-simulator/scenarios/files.ts';
import { vinPrefix } from '../../../vehicle-simulator/scenarios/vin.ts';
import { commandRequest } from '../../factories.ts';
import { scenario } from './scenario.ts';

const cases = allCases();

test('there are thousands of cases, each with an id and a vehicle of its own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(2000);
  expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  expect(new Set(cases.map(({ vehicle }) => vehicle.vin)).size).toBe(cases.length);
});

test('they are the same each time, and found by their vehicles', () => {
  // Services are the catalogue's own, and schemas are large.
  const text = (all: Iterable<Case>) => JSON.stringify([...all].map(({ service: _, ...one }) => one));
  expect(text(uniqueCases(SCENARIOS).values()) === text(cases)).toBe(true);
  expect(cases.filter((one) => caseOfVehicle(one.vehicle.vin) !== one)).toEqual([]);
  expect(caseOfVehicle('WBA11AA0N00000001')).toBeUndefined();
});

/** Thousands of expectations would take seconds: those that do not hold are counted. */
const idsOf = (faulty: (one: Case) => boolean) => cases.filter(faulty).map(({ id }) => id);

test('VINs are valid, and tell how their vehicles sleep', () => {
  expect(idsOf(({ vehicle }) => !Vin.safeParse(vehicle.vin).success)).toEqual([]);
  expect(idsOf(({ vehicle, behaviour }) => !vehicle.vin.startsWith(vinPrefix(behaviour.sleeps)))).toEqual([]);
});

test('what they hold is what the types say', () => {
  expect(idsOf(({ behaviour }) => !Behaviour.safeParse(behaviour).success)).toEqual([]);
  expect(idsOf(({ expect: expected }) => !Expectation.safeParse(expected).success)).toEqual([]);
});

test('every service, generation, status, state of an answer and report is in them', () => {
  const parts = cases.map(({ id }) => id.split('/'));
  const seen = (index: number) => new Set(parts.map((part) => part[index]));
  expect(seen(2)).toEqual(new Set(Status.options));
  expect(seen(3)).toEqual(new Set(GENERATIONS.map(({ name }) => name)));
  expect(seen(4)).toEqual(new Set(CATALOGUE.map(({ serviceType }) => serviceType)));
  const steps = cases.flatMap(({ behaviour }) => behaviour.steps);
  expect(new Set(steps.flatMap((step) => ('state' in step ? [step.state] : [])))).toEqual(
    new Set(VehicleAnswer.shape.state.options),
  );
  expect(new Set(steps.flatMap((step) => ('report' in step ? [step.report] : [])))).toEqual(
    new Set(REPORTS.map(({ reportType }) => reportType)),
  );
});

test('requests are refused for what they say, and no others', () => {
  const refusals = cases.map(({ service, vehicle, body = service.example }) =>
    validate(commandRequest({ serviceType: service.serviceType, vehicle, body })),
  );
  const expected = cases.map((one) => {
    if (one.expect.end !== 'REFUSED') return {};
    const { statusCode, reason = 'INVALID_REQUEST' } = one.expect;
    return { refusal: { statusCode, reason, message: expect.any(String) } };
  });
  expect(refusals).toEqual(expected);
});

test('whoever waits knows for how long', () => {
  expect(
    idsOf(
      ({ seconds: [least, most], quietAfterSeconds }) =>
        !(least >= 0 && least < most && most < 140 && quietAfterSeconds < 150),
    ),
  ).toEqual([]);
});

test('two cases of one name are an error that names them', () => {
  expect(() => uniqueCases([scenario(), scenario()])).toThrow(
    'Two cases are called made-up/executes/PENDING/mqtt-2021/horn-blow',
  );
});

test('a scenario is multiplied: behaviours by statuses, generations and services, or as a behaviour says', () => {
  const executes = { steps: [{ afterMs: 100, state: 'EXECUTED' as const }] };
  const ids = casesOf(
    scenario({
      services: 'all',
      generations: ['http-2013', 'mqtt-2021'],
      behaviours: {
        one: executes,
        other: { ...executes, services: ['horn-blow'], generations: 'all', statuses: ['RUNNING'] },
      },
      expect: {
        PENDING: { end: 'EXECUTED', history: [] },
        RUNNING: { end: 'EXECUTED', history: [] },
      },
    }),
  ).map(({ id }) => id);
  expect(ids).toEqual([
    ...['http-2013', 'mqtt-2021'].flatMap((generation) =>
      CATALOGUE.map(({ serviceType }) => `made-up/one/PENDING/${generation}/${serviceType}`),
    ),
    ...GENERATIONS.map(({ name }) => `made-up/other/RUNNING/${name}/horn-blow`),
  ]);
});
