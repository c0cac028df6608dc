import type { MeterReading } from '../local/metering/meter-reading.ts';
import type { Alternative, Ours } from './alternatives/alternative.ts';
import { GUIDANCE } from './alternatives/guidance.ts';
import { monolith, nodes, runsIdle, SIZING, type Sizing } from './alternatives/monolith.ts';
import { PILOT } from './alternatives/pilot.ts';
import { bill, familyOf, type Line, serviceOf, sum, totalsBy } from './bill.ts';
import { monthly } from './monthly.ts';
import { whole } from './numbers.ts';
import type { PriceFile } from './prices/prices.ts';
import type { StageShape } from './stage-shape.ts';
import { HOURS, type Volumes } from './volumes.ts';

export interface EstimateOptions {
  readonly reading: MeterReading;
  readonly volumes: Volumes;
  readonly shape: StageShape;
  readonly prices: PriceFile;
  readonly durations: 'stated' | 'measured';
  readonly freeTier: boolean;
}

/** A part of the whole, in USD. */
export interface Part {
  readonly name: string;
  readonly perMonth: number;
  readonly perMillionCommands: number;
  /** From 0 to 1. */
  readonly share: number;
  /** False if one of its prices could not be confirmed. */
  readonly confirmed: boolean;
}

export interface Compared extends Part {
  readonly what: string;
  readonly families: readonly Part[];
  readonly services: readonly Part[];
  readonly assumptions: readonly string[];
}

/** What would change, and by how much the total would: 0.02 is 2 %. */
interface Sensitivity {
  readonly change: string;
  readonly by: number;
}

/** What a stage costs, as JSON has it. */
export interface Estimate {
  readonly region: string;
  /** Of the prices. */
  readonly date: string;
  readonly stage: string;
  readonly reading: { readonly from: string; readonly to: string; readonly commands: number };
  readonly volumes: Volumes;
  readonly commandsPerMonth: number;
  readonly total: Part;
  readonly services: readonly Part[];
  readonly blocks: readonly Part[];
  /** What the stage costs without use, and a status poll and a command beside: USD. */
  readonly fixedPerMonth: number;
  readonly perMillionPolls: number;
  readonly perMillionCommandsWithoutPolls: number;
  /** This system first. */
  readonly alternatives: readonly Compared[];
  readonly sensitivities: readonly Sensitivity[];
  /** What the model says to the talk's 20 %. */
  readonly claim: readonly string[];
  readonly assumptions: readonly string[];
}

export function estimate(options: EstimateOptions): Estimate {
  const { reading, volumes, shape, prices } = options;
  const ours = system(options);
  const { monthly: month, lines } = ours;
  const partsOf = partsFor(month.commands, prices);
  const total = sum(lines);
  const polls = sum(lines.filter(({ block }) => block === 'status-polls')) + doorOf(ours, month.polls);
  const fixed = sum(bill(shape.fixed, prices, options.freeTier));

  const alternatives = [OURS, PILOT, monolith(SIZING), GUIDANCE].map((alternative) =>
    compared(alternative, ours, options, partsOf),
  );
  return {
    region: prices.region,
    date: prices.date,
    stage: shape.stage,
    reading: { from: reading.from, to: reading.to, commands: reading.commands },
    volumes,
    commandsPerMonth: month.commands,
    total: { ...wholeOf('total', lines, month.commands, prices) },
    services: partsOf(lines, ({ key }) => serviceOf(key)),
    blocks: partsOf(lines, ({ block = 'traffic' }) => block),
    fixedPerMonth: fixed,
    perMillionPolls: month.polls === 0 ? 0 : (polls / month.polls) * 1e6,
    perMillionCommandsWithoutPolls: ((total - polls - fixed) / month.commands) * 1e6,
    alternatives,
    sensitivities: sensitivities(options, total),
    claim: claim(options, ours),
    assumptions: month.assumptions,
  };
}

const OURS: Alternative = {
  name: 'this system',
  what: 'As its templates and the meter have it.',
  uses: ({ monthly: { uses } }) => [...uses],
  assumptions: ({ monthly: { assumptions } }) => [...assumptions],
};

function system({ reading, volumes, shape, prices, durations, freeTier }: EstimateOptions): Ours {
  const month = monthly({ reading, volumes, shape, durations });
  return { monthly: month, lines: bill(month.uses, prices, freeTier), shape };
}

/** Of the door's charges by use, what falls to so many of the calls. */
function doorOf({ monthly: { apiCalls }, lines }: Ours, calls: number): number {
  const door = lines.filter(
    ({ key }) => key === 'waf:requests' || key === 'endpoint:bytes' || key === 'load-balancer:lcu-hours',
  );
  return apiCalls === 0 ? 0 : (sum(door) * calls) / apiCalls;
}

function compared(
  alternative: Alternative,
  ours: Ours,
  { prices, freeTier }: EstimateOptions,
  partsOf: ReturnType<typeof partsFor>,
): Compared {
  const lines = bill(alternative.uses(ours), prices, freeTier);
  return {
    ...wholeOf(alternative.name, lines, ours.monthly.commands, prices),
    what: alternative.what,
    families: partsOf(lines, ({ key }) => familyOf(key)),
    services: partsOf(lines, ({ key }) => serviceOf(key)),
    assumptions: alternative.assumptions(ours),
  };
}

