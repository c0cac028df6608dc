import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { AppError } from '../../bin/call.ts';
import { Unit } from '../../local/metering/meter-reading.ts';

/**
 * What has a price: the meter's units, but for those of the load balancer (its requests and bytes are billed as
 * LCU-hours), and what costs by the hour or month.
 */
export const PriceKey = z.enum([
  ...Unit.exclude(['load-balancer:requests', 'load-balancer:bytes']).options,
  'load-balancer:hours',
  'load-balancer:lcu-hours',
  'public-ipv4:hours',
  'waf:acl-months',
  'waf:rule-months',
  'endpoint:hours',
  'kms:key-months',
  'secrets-manager:secret-months',
  'cloudwatch:alarm-metric-months',
  'cloudwatch:metric-months',
  'logs:gb-months',
  'dynamodb:gb-months',
  'dynamodb:recovery-gb-months',
  // Of the alternatives only.
  'fargate:vcpu-hours',
  'fargate:gb-hours',
  'eks:cluster-hours',
  'ec2:m7g.xlarge-hours',
  'ebs:gb-months',
  'rds:db.r6g.xlarge-multi-az-hours',
  'rds:gb-months',
  'nat:hours',
  'nat:bytes',
  'iot-core:messages',
  'iot-core:rules',
  'iot-core:actions',
]);
export type PriceKey = z.infer<typeof PriceKey>;

const Price = z
  .object({
    /** The amount that the prices are for: a million requests, 1,073,741,824 bytes (a GB, as AWS counts). */
    per: z.int().positive(),
    /** Prices in USD, by the amount used in a month: each holds up to its own `upTo`, the last one for all that follows. */
    tiers: z
      .array(z.object({ usd: z.number().positive(), upTo: z.number().positive().optional() }))
      .min(1)
      .refine(
        (tiers) =>
          tiers.every(({ upTo }, index) =>
            index === tiers.length - 1
              ? upTo === undefined
              : upTo !== undefined && upTo > (tiers[index - 1]?.upTo ?? 0),
          ),
        'tiers must ascend, and the last one is open',
      ),
    /** Amount a month that AWS does not bill. */
    free: z.number().positive().optional(),
    /** Page where AWS publishes it. */
    source: z.url(),
    /** Whether the figure, with all its tiers, was seen for this region. If not, it is printed with an asterisk. */
    confirmed: z.boolean(),
    note: z.string().optional(),
  })
  .refine(({ confirmed, note }) => confirmed || note !== undefined, 'what is not confirmed needs a note');
export type Price = z.infer<typeof Price>;

export const PriceFile = z.object({
  region: z.string(),
  /** When the figures were looked up. */
  date: z.iso.date(),
  currency: z.literal('USD'),
  prices: z.record(PriceKey, Price),
});
export type PriceFile = z.infer<typeof PriceFile>;

export const REGIONS = ['eu-central-1', 'us-east-1'] as const;

/** @throws AppError that says which regions there are */
export function pricesOf(region: string): PriceFile {
  const known = REGIONS.find((name) => name === region);
  if (known === undefined) {
    throw new AppError(
      `There are no prices of '${region}'. There are ${REGIONS.join(' and ')} (cost/prices)`,
    );
  }
  return PriceFile.parse(JSON.parse(readFileSync(new URL(`${known}.json`, import.meta.url), 'utf8')));
}
