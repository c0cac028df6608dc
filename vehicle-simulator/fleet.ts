import * as z from 'zod';
import { Vehicle } from '../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../functions/remote-services/catalogue.ts';
import { BEHAVIOURS, type Behaviour } from './behaviour.ts';
import fleet from './fleet.json' with { type: 'json' };
import { allCases, caseOfVehicle } from './scenarios/cases.ts';
import { SCENARIOS } from './scenarios/files.ts';
import { vinPrefix } from './scenarios/vin.ts';
import { DEFAULT_USER } from './users.ts';

/** Vehicles that are alike: consecutive VINs behind one prefix. */
const Group = z.strictObject({
  behaviour: z.string(),
  count: z.int().min(1).max(9_999_999),
  /** The VIN's first 10 characters, unique to the group. */
  vinPrefix: z.string().length(10),
  model: Vehicle.shape.model,
  brand: Vehicle.shape.brand,
  country: Vehicle.shape.country,
  generation: Vehicle.shape.generation,
  /** All that the catalogue asks for, by default. */
  capabilities: Vehicle.shape.capabilities.optional(),
  optIns: Vehicle.shape.optIns,
});

const GROUPS = z.array(Group).parse(fleet);
const behaviourByPrefix = new Map(GROUPS.map(({ vinPrefix, behaviour }) => [vinPrefix, behaviour]));

const ALL_CAPABILITIES = [...new Set(CATALOGUE.map(({ capability }) => capability))];

/** The demo vehicles, in the order of `fleet.json`. */
export function demoFleet(): Vehicle[] {
  return GROUPS.flatMap(({ behaviour: _, count, vinPrefix, capabilities, ...vehicle }) =>
    Array.from({ length: count }, (__, index) =>
      Vehicle.parse({
        ...vehicle,
        vin: vinPrefix + String(index + 1).padStart(7, '0'),
        owner: DEFAULT_USER,
        capabilities: capabilities ?? ALL_CAPABILITIES,
      }),
    ),
  );
}

/** The vehicles of the scenarios, one for each case. */
export const scenarioFleet = (): Vehicle[] => allCases().map(({ vehicle }) => vehicle);

/** The name of what the demo vehicle with this VIN does; a VIN from elsewhere behaves normally. */
export const behaviourOf = (vin: string): string => behaviourByPrefix.get(vin.slice(0, 10)) ?? 'normal';

/** What the simulated vehicle with this VIN does, of the demo fleet or of a scenario. */
export function simulatedBehaviour(vin: string): Behaviour {
  const behaviour = BEHAVIOURS[behaviourOf(vin)];
  if (behaviour === undefined) throw new Error(`behaviours.json has no behaviour '${behaviourOf(vin)}'`);
  if (behaviourByPrefix.has(vin.slice(0, 10))) return behaviour;
  return caseOfVehicle(vin)?.behaviour ?? behaviour;
}

/** How each group of vehicles that are alike sleeps, by the prefix of their VINs. */
const SLEEPING: readonly (readonly [string, Behaviour['sleeps']])[] = [
  ...GROUPS.map(({ vinPrefix, behaviour }) => [vinPrefix, BEHAVIOURS[behaviour]?.sleeps] as const),
  ...SCENARIOS.flatMap(({ behaviours }) => Object.values(behaviours)).map(
    ({ sleeps }) => [vinPrefix(sleeps), sleeps] as const,
  ),
];

/**
 * The vehicles that sleep, by the prefix of their VINs: seconds from the wake-up call until one listens; `null` if it
 * never does.
 */
export const SLEEPERS: ReadonlyMap<string, number | null> = new Map(
  SLEEPING.flatMap(([prefix, sleeps]) => (sleeps === undefined ? [] : [[prefix, sleeps.wakesAfterSeconds]])),
);
