import * as z from 'zod';
import { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { AnswerStep, GarbageStep, ReportStep, Sleeps } from '../behaviour.ts';
import { Delay } from '../delay.ts';
import { Expectation } from './case.ts';

/** A time-out takes longer for one service and generation than for another: so much before it, or after. */
const FromTimeout = z.int().min(0).max(60_000);

const ScenarioDelay = z
  .union(
    [
      Delay,
      z.strictObject({ msBeforeTimeout: FromTimeout }),
      z.strictObject({ msAfterTimeout: FromTimeout }),
    ],
    {
      error:
        'a delay is a number of milliseconds, {uniform: [least, most]}, {normal: {mean, deviation}}, {exponential: {mean}}, {msBeforeTimeout} or {msAfterTimeout}',
    },
  )
  .meta({ id: 'Delay' });

const ScenarioStep = z
  .union([
    AnswerStep.extend({ afterMs: ScenarioDelay }),
    GarbageStep.extend({ afterMs: ScenarioDelay }),
    ReportStep.extend({ afterMs: ScenarioDelay }),
  ])
  .meta({
    id: 'Step',
    description: 'One thing that the vehicle sends; `afterMs` counts from when the behaviour sets in',
  });
export type ScenarioStep = z.infer<typeof ScenarioStep>;

/** Where in a command's life a behaviour sets in. */
export const SetsIn = z.enum(['CREATED', 'PENDING', 'RUNNING', 'EXECUTED', 'FAILED']).meta({
  id: 'SetsIn',
  description:
    'CREATED: the request is refused, no vehicle hears of it. PENDING: the vehicle has the command and said nothing. RUNNING: it has acknowledged. EXECUTED, FAILED: it has ended the command, five seconds ago',
});
export type SetsIn = z.infer<typeof SetsIn>;

const Expectations = z.partialRecord(SetsIn, Expectation).meta({
  id: 'Expectations',
  description:
    'What must be seen, by status. `history` holds the entries from where the behaviour sets in: CREATED, PENDING and what led there go without saying',
});

const one = <Name extends string>(names: readonly Name[]) =>
  z.union([z.literal('all'), z.array(z.enum(names)).min(1)]);
const Services = one(CATALOGUE.map(({ serviceType }) => serviceType)).meta({ id: 'Services' });
const Generations = one(GENERATIONS.map(({ name }) => name)).meta({ id: 'Generations' });
const Statuses = z.array(SetsIn).min(1);

const Name = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, { error: 'a name is of small letters, digits and hyphens' });

const ScenarioBehaviour = z.strictObject({
  description: z.string().optional(),
  /** None for a vehicle that stays silent, and for one that hears of nothing. */
  steps: z.array(ScenarioStep),
  sleeps: Sleeps.extend({
    // VINs tell it, in two digits.
    wakesAfterSeconds: z.int().min(0).max(99).nullable(),
  }).optional(),
  /** What the vehicle differs in. By default it can do what it is asked for, and its owner opted in to nothing. */
  vehicle: Vehicle.pick({ capabilities: true, optIns: true }).partial().strict().optional(),
  /** The request's, in place of the catalogue's example. */
  body: z.record(z.string(), z.json()).optional(),
  /** In place of the scenario's own, for what fits some only. */
  services: Services.optional(),
  generations: Generations.optional(),
  statuses: Statuses.optional(),
  /** In place of the scenario's own, status by status. */
  expect: Expectations.optional(),
});
export type ScenarioBehaviour = z.infer<typeof ScenarioBehaviour>;

/** A file of `vehicle-simulator/scenarios`: each behaviour is tried with each service, generation and status. */
export const Scenario = z.strictObject({
  $schema: z.literal('./scenario.schema.json'),
  name: Name,
  description: z.string().min(1),
  services: Services,
  generations: Generations,
  statuses: Statuses,
  /** Other seeds draw other delays. */
  seed: z.int(),
  behaviours: z.record(Name, ScenarioBehaviour),
  expect: Expectations.optional(),
});
export type Scenario = z.infer<typeof Scenario>;

/**
 * Reads what a scenario file holds.
 * @param file its name, for the error
 * @throws Error that names the file, and each fault with its place
 */
export function readScenario(file: string, content: unknown): Scenario {
  const result = Scenario.safeParse(content);
  if (!result.success) throw new Error(`${file}: ${faultsIn(result.error.issues).join('; ')}`);
  if (`${result.data.name}.json` !== file) throw new Error(`${file}: name: must be that of the file`);
  return result.data;
}

type Issue = z.core.$ZodIssue;

/** Of a union, the faults of the alternative that was probably meant: the fewest, and of these the deepest. */
function faultsIn(issues: readonly Issue[], path: readonly PropertyKey[] = []): string[] {
  return issues.flatMap((issue) => {
    const place = [...path, ...issue.path];
    const alternatives =
      issue.code === 'invalid_union' && issue.message === 'Invalid input' ? issue.errors : [];
    const [meant] = alternatives.toSorted(
      (one, other) => one.length - other.length || depthOf(other) - depthOf(one),
    );
    return meant === undefined ? [`${place.join('.')}: ${issue.message}`] : faultsIn(meant, place);
  });
}

const depthOf = (issues: readonly Issue[]): number => Math.max(...issues.map(({ path }) => path.length));
