import { AppError } from '../bin/call.ts';
import { BESIDE_PROD, type MeterReading, type Unit } from '../local/metering/meter-reading.ts';
import type { Use } from './bill.ts';
import { withStatedDurations } from './durations.ts';
import type { PriceKey } from './prices/prices.ts';
import type { StageShape } from './stage-shape.ts';
import { DAYS, HOURS, type Volumes } from './volumes.ts';

type MeterUse = MeterReading['uses'][number];

export interface Monthly {
  readonly commands: number;
  readonly polls: number;
  readonly apiCalls: number;
  readonly uses: readonly Use[];
  /** In sentences: what was taken for granted. */
  readonly assumptions: readonly string[];
}

export interface MonthlyOptions {
  readonly reading: MeterReading;
  readonly volumes: Volumes;
  readonly shape: StageShape;
  readonly durations: 'stated' | 'measured';
}

/** As AWS counts. */
const GB = 2 ** 30;

/**
 * What a status poll uses where the reading has none: the call, a consistent read, a line of the access log, an answer
 * of some 400 bytes with its headers.
 */
const POLL: readonly [Unit, number][] = [
  ['api-gateway:requests', 1],
  ['dynamodb:read-units', 1],
  // As the format in lib/rest-api.ts makes it, with 26 bytes for each event.
  ['logs:bytes', 193],
  ['data-transfer:bytes', 400],
];

/** A request with its token, 1.5 KB, and an answer with its headers, 0.5 KB; where the reading does not tell. */
const BYTES_OF_CALL = 2000;

/** An app opens a connection, follows a command for some 40 calls, and leaves; the load balancer closes it 35 s later. */
const SECONDS_OF_CONNECTION = 120;

/** From there on X-Ray's «one a second» is less than its 5 %. */
const BUSY_COMMANDS_PER_SECOND = 20;

/** What stays of a command: four entries of the history and its state, with 100 bytes that DynamoDB adds to each. */
const STORED_BYTES = 4 * (300 + 100) + (800 + 100);

/** CloudWatch keeps logs compressed, «typically 0.15 bytes per uncompressed byte». */
const LOG_COMPRESSION = 0.15;

/** A reading at other volumes, for a month, with what the stage costs anyway. */
export function monthly({ reading, volumes, shape, durations }: MonthlyOptions): Monthly {
  if (reading.commands === 0)
    throw new AppError('The reading has no commands: meter a load test that sends some');
  const callsOfCommand = (reading.apiCalls - reading.statusPolls) / reading.commands;
  const commands = volumes.commandsPerDay * DAYS;
  const apiCalls = volumes.apiCallsPerDay * DAYS;
  const polls = apiCalls - commands * callsOfCommand;
  if (polls < -1) {
    throw new AppError(
      `${volumes.apiCallsPerDay} API calls a day are fewer than ${volumes.commandsPerDay} commands need: ` +
        `${callsOfCommand.toFixed(2)} for each`,
    );
  }
  const assumptions: string[] = [];
  const ofProd = reading.uses.filter(({ block }) => !BESIDE_PROD.some((beside) => beside === block));
  const stated = durations === 'stated' ? withStatedDurations(ofProd, shape.memoryOf) : undefined;
  if (stated === undefined) {
    assumptions.push('Functions and workflows take as long as on the machine where they were metered.');
  } else {
    assumptions.push(
      'Functions and workflows take as long as cost/durations.json says: 10 ms for each AWS call that they wait for, and some computing. What a local stage measures is not what AWS would.',
    );
    if (stated.measured.length > 0) {
      assumptions.push(`Durations as measured, for none is stated: ${stated.measured.join(', ')}.`);
    }
  }

  const scaled: Use[] = [];
  const add = (use: MeterUse, factor: number) => {
    // What is billed by LCU-hours, and what the door sees, follows from the volumes below.
    if (isOfDoor(use.unit)) return;
    scaled.push({
      key: priced(use.unit),
      amount: use.amount * factor,
      block: use.block,
      resource: use.resource,
    });
  };
  for (const use of stated?.uses ?? ofProd) {
    if (use.block !== 'status-polls') add(use, commands / reading.commands);
    else if (reading.statusPolls > 0) add(use, Math.max(0, polls) / reading.statusPolls);
  }
  if (reading.statusPolls === 0 && polls > 1) {
    for (const [unit, amount] of POLL) {
      add({ block: 'status-polls', resource: 'poll', unit, amount }, polls);
    }
    assumptions.push(
      `The reading has no status polls; one is counted as ${POLL.map(([unit, amount]) => `${amount} ${unit}`).join(', ')}.`,
    );
  }

  const seconds = (Date.parse(reading.to) - Date.parse(reading.from)) / 1000;
  if (reading.commands / seconds < BUSY_COMMANDS_PER_SECOND) {
    assumptions.push(
      'The reading is of a quiet stage: X-Ray records the first request of each second, so traces, and SQS requests of small batches, are too many for these volumes. Meter a load test of 20 commands a second or more.',
    );
  }

  const uses = [
    ...scaled,
    ...shape.fixed,
    ...(shape.door ? doorUses({ reading, shape, commands, apiCalls, assumptions }) : []),
    ...storageUses(scaled, commands, shape, assumptions),
  ];
  assumptions.push(
    'Everything but status polls grows with commands; polls grow with API calls. Batches stay as full as in the reading: at lower rates they would be emptier, and SQS and Lambda dearer.',
    'Left out: vehicles’ SMS and data plans, the broker, the users’ identity provider, support, and people.',
  );
  return { commands, polls: Math.max(0, polls), apiCalls, uses, assumptions };
}

