import * as z from 'zod';
import { BESIDE_PROD, type MeterReading, type Unit } from '../local/metering/meter-reading.ts';
import { withStatedDurations, workflowMs } from './durations.ts';
import { monthly } from './monthly.ts';
import { REGIONS } from './prices/prices.ts';
import data from './quotas.json' with { type: 'json' };
import type { StageShape } from './stage-shape.ts';
import { HOURS, PEAK_FACTOR, type Volumes } from './volumes.ts';

const QuotaId = z.enum([
  'stage-throttling',
  'api-gateway-requests',
  'waf-requests',
  'express-starts',
  'lambda-concurrency',
  'lambda-requests',
  'sns-publishes',
  'dynamodb-writes',
  'dynamodb-reads',
  'pipes-executions',
  'sqs-in-flight',
  'kms-requests',
  'x-ray-traces',
]);
type QuotaId = z.infer<typeof QuotaId>;

const Quota = z.object({
  id: QuotaId,
  name: z.string(),
  /** AWS's default, by region. */
  limits: z.partialRecord(z.enum(REGIONS), z.number().positive()),
  source: z.string(),
  /** False: not seen in a source that can be named; printed with an asterisk. */
  confirmed: z.boolean(),
  /** How to have more. */
  raise: z.string(),
  /** What the design does to stay below. */
  design: z.string(),
});

export const QUOTAS = z.object({ date: z.iso.date(), quotas: z.array(Quota) }).parse(data);

/** Today, triple (what the talk expects), tenfold. */
export const MULTIPLES = [1, 3, 10] as const;

/** What is needed at a multiple of the volumes: on average, and at the peak. */
interface Need {
  readonly multiple: number;
  readonly average: number;
  readonly peak: number;
  /** Whether the peak is above the limit. */
  readonly exceeded: boolean;
}

export interface QuotaReport {
  readonly id: QuotaId;
  readonly name: string;
  readonly limit: number;
  readonly confirmed: boolean;
  readonly source: string;
  readonly needs: readonly Need[];
  readonly raise: string;
  readonly design: string;
}

export interface QuotaOptions {
  readonly reading: MeterReading;
  readonly volumes: Volumes;
  readonly shape: StageShape;
  readonly region: (typeof REGIONS)[number];
}

/** Volumes of today, and multiples of them, against the default quotas of a region. */
export function quotas(options: QuotaOptions): QuotaReport[] {
  const averages = demand(options);
  return QUOTAS.quotas.map(({ id, name, limits, confirmed, source, raise, design }) => {
    const limit = id === 'stage-throttling' ? options.shape.requestsPerSecond : limits[options.region];
    if (limit === undefined) throw new Error(`cost/quotas.json: ${id} has no limit in ${options.region}`);
    return {
      id,
      name,
      limit,
      confirmed,
      source,
      raise,
      design,
      needs: MULTIPLES.map((multiple) => {
        const average = averages[id] * multiple;
        const peak = average * PEAK_FACTOR;
        return { multiple, average, peak, exceeded: peak > limit };
      }),
    };
  });
}

/** A message of the queue of commands is invisible so long: six times the time-out of its function. */
const VISIBILITY_SECONDS = 36;
const SEGMENTS_OF_TRACE = 10;

/** What is used a second, or at once, on average. */
function demand({ reading, volumes, shape }: QuotaOptions): Record<QuotaId, number> {
  const month = monthly({ reading, volumes, shape, durations: 'stated' });
  const seconds = HOURS * 3600;
  const used = month.uses.filter((use) => !shape.fixed.includes(use));
  const rate = (unit: Unit, matches: (resource: string) => boolean = () => true) =>
    used
      .filter(({ key, resource }) => key === unit && matches(resource))
      .reduce((total, { amount }) => total + amount, 0) / seconds;
  const busiest = (unit: Unit) => {
    const tables = new Set(used.filter(({ key }) => key === unit).map(({ resource }) => resource));
    return Math.max(0, ...[...tables].map((table) => rate(unit, (resource) => resource === table)));
  };
  const calls = month.apiCalls / seconds;
  return {
    'stage-throttling': calls,
    'api-gateway-requests': rate('api-gateway:requests'),
    'waf-requests': shape.waf ? calls : 0,
    'express-starts': rate('step-functions:express-requests'),
    'lambda-concurrency': concurrency({ reading, shape }, month.commands / seconds),
    'lambda-requests': rate('lambda:requests'),
    'sns-publishes': rate('sns:requests'),
    'dynamodb-writes': busiest('dynamodb:write-units'),
    'dynamodb-reads': busiest('dynamodb:read-units'),
    'pipes-executions':
      (rate('pipes:requests') * (workflowMs('incoming-vehicle-communication', 'Workflow') ?? 100)) / 1000,
    'sqs-in-flight': (month.commands / seconds) * VISIBILITY_SECONDS,
    'kms-requests': rate('kms:requests'),
    'x-ray-traces': rate('x-ray:traces') * SEGMENTS_OF_TRACE,
  };
}

/** Invocations at once: GB-seconds a second, by the memory of each function. */
function concurrency(
  { reading, shape }: Pick<QuotaOptions, 'reading' | 'shape'>,
  commandsPerSecond: number,
): number {
  const { uses } = withStatedDurations(reading.uses, shape.memoryOf);
  return uses
    .filter(
      ({ unit, block }) => unit === 'lambda:gb-seconds' && !BESIDE_PROD.some((beside) => beside === block),
    )
    .reduce((total, { block, resource, amount }) => {
      const gb = (shape.memoryOf(block, resource) ?? 512) / 1024;
      return total + ((amount / gb) * commandsPerSecond) / reading.commands;
    }, 0);
}
