import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { CATALOGUE } from '../functions/remote-services/catalogue.ts';
import { type StageConfig, stageConfig } from '../lib/stages.ts';
import { type Resource, readAssembly, type StackArtifact } from '../local/cloudformation/assembly.ts';
import { BuildingBlocks } from '../local/metering/building-blocks.ts';
import { Block } from '../local/metering/meter-reading.ts';
import { resourceName } from '../local/resource-name.ts';
import { synthesise } from '../local/synthesise.ts';
import type { Use } from './bill.ts';
import type { MemoryOf } from './durations.ts';
import type { PriceKey } from './prices/prices.ts';
import { HOURS } from './volumes.ts';

/** What a stage costs before anybody uses it, and what its templates say about how use is billed. */
export interface StageShape {
  readonly stage: string;
  /** A month. */
  readonly fixed: readonly Use[];
  readonly memoryOf: MemoryOf;
  /** Whether requests come through a load balancer, and are looked at by a firewall. */
  readonly door: boolean;
  readonly waf: boolean;
  /** Days that commands and their history are kept, and lines of logs. */
  readonly eventRetentionDays: number;
  readonly logRetentionDays: number;
  readonly pointInTimeRecovery: boolean;
  /** The stage's own limit on API calls. */
  readonly requestsPerSecond: number;
}

/**
 * Synthesises a stage and reads its shape; takes some seconds.
 * @throws Error if there is no such stage, or it does not synthesise
 */
export async function stageShape(stage: string): Promise<StageShape> {
  const folder = mkdtempSync(join(tmpdir(), 'stage-shape-'));
  try {
    const config = stageConfig(stage);
    await synthesise(stage, folder);
    return shapeOf(config, readAssembly(folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export function shapeOf(config: StageConfig, stacks: readonly StackArtifact[]): StageShape {
  const blocks = new BuildingBlocks(stacks);
  const memory = new Map<string, number>();
  const fixed: Use[] = [];
  for (const { stackName, template } of stacks) {
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      const block = blockOf(resource);
      for (const [key, amount] of monthlyOf(resource, template.Resources)) {
        if (amount > 0) fixed.push({ key, amount, block, resource: resource.Type });
      }
      if (resource.Type === 'AWS::Lambda::Function') {
        const { block: owner, resource: name } = blocks.of(resourceName(stackName, logicalId));
        memory.set(`${owner}/${name}`, z.number().default(128).parse(resource.Properties.MemorySize));
      }
    }
  }
  const environments = config.environments.length;
  fixed.push({
    // Latency by service, end and environment; whether the backend has failed, by environment.
    key: 'cloudwatch:metric-months',
    amount: CATALOGUE.length * 2 * environments + environments,
    block: 'event-processing',
    resource: 'metrics of functions',
  });
  return {
    stage: config.name,
    fixed,
    memoryOf: (block, name) => memory.get(`${block}/${name}`),
    door: fixed.some(({ key }) => key === 'load-balancer:hours'),
    waf: config.waf,
    eventRetentionDays: config.eventRetentionDays,
    logRetentionDays: config.logRetention,
    pointInTimeRecovery: config.pointInTimeRecovery,
    requestsPerSecond: config.throttling.requestsPerSecond,
  };
}

/**
 * Idle, the pollers of an event source wait 20 s each time that they ask its queue, five of them at once; a pipe is
 * taken to do the same. Source: AWS Lambda Developer Guide, «Using Lambda with Amazon SQS».
 */
const IDLE_RECEIVES = (HOURS * 3600 * 5) / 20;

/** Of a method: Count, Latency, IntegrationLatency, 4XXError, 5XXError. */
const METRICS_OF_METHOD = 5;

/** A zone each, where AWS gives the load balancer a public address. */
const Subnets = z.array(z.json());
const Metrics = z.array(z.object({ MetricStat: z.json().optional() }));
const Rules = z.array(z.json());
const MethodSettings = z.array(z.object({ MetricsEnabled: z.boolean().default(false) }));

/** What a resource costs by being there, in amounts of a month. */
function monthlyOf(
  { Type, Properties }: Resource,
  stack: Readonly<Record<string, Resource>>,
): readonly (readonly [PriceKey, number])[] {
  switch (Type) {
    case 'AWS::ElasticLoadBalancingV2::LoadBalancer':
      return [
        ['load-balancer:hours', HOURS],
        ['public-ipv4:hours', HOURS * Subnets.parse(Properties.Subnets).length],
      ];
    case 'AWS::WAFv2::WebACL':
      return [
        ['waf:acl-months', 1],
        ['waf:rule-months', Rules.parse(Properties.Rules).length],
      ];
    case 'AWS::EC2::VPCEndpoint':
      return [['endpoint:hours', HOURS * Subnets.parse(Properties.SubnetIds ?? []).length]];
    case 'AWS::KMS::Key':
      return [['kms:key-months', 1]];
    case 'AWS::SecretsManager::Secret':
      return [['secrets-manager:secret-months', 1]];
    case 'AWS::CloudWatch::Alarm':
      return [['cloudwatch:alarm-metric-months', alarmMetrics(Properties)]];
    case 'AWS::ApiGateway::Stage': {
      const detailed = MethodSettings.parse(Properties.MethodSettings ?? []).some(
        (all) => all.MetricsEnabled,
      );
      const methods = Object.values(stack).filter((other) => other.Type === 'AWS::ApiGateway::Method').length;
      return [['cloudwatch:metric-months', detailed ? methods * METRICS_OF_METHOD : 0]];
    }
    case 'AWS::Lambda::EventSourceMapping':
    case 'AWS::Pipes::Pipe':
      return [['sqs:requests', IDLE_RECEIVES]];
    default:
      return [];
  }
}

/** An alarm is billed by the metrics that it looks at; the expressions over them are free. */
const alarmMetrics = ({ Metrics: metrics }: Resource['Properties']): number =>
  metrics === undefined
    ? 1
    : Metrics.parse(metrics).filter(({ MetricStat }) => MetricStat !== undefined).length;

const Tags = z
  .union([
    z
      .array(z.object({ Key: z.string(), Value: z.json() }))
      .transform((tags) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))),
    z.record(z.string(), z.json()),
  ])
  .default({});

/** By the tag for AWS’s own bill. What has a tag that is no block, the network, is there for the front door. */
function blockOf({ Properties }: Resource): Block {
  const tags = Tags.safeParse(Properties.Tags);
  const tagged = Block.safeParse(tags.success ? tags.data['building-block'] : undefined);
  return tagged.success ? tagged.data : 'traffic';
}
