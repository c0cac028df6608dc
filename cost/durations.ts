import * as z from 'zod';
import { Block, type MeterReading } from '../local/metering/meter-reading.ts';
import data from './durations.json' with { type: 'json' };

type MeterUse = MeterReading['uses'][number];

/**
 * How long functions and workflows take on AWS. What a local stage measures is not that: its tables answer in a
 * millisecond, and its CPUs are shared with the load generator. So durations are stated: computing, and waiting for
 * calls of 10 ms each.
 */
const Durations = z.object({
  /** Initialisation for each invocation: 300 ms where one in a hundred starts cold. It is billed. */
  startMs: z.number(),
  /** Computing: 512 MB are 0.29 of a CPU, on which 1.5 ms take 5. */
  computeMs: z.number(),
  /** What a workflow takes for a state beside the calls. */
  stateMs: z.number(),
  functions: z.array(z.object({ block: Block, function: z.string(), waitMs: z.number(), why: z.string() })),
  workflows: z.array(
    z.object({ block: Block, workflow: z.string(), waitMs: z.number(), states: z.int(), why: z.string() }),
  ),
});
export const DURATIONS = Durations.parse(data);

/** How much memory a function has, in MB. Undefined: there is no such function in the stage's shape. */
export type MemoryOf = (block: Block, name: string) => number | undefined;

export interface StatedDurations {
  readonly uses: readonly MeterUse[];
  /** Names of functions and workflows of which no duration is stated: theirs are as measured. */
  readonly measured: readonly string[];
}

/** A reading's uses with stated durations in the place of those that were measured. */
export function withStatedDurations(uses: readonly MeterUse[], memoryOf: MemoryOf): StatedDurations {
  const measured: string[] = [];
  const stated = uses.map((use) => {
    const { block, resource, unit } = use;
    if (unit !== 'lambda:gb-seconds' && unit !== 'step-functions:express-gb-seconds') return use;
    const seconds = unit === 'lambda:gb-seconds' ? functionGbSeconds(use, memoryOf) : workflowGbSeconds(use);
    if (seconds === undefined) {
      measured.push(`${block}/${resource}`);
      return use;
    }
    const requests = unit === 'lambda:gb-seconds' ? 'lambda:requests' : 'step-functions:express-requests';
    const invocations = uses
      .filter((other) => other.block === block && other.resource === resource && other.unit === requests)
      .reduce((total, { amount }) => total + amount, 0);
    return { ...use, amount: invocations * seconds };
  });
  return { uses: stated, measured };
}

/** Of one invocation. */
function functionGbSeconds({ block, resource }: MeterUse, memoryOf: MemoryOf): number | undefined {
  const milliseconds = functionMs(block, resource);
  const memory = memoryOf(block, resource);
  if (milliseconds === undefined || memory === undefined) return undefined;
  return (milliseconds / 1000) * (memory / 1024);
}

function functionMs(block: Block, name: string): number | undefined {
  const known = DURATIONS.functions.find((entry) => entry.block === block && entry.function === name);
  return known === undefined ? undefined : DURATIONS.startMs + DURATIONS.computeMs + known.waitMs;
}

/** Of one execution: steps of 100 ms, and the one step of 64 MB that small definitions and inputs need. */
function workflowGbSeconds({ block, resource }: MeterUse): number | undefined {
  const milliseconds = workflowMs(block, resource);
  return milliseconds === undefined ? undefined : (Math.ceil(milliseconds / 100) / 10) * (64 / 1024);
}

export function workflowMs(block: Block, name: string): number | undefined {
  const known = DURATIONS.workflows.find((entry) => entry.block === block && entry.workflow === name);
  return known === undefined ? undefined : known.waitMs + known.states * DURATIONS.stateMs;
}
