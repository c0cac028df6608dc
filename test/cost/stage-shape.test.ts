import { expect, test } from 'vitest';
import { DURATIONS } from '../../cost/durations.ts';
import { type StageShape, shapeOf } from '../../cost/stage-shape.ts';
import { stageConfig } from '../../lib/stages.ts';
import { BuildingBlocks } from '../../local/metering/building-blocks.ts';
import { resourceName } from '../../local/resource-name.ts';
import { synthesise } from '../lib/synthesis.ts';

const stage = (name: string) => synthesise(stageConfig(name));
const shape = (name: string): StageShape => shapeOf(stageConfig(name), stage(name).stacks);

const amount = ({ fixed }: StageShape, key: string): number =>
  fixed.filter((use) => use.key === key).reduce((total, use) => total + use.amount, 0);

test('prod has a door, a firewall, endpoints, secrets and a key by the month', () => {
  const prod = shape('prod');

  expect(prod).toMatchObject({ door: true, waf: true, eventRetentionDays: 90, requestsPerSecond: 5000 });
  expect(amount(prod, 'load-balancer:hours')).toBe(730);
  // One address, and one endpoint of each environment, in each of two zones.
  expect(amount(prod, 'public-ipv4:hours')).toBe(2 * 730);
  expect(amount(prod, 'endpoint:hours')).toBe(2 * 2 * 730);
  expect(amount(prod, 'waf:acl-months')).toBe(1);
  const [acl] = stage('prod').all('AWS::WAFv2::WebACL');
  expect(acl?.properties.Rules).toHaveLength(amount(prod, 'waf:rule-months'));
  expect(amount(prod, 'kms:key-months')).toBe(1);
  // Broker and subscriber of each environment, and the test secret.
  expect(amount(prod, 'secrets-manager:secret-months')).toBe(5);
});

test('each event source and pipe polls while it is idle', () => {
  const prod = stage('prod');
  const pollers = [...prod.all('AWS::Lambda::EventSourceMapping'), ...prod.all('AWS::Pipes::Pipe')].length;

  // Five at once, each every 20 s.
  expect(amount(shape('prod'), 'sqs:requests')).toBe(pollers * 5 * ((730 * 3600) / 20));
});

test('an alarm costs as many metrics as it looks at', () => {
  const simple = stage('prod')
    .all('AWS::CloudWatch::Alarm')
    .filter(({ properties }) => !properties.Metrics);

  expect(amount(shape('prod'), 'cloudwatch:alarm-metric-months')).toBeGreaterThan(
    stage('prod').all('AWS::CloudWatch::Alarm').length,
  );
  expect(simple.length).toBeGreaterThan(0);
});

test('of a developer’s stage, only polling and metrics cost by the month', () => {
  const keys = new Set(shape('dev-x').fixed.map(({ key }) => key));

  expect([...keys].sort()).toEqual(['cloudwatch:metric-months', 'sqs:requests']);
});

test('every function and Express workflow of prod has a stated duration, and the other way round', () => {
  const { stacks } = stage('prod');
  const blocks = new BuildingBlocks(stacks);
  const owners = (type: string, matches: (properties: Record<string, unknown>) => boolean = () => true) =>
    new Set(
      stacks.flatMap(({ stackName, template }) =>
        Object.entries(template.Resources)
          .filter(([, resource]) => resource.Type === type && matches(resource.Properties))
          .map(([logicalId]) => blocks.of(resourceName(stackName, logicalId)))
          .map(({ block, resource }) => `${block}/${resource}`),
      ),
    );

  const stated = DURATIONS.functions.map((entry) => `${entry.block}/${entry.function}`);
  // CDK's own, which looks addresses up when a stage is deployed.
  const functions = [...owners('AWS::Lambda::Function')].filter((name) => !name.startsWith('traffic/AWS679'));
  expect(stated.sort()).toEqual(functions.sort());

  const workflows = owners(
    'AWS::StepFunctions::StateMachine',
    ({ StateMachineType }) => StateMachineType === 'EXPRESS',
  );
  expect(DURATIONS.workflows.map((entry) => `${entry.block}/${entry.workflow}`).sort()).toEqual(
    [...workflows].sort(),
  );
});

test('functions have the memory of their templates', () => {
  expect(shape('prod').memoryOf('event-processing', 'Persistence')).toBe(512);
  expect(shape('prod').memoryOf('event-processing', 'Made up')).toBeUndefined();
});