const DOOR_UNITS = [
  'load-balancer:requests',
  'load-balancer:bytes',
  'waf:requests',
  'endpoint:bytes',
] as const;

const isOfDoor = (unit: Unit): unit is (typeof DOOR_UNITS)[number] =>
  DOOR_UNITS.some((known) => known === unit);

const priced = (unit: Exclude<Unit, (typeof DOOR_UNITS)[number]>): PriceKey => unit;

interface Door {
  readonly reading: MeterReading;
  readonly shape: StageShape;
  readonly commands: number;
  readonly apiCalls: number;
  readonly assumptions: string[];
}

/** What the load balancer, the firewall and the endpoints charge for requests. */
function doorUses({ reading, shape, commands, apiCalls, assumptions }: Door): Use[] {
  const metered = (unit: Unit) =>
    reading.uses.filter((use) => use.unit === unit).reduce((total, { amount }) => total + amount, 0);
  const requests = metered('load-balancer:requests');
  const bytesOfCall = requests > 0 ? metered('load-balancer:bytes') / requests : BYTES_OF_CALL;
  const bytes = apiCalls * bytesOfCall;
  const lcus = lcusOf({
    newConnectionsPerSecond: commands / (HOURS * 3600),
    activeConnections: (commands / (HOURS * 3600)) * SECONDS_OF_CONNECTION,
    bytesPerHour: bytes / HOURS,
  });
  assumptions.push(
    `Through the door go ${Math.round(bytesOfCall)} bytes for each call (${requests > 0 ? 'metered' : 'assumed'}), and one new connection for each command that lasts ${SECONDS_OF_CONNECTION} s: ${lcus.toFixed(1)} LCUs on average.`,
  );
  return [
    { key: 'load-balancer:lcu-hours', amount: lcus * HOURS, block: 'traffic', resource: 'load balancer' },
    { key: 'endpoint:bytes', amount: bytes, block: 'traffic', resource: 'endpoints' },
    ...(shape.waf
      ? [{ key: 'waf:requests', amount: apiCalls, block: 'traffic', resource: 'firewall' } as const]
      : []),
  ];
}

interface Load {
  readonly newConnectionsPerSecond: number;
  readonly activeConnections: number;
  readonly bytesPerHour: number;
}

/**
 * Load balancer capacity units: the dimension that is used most counts. Rules are free up to ten, and there are four.
 * Source: AWS's price page, «LCU details», for IP targets.
 */
const lcusOf = ({ newConnectionsPerSecond, activeConnections, bytesPerHour }: Load): number =>
  Math.max(newConnectionsPerSecond / 25, activeConnections / 3000, bytesPerHour / GB);

/** What is kept: data and logs, as long as the stage keeps them. */
function storageUses(
  scaled: readonly Use[],
  commands: number,
  shape: StageShape,
  assumptions: string[],
): Use[] {
  const stored = ((commands / DAYS) * shape.eventRetentionDays * STORED_BYTES) / GB;
  const logged =
    scaled.filter(({ key }) => key === 'logs:bytes').reduce((all, { amount }) => all + amount, 0) / GB;
  const kept = (logged / DAYS) * shape.logRetentionDays * LOG_COMPRESSION;
  assumptions.push(
    `A command leaves ${STORED_BYTES} bytes in the tables for ${shape.eventRetentionDays} days: ${Math.round(stored)} GB. Logs are kept ${shape.logRetentionDays} days, compressed to ${LOG_COMPRESSION * 100} %: ${Math.round(kept)} GB.`,
  );
  return [
    { key: 'dynamodb:gb-months', amount: stored, block: 'persistence', resource: 'EventsTable' },
    ...(shape.pointInTimeRecovery
      ? [
          {
            key: 'dynamodb:recovery-gb-months',
            amount: stored,
            block: 'persistence',
            resource: 'EventsTable',
          } as const,
        ]
      : []),
    { key: 'logs:gb-months', amount: kept, block: 'persistence', resource: 'logs' },
  ];
}
