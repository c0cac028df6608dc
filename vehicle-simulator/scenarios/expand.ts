import type { Vehicle } from '../../functions/persistence/vehicle-store.ts';
import { CATALOGUE } from '../../functions/remote-services/catalogue.ts';
import type { RemoteService } from '../../functions/remote-services/remote-service.ts';
import { longestExpectedSeconds } from '../../functions/remote-services/times.ts';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import type { VehicleGeneration } from '../../functions/vehicle-generations/vehicle-generation.ts';
import type { Behaviour, Step } from '../behaviour.ts';
import { later } from '../delay.ts';
import { DEFAULT_USER } from '../users.ts';
import type { Case, Expectation, ExpectedEntry } from './case.ts';
import { LEAD_INS } from './lead-in.ts';
import type { Scenario, ScenarioBehaviour, ScenarioStep, SetsIn } from './scenario.ts';
import { endsWithin, quietAfter } from './times.ts';
import { vinOf } from './vin.ts';

/** One cell of a scenario's matrix. */
interface Cell {
  readonly scenario: Scenario;
  readonly name: string;
  readonly behaves: ScenarioBehaviour;
  readonly status: SetsIn;
  readonly generation: VehicleGeneration;
  readonly service: RemoteService;
}

/**
 * The cases of a scenario, in the order of its file: each behaviour with each status, generation and service.
 * @throws Error that names a case which cannot be, or of which nothing is expected
 */
export function casesOf(scenario: Scenario): Case[] {
  return Object.entries(scenario.behaviours).flatMap(([name, behaves]) => {
    const {
      statuses = scenario.statuses,
      generations = scenario.generations,
      services = scenario.services,
    } = behaves;
    for (const status of Object.keys(behaves.expect ?? {})) {
      if (statuses.some((one) => one === status)) continue;
      throw new Error(`Scenario ${scenario.name}/${name}: expect: it never sets in at ${status}`);
    }
    return statuses.flatMap((status) =>
      GENERATIONS.filter(
        (generation) => generations === 'all' || generations.includes(generation.name),
      ).flatMap((generation) =>
        CATALOGUE.filter(({ serviceType }) => services === 'all' || services.includes(serviceType)).map(
          (service) => caseOf({ scenario, name, behaves, status, generation, service }),
        ),
      ),
    );
  });
}

function caseOf(cell: Cell): Case {
  const { scenario, name, behaves, status, generation, service } = cell;
  const id = [scenario.name, name, status, generation.name, service.serviceType].join('/');
  try {
    const behaviour = behaviourIn(cell);
    const expect = expectationOf(cell);
    const { body } = behaves;
    return {
      id,
      service,
      vehicle: vehicleOf(vinOf(id, behaves.sleeps), cell),
      behaviour,
      ...(body === undefined ? {} : { body }),
      expect,
      seconds: endsWithin(expect, { behaviour, service, generation }),
      quietAfterSeconds: quietAfter(behaviour),
    };
  } catch (error) {
    throw new Error(`Scenario ${id}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** The year's model of each generation. */
const MODELS: Readonly<Record<string, string>> = {
  'http-2013': '520d',
  'mqtt-2018': 'X5',
  'mqtt-2021': 'iX3',
};

const vehicleOf = (vin: string, { behaves, generation, service }: Cell): Vehicle => ({
  vin,
  model: MODELS[generation.name] ?? 'prototype',
  brand: 'bmw',
  country: 'DE',
  generation: generation.name,
  owner: DEFAULT_USER,
  // What it is asked for is enough: thousands of vehicles are written at each start of a local stage.
  capabilities: behaves.vehicle?.capabilities ?? [service.capability],
  ...(behaves.vehicle?.optIns === undefined ? {} : { optIns: behaves.vehicle.optIns }),
});

/** What the vehicle does from the command's receipt on: what leads to the status, and then the behaviour's own. */
function behaviourIn(cell: Cell): Behaviour {
  const { scenario, name, behaves, status } = cell;
  return {
    description: behaves.description ?? `${scenario.description}: ${name}`,
    seed: scenario.seed,
    ...(behaves.sleeps === undefined ? {} : { sleeps: behaves.sleeps }),
    steps: [...LEAD_INS[status].steps, ...behaves.steps.map((step) => stepIn(step, cell))],
  };
}

function stepIn({ afterMs, ...step }: ScenarioStep, cell: Cell): Step {
  const { setsInMs } = LEAD_INS[cell.status];
  if (typeof afterMs === 'object' && 'msBeforeTimeout' in afterMs) {
    return { ...step, afterMs: timeoutMs(cell) - afterMs.msBeforeTimeout };
  }
  if (typeof afterMs === 'object' && 'msAfterTimeout' in afterMs) {
    return { ...step, afterMs: timeoutMs(cell) + afterMs.msAfterTimeout };
  }
  return { ...step, afterMs: later(afterMs, setsInMs) };
}

/** From the command's receipt until its status has lasted for its longest expected time. */
function timeoutMs({ status, service, generation }: Cell): number {
  if (status !== 'PENDING' && status !== 'RUNNING') throw new Error(`steps: ${status} has no time-out`);
  const entered = LEAD_INS[status].steps.at(-1)?.afterMs;
  return (
    (typeof entered === 'number' ? entered : 0) + longestExpectedSeconds(service, status, generation) * 1000
  );
}

/** The end that a behaviour must expect, by where it sets in, if that leaves no choice. */
const ENDS: Readonly<Record<SetsIn, readonly Expectation['end'][]>> = {
  CREATED: ['REFUSED'],
  PENDING: ['EXECUTED', 'FAILED'],
  RUNNING: ['EXECUTED', 'FAILED'],
  EXECUTED: ['EXECUTED'],
  FAILED: ['FAILED'],
};

function expectationOf({ scenario, behaves, status }: Cell): Expectation {
  const expected = behaves.expect?.[status] ?? scenario.expect?.[status];
  if (expected === undefined) throw new Error(`expect: nothing is expected of ${status}`);
  if (!ENDS[status].includes(expected.end))
    throw new Error(`expect: ${status} cannot end as ${expected.end}`);
  const history = [...LEAD_INS[status].history, ...expected.history].flatMap(asDelivered);
  return { ...expected, history };
}

/**
 * How often a vehicle may get a command: the outgoing function posts it up to three times, where a slow broker takes it
 * and does not say so in time. It repeats its messages then, and each receipt of an answer is an entry.
 */
const DELIVERIES = 3;

/** The entries as they may be there: one receipt of an end is the end, and others of it change nothing. */
function asDelivered(entry: ExpectedEntry): ExpectedEntry[] {
  const { status, reason, ignored, times: [least, most] = [1, 1] } = entry;
  const isAnswer = status === 'RUNNING' || status === 'EXECUTED' || reason === 'VEHICLE_REJECTED';
  if (!isAnswer) return [{ ...entry, times: [least, most] }];
  const received = most * DELIVERIES;
  if (status === 'RUNNING' || ignored !== false) return [{ ...entry, times: [least, received] }];
  return [
    { ...entry, times: [1, 1] },
    { ...entry, ignored: true, times: [0, received - 1] },
  ];
}
