import type { Case } from './case.ts';
import { casesOf } from './expand.ts';
import { SCENARIOS } from './files.ts';
import type { Scenario } from './scenario.ts';

/** The cases by the VINs of their vehicles. Made when they are first asked for: most functions never do. */
let byVin: ReadonlyMap<string, Case> | undefined;

/**
 * Every case of every scenario, always the same ones in the same order.
 * @throws Error that names what is wrong with a scenario
 */
export const allCases = (): readonly Case[] => [...expanded().values()];

/** The case that the vehicle with this VIN is there for; undefined for a vehicle of none. */
export const caseOfVehicle = (vin: string): Case | undefined => expanded().get(vin);

function expanded(): ReadonlyMap<string, Case> {
  byVin ??= uniqueCases(SCENARIOS);
  return byVin;
}

/** @throws Error for two cases with the same id, or whose vehicles would have the same VIN */
export function uniqueCases(scenarios: readonly Scenario[]): ReadonlyMap<string, Case> {
  const cases = new Map<string, Case>();
  for (const one of scenarios.flatMap(casesOf)) {
    const { vin } = one.vehicle;
    const other = cases.get(vin);
    if (other?.id === one.id) throw new Error(`Two cases are called ${one.id}`);
    if (other !== undefined)
      throw new Error(`${one.id} and ${other.id} have the same VIN: rename a behaviour`);
    cases.set(vin, one);
  }
  return cases;
}