const wholeOf = (name: string, lines: readonly Line[], commands: number, prices: PriceFile): Part => ({
  name,
  perMonth: sum(lines),
  perMillionCommands: (sum(lines) / commands) * 1e6,
  share: 1,
  confirmed: lines.every(({ key, usd }) => usd === 0 || prices.prices[key].confirmed),
});

const partsFor =
  (commands: number, { prices }: PriceFile) =>
  (lines: readonly Line[], nameOf: (line: Line) => string): Part[] =>
    totalsBy(lines, nameOf).map(({ name, usd, keys }) => ({
      name,
      perMonth: usd,
      perMillionCommands: (usd / commands) * 1e6,
      share: usd / sum(lines),
      confirmed: [...keys].every((key) => prices[key].confirmed),
    }));

/** By how much the total changes where the model may be wrong most. */
function sensitivities(options: EstimateOptions, total: number): Sensitivity[] {
  const { reading, volumes } = options;
  const change = (what: string, changed: Partial<EstimateOptions>): Sensitivity => ({
    change: what,
    by: sum(system({ ...options, ...changed }).lines) / total - 1,
  });
  const scaled = (matches: (unit: string) => boolean, factor: number): MeterReading => ({
    ...reading,
    uses: reading.uses.map((use) => (matches(use.unit) ? { ...use, amount: use.amount * factor } : use)),
  });
  const ours = system(options);
  const longer = bill(
    ours.monthly.uses.map((use) =>
      use.key.endsWith('gb-seconds') ? { ...use, amount: use.amount * 2 } : use,
    ),
    options.prices,
    options.freeTier,
  );
  return [
    { change: 'functions and workflows take twice as long', by: sum(longer) / total - 1 },
    options.durations === 'stated'
      ? change('they take as long as metered on this machine', { durations: 'measured' })
      : change('they take as long as cost/durations.json says', { durations: 'stated' }),
    change('twice as many bytes of logs', { reading: scaled((unit) => unit === 'logs:bytes', 2) }),
    change('batches of messages half as full', {
      reading: scaled((unit) => unit === 'sqs:requests', 2),
    }),
    change('half as many status polls', {
      volumes: { ...volumes, apiCallsPerDay: (volumes.apiCallsPerDay + volumes.commandsPerDay) / 2 },
    }),
  ];
}

/**
 * The talk: «we were able to decrease AWS infrastructure costs by 20%», from a load test of commands, against the
 * monolith. What this model makes of it.
 */
function claim(options: EstimateOptions, ours: Ours): string[] {
  const { volumes, prices, freeTier } = options;
  const costs = (system: Ours, sizing: Sizing) => sum(bill(monolith(sizing).uses(system), prices, freeTier));
  const comparedTo = (usd: number, other: number) =>
    usd < other
      ? `${Math.round((1 - usd / other) * 100)} % cheaper`
      : `${Math.round((usd / other - 1) * 100)} % dearer`;
  const total = sum(ours.lines);
  const alone = system({
    ...options,
    // No more calls than the commands need.
    volumes: { ...volumes, apiCallsPerDay: (ours.monthly.apiCalls - ours.monthly.polls) / (HOURS / 24) },
  });
  const breakEven = sizingFor(total / 0.8, (sizing) => costs(ours, sizing));
  const idle = sum(bill(monolith(SIZING).uses(ours).filter(runsIdle), prices, freeTier));
  const fixed = sum(bill(ours.shape.fixed, prices, freeTier));
  return [
    `With all API calls, this system is ${comparedTo(total, costs(ours, SIZING))} than the monolith in this model: API Gateway and the firewall charge for each of the status polls, a machine that is paid anyway does not.`,
    `With commands alone, as the talk’s load test had them, it is ${comparedTo(sum(alone.lines), costs(alone, SIZING))}.`,
    `Two more stages for integration and tests, half as large and idle, would add ${whole(idle)} USD a month to the monolith and ${whole(2 * fixed)} to this system: then it is ${comparedTo(total + 2 * fixed, costs(ours, SIZING) + idle)}.`,
    breakEven === undefined
      ? 'No size of the monolith’s machines makes this system 20 % cheaper.'
      : `It would be 20 % cheaper with all calls if a vCPU of the monolith answered ${Math.round(breakEven.callsPerVcpu)} calls a second (here: ${SIZING.callsPerVcpu}), which makes ${nodes(ours, breakEven)} nodes.`,
    'What may differ in the talk: its monolith was sized for a peak and a code base that nobody outside knows; licences; discounts; and the load test counted commands, not polls.',
  ];
}

/** The throughput at which the monolith costs so much; the less it answers, the more it costs. */
function sizingFor(usd: number, costs: (sizing: Sizing) => number): Sizing | undefined {
  let low = 1;
  let high = 10_000;
  if (costs({ callsPerVcpu: low }) < usd || costs({ callsPerVcpu: high }) > usd) return undefined;
  // Halving 10,000 fourteen times leaves less than one.
  for (let step = 0; step < 14; step++) {
    const middle = (low + high) / 2;
    if (costs({ callsPerVcpu: middle }) > usd) low = middle;
    else high = middle;
  }
  return { callsPerVcpu: low };
}
