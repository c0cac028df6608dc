import type { Block } from '../local/metering/meter-reading.ts';
import type { Price, PriceFile, PriceKey } from './prices/prices.ts';

/** What is used in a month. */
export interface Use {
  readonly key: PriceKey;
  readonly amount: number;
  /** For people: `Persistence`, `load balancer`. */
  readonly resource: string;
  /** Absent in alternatives, which have none. */
  readonly block?: Block;
}

export interface Line extends Use {
  /** A month. */
  readonly usd: number;
}

/**
 * Multiplies. Tiers hold for the whole month's amount of a price, so all its uses cost the same average price.
 * @param freeTier whether to leave out what AWS does not bill
 */
export function bill(uses: readonly Use[], { prices }: PriceFile, freeTier = false): Line[] {
  const totals = new Map<PriceKey, number>();
  for (const { key, amount } of uses) totals.set(key, (totals.get(key) ?? 0) + amount);
  const averages = new Map(
    [...totals].map(([key, amount]) => [
      key,
      amount === 0 ? 0 : charge(prices[key], amount, freeTier) / amount,
    ]),
  );
  return uses.map((use) => ({ ...use, usd: use.amount * (averages.get(use.key) ?? 0) }));
}

/** USD for an amount of one price in a month. */
export function charge({ per, tiers, free = 0 }: Price, amount: number, freeTier: boolean): number {
  const billed = freeTier ? Math.max(0, amount - free) : amount;
  let usd = 0;
  let from = 0;
  for (const { usd: price, upTo = Number.POSITIVE_INFINITY } of tiers) {
    usd += (Math.max(0, Math.min(billed, upTo) - from) / per) * price;
    from = upTo;
  }
  return usd;
}

export const sum = (lines: readonly Line[]): number => lines.reduce((total, { usd }) => total + usd, 0);

/** Adds up by a name, the dearest first. */
export function totalsBy<Name extends string>(
  lines: readonly Line[],
  nameOf: (line: Line) => Name,
): { name: Name; usd: number; keys: ReadonlySet<PriceKey> }[] {
  return [...Map.groupBy(lines, nameOf)]
    .map(([name, own]) => ({ name, usd: sum(own), keys: new Set(own.map(({ key }) => key)) }))
    .sort((a, b) => b.usd - a.usd);
}

/** Services as AWS's bill calls them, and the families by which charts stay legible. */
const SERVICES = {
  'api-gateway': ['API Gateway', 'API Gateway'],
  'step-functions': ['Step Functions', 'functions and workflows'],
  lambda: ['Lambda', 'functions and workflows'],
  sns: ['SNS', 'messaging'],
  sqs: ['SQS', 'messaging'],
  pipes: ['EventBridge Pipes', 'messaging'],
  'iot-core': ['IoT Core', 'messaging'],
  dynamodb: ['DynamoDB', 'database'],
  rds: ['RDS', 'database'],
  logs: ['CloudWatch Logs', 'logs, metrics, traces'],
  cloudwatch: ['CloudWatch metrics', 'logs, metrics, traces'],
  'x-ray': ['X-Ray', 'logs, metrics, traces'],
  'load-balancer': ['load balancer', 'front door'],
  'public-ipv4': ['public IPv4', 'front door'],
  waf: ['WAF', 'front door'],
  endpoint: ['PrivateLink', 'front door'],
  fargate: ['Fargate', 'machines'],
  eks: ['EKS', 'machines'],
  ec2: ['EC2', 'machines'],
  ebs: ['EBS', 'machines'],
  nat: ['NAT gateway', 'machines'],
  kms: ['KMS', 'transfer, keys, secrets'],
  'secrets-manager': ['Secrets Manager', 'transfer, keys, secrets'],
  'data-transfer': ['data transfer', 'transfer, keys, secrets'],
} as const satisfies Record<ServicePrefix, readonly [string, string]>;

type ServicePrefix = PriceKey extends infer Key
  ? Key extends `${infer Prefix}:${string}`
    ? Prefix
    : never
  : never;

const namesOf = (key: PriceKey) => SERVICES[key.slice(0, key.indexOf(':')) as ServicePrefix];

export const serviceOf = (key: PriceKey): string => namesOf(key)[0];

/** In the order of a request's way. */
export const FAMILIES = [
  'front door',
  'API Gateway',
  'functions and workflows',
  'messaging',
  'database',
  'logs, metrics, traces',
  'machines',
  'transfer, keys, secrets',
] as const;
export type Family = (typeof FAMILIES)[number];

export const familyOf = (key: PriceKey): Family => namesOf(key)[1];
