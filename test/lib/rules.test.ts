import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnResource, Stack, Validations } from 'aws-cdk-lib';
import { CfnTopic } from 'aws-cdk-lib/aws-sns';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { scratchFolder } from '../scratch.ts';
import { kindsOfStages } from './synthesis.ts';
import { remoteVehicleServices } from './unbundled.ts';

const EVERYWHERE = ['COG4', 'IAM5', 'SF1', 'SQS3'];
/** Only tools sign demo users in; a firewall costs money idle. */
const DEMO_USERS = ['APIG3', 'COG2', 'COG3', 'COG8'];
/** A public way in without access logs, which would hold VINs, nor flow logs; a secret that nothing can rotate. */
const FRONT_DOOR = ['APIG3', 'EC23', 'ELB2', 'SMG4', 'VPC7'];
const ACKNOWLEDGED: Readonly<Record<string, readonly string[]>> = {
  // The APIs are public and have no firewall.
  'dev-x': [...DEMO_USERS, ...EVERYWHERE],
  'dev-iot': [...DEMO_USERS, ...EVERYWHERE],
  // The settings of experiments are not worth a log of who reads them.
  test: [...FRONT_DOOR, ...EVERYWHERE, 'S1'],
  int: [...FRONT_DOOR, ...EVERYWHERE, 'S1'],
  // Credentials of real peers are rotated by their operators.
  prod: [...FRONT_DOOR, ...EVERYWHERE],
};

/** CDK acknowledges by itself what its networks do: zones by their place in the region's list. */
const OF_CDK = 'CloudFormation-Validate::W3010';

const Report = z.object({
  pluginReports: z.array(
    z.object({
      pluginName: z.string(),
      violations: z.array(
        z.object({
          ruleName: z.string(),
          violatingConstructs: z.array(z.object({ constructPath: z.string() })),
        }),
      ),
    }),
  ),
});

interface Finding {
  readonly rule: string;
  readonly at: string;
}

/** Synthesises with the rules of CDK itself and of cdk-nag, as `cdk synth` does, and reads what they found. */
function check(build: (app: App) => void): {
  findings: Finding[];
  acknowledged: (Finding & { reason: string })[];
} {
  const outdir = scratchFolder('rules-');
  const app = new App({ outdir, context: cdk.context, treeMetadata: false });
  build(app);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  try {
    app.synth();
  } catch (error) {
    if (!String(error).includes('ValidationFailed')) throw error;
  }
  const { pluginReports } = Report.parse(
    JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8')),
  );
  return {
    findings: pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, at: constructPath })),
      ),
    ),
    acknowledged: app.node.findAll().flatMap(({ node }) =>
      node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(z.record(z.string(), z.string()).parse(data)))
        .map(([rule, reason]) => ({ rule, at: node.path, reason }))
        .filter(({ rule }) => rule !== OF_CDK),
    ),
  };
}

const stages = kindsOfStages().map((stage) => ({
  name: stage.name,
  ...check((app) => remoteVehicleServices(app, stage)),
}));

describe.each(stages)('in $name', ({ name, findings, acknowledged }) => {
  test('CDK’s rules and those of AWS Solutions find nothing that is not acknowledged', () => {
    expect(findings).toEqual([]);
  });

  test('every acknowledgement says why', () => {
    expect(acknowledged).not.toEqual([]);
    expect(acknowledged.filter(({ reason }) => !/^[A-Z].{40,}\.$/.test(reason))).toEqual([]);
  });

  test('these rules of AWS Solutions are acknowledged, and no others', () => {
    const rules = acknowledged.map(({ rule }) => /^AwsSolutions::AwsSolutions-([A-Z0-9]+)/.exec(rule)?.[1]);
    expect([...new Set(rules)].sort()).toEqual(ACKNOWLEDGED[name]?.toSorted());
  });
});

test('both sets of rules are at work', () => {
  const { findings } = check((app) => {
    const stack = new Stack(app, 'Stack');
    new CfnTopic(stack, 'Topic', { tracingConfig: 'Active' });
    new CfnResource(stack, 'Queue', { type: 'AWS::SQS::Queue', properties: { NoSuchProperty: 1 } });
  });
  expect(findings).toEqual(
    expect.arrayContaining([
      { rule: 'AwsSolutions-SNS3', at: 'Stack/Topic' },
      { rule: 'F3002', at: 'Stack/Queue' },
    ]),
  );
});
