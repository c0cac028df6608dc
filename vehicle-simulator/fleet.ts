import * as z from 'zod';
import { Vehicle } from '../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../functions/remote-services/catalogue.ts';
import { BEHAVIOURS } from './behaviour.ts';
import fleet from './fleet.json' with { type: 'json' };
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

/** What the simulated vehicle with this VIN does; a VIN from elsewhere behaves normally. */
export const behaviourOf = (vin: string): string => behaviourByPrefix.get(vin.slice(0, 10)) ?? 'normal';

/**
 * The vehicles that sleep, by the prefix of their VINs: seconds from the wake-up call until one listens; `null` if it
 * never does.
 */
export const SLEEPERS: ReadonlyMap<string, number | null> = new Map(
  GROUPS.flatMap(({ vinPrefix, behaviour }) => {
    const sleeps = BEHAVIOURS[behaviour]?.sleeps;
    return sleeps === undefined ? [] : [[vinPrefix, sleeps.wakesAfterSeconds]];
  }),
);
