import { describe, expect, test } from 'vitest';
import { EVENT_STATUS_PATH } from '../../functions/event-creation/paths.ts';
import { stageConfig } from '../../lib/stages.ts';
import { BuildingBlocks } from '../../local/metering/building-blocks.ts';
import { readSettings } from '../../local/metering/settings.ts';
import { resourceName } from '../../local/resource-name.ts';
import { allStages, type SynthesisedStage, synthesise } from './synthesis.ts';

const dev = synthesise(stageConfig('dev-x'));
const twoEnvironments = synthesise(stageConfig('dev-door', { environments: 'blue,green' }));
const stages = [...allStages(), twoEnvironments];

/** What has a price for its use, or uses others in a role. */
const USED = [
  'AWS::ApiGateway::RestApi',
  'AWS::DynamoDB::GlobalTable',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Pipes::Pipe',
  'AWS::SecretsManager::Secret',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::StepFunctions::StateMachine',
];

/** Names on the local stage, by type. */
const namesOf = ({ stacks }: SynthesisedStage, types: readonly string[]): string[] =>
  stacks.flatMap(({ stackName, template }) =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => types.includes(Type))
      .map(([logicalId]) => resourceName(stackName, logicalId)),
  );

describe.each(stages)('in $config.name', (stage) => {
  const blocks = new BuildingBlocks(stage.stacks);

  test('every function, queue, topic, table, workflow, API and role has a building block, by its tag', () => {
    const used = stage.resources.filter(({ type }) => USED.includes(type));
    expect(used).not.toEqual([]);
    const paid = namesOf(stage, USED).map((name) => blocks.of(name).block);
    expect(paid).toEqual(used.map(({ tags }) => tags?.['building-block']));
  });

  test('no two resources of one type have one name within their block, but those of two environments', () => {
    for (const type of USED) {
      // `blue-X` and `green-X` are one.
      const logicalIds = new Set(namesOf(stage, [type]).map((name) => name.replace(/^(blue|green)-/, '')));
      const names = namesOf(stage, [type]).map((name) => Object.values(blocks.of(name)).join(' '));
      expect(new Set(names).size, type).toBe(logicalIds.size);
    }
  });
});

test('what is used of a developer’s stage has these names', () => {
  const blocks = new BuildingBlocks(dev.stacks);
  const roles = new Set(namesOf(dev, ['AWS::IAM::Role']));
  const names = namesOf(dev, USED)
    .filter((name) => !roles.has(name) && !/DeadLetters|UndeliveredLetters/.test(name))
    .map((name) => Object.values(blocks.of(name)).join(' '));
  expect(names.toSorted()).toEqual([
    'event-creation Api',
    'event-creation Enrich',
    'event-creation IdentityAuthorize',
    'event-creation StatusHistory',
    'event-creation Validate',
    'event-creation Workflow',
    'event-processing DelayQueue',
    'event-processing Distribution',
    'event-processing DistributionQueue',
    'event-processing EventsTopic',
    'event-processing LifecycleCheck',
    'event-processing LifecycleQueue',
    'event-processing LifecycleWatch',
    'event-processing Persistence',
    'event-processing PersistenceQueue',
    'expiry LookAfter',
    'expiry WarningsTopic',
    'incoming-vehicle-communication MessagesQueue',
    'incoming-vehicle-communication Pipe',
    'incoming-vehicle-communication VehicleMessagesTopic',
    'incoming-vehicle-communication Workflow',
    'outgoing-vehicle-communication CommandsQueue',
    'outgoing-vehicle-communication Send',
    'persistence DemoUsersAudience',
    'persistence EventsTable',
    'persistence IncomingQueue',
    'persistence LeasesTable',
    'persistence PositionsTable',
    'persistence TrafficWeightsTable',
    'persistence VehiclesTable',
    'traffic InboundRoutingDeserialise',
    'traffic InboundRoutingWorkflow',
    'vehicle-simulator ApiRestApi',
    'vehicle-simulator BrokerMockPublishWorkflow',
    'vehicle-simulator BrokerMockWakeUpWorkflow',
    'vehicle-simulator BrokerMockWakeUpsTable',
    'vehicle-simulator SubscriptionMockNotificationsTable',
    'vehicle-simulator VehicleCommandsQueue',
    'vehicle-simulator VehicleDrive',
  ]);
});

test('a resource without a building block is an error', () => {
  const [stack] = dev.stacks;
  if (stack === undefined) throw new Error('There is no stack');
  const untagged = { Type: 'AWS::SQS::Queue', Properties: {}, Metadata: {} };
  const template = { ...stack.template, Resources: { Orphan: untagged } };
  expect(() => new BuildingBlocks([{ ...stack, template }])).toThrow(/Orphan has no building block/);
});

test('status polls pay for what is read in the role that answers them, by GetItem, and nobody else reads so', () => {
  for (const { resources, stacks } of stages) {
    const calls = resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Method')
      .map(({ path, properties }) => ({ path, integration: JSON.stringify(properties.Integration) }))
      .filter(({ integration }) => integration.includes('EventCreation/Status/Role'));
    const polls = calls.filter(({ integration }) => integration.includes('action/GetItem'));
    expect(polls).not.toEqual([]);
    for (const { path } of polls) expect(path).toContain(`Default${EVENT_STATUS_PATH}/POST`);

    const blocks = new BuildingBlocks(stacks);
    const role = 'arn:aws:iam::000000000000:role/blue-EventCreationStatusRole';
    const [suffix = ''] = stacks.flatMap(({ template }) =>
      Object.keys(template.Resources).flatMap(
        (logicalId) => /^EventCreationStatusRole([0-9A-F]{8})$/.exec(logicalId)?.[1] ?? [],
      ),
    );
    expect(blocks.ofCaller(blocks.callerOf(`${role}${suffix}`, 'GetItem'))).toBe('status-polls');
    expect(blocks.ofCaller(blocks.callerOf(`${role}${suffix}`, 'Query'))).toBe('event-creation');
  }
});

test('the settings of a stage say what is on', () => {
  const settings = Object.fromEntries(
    stages.map((stage) => {
      const { loadBalancer, firewall, endpoints, ownKey } = readSettings(stage.stacks);
      const { name, environments } = stage.config;
      return [`${name} ${environments.join()}`, { loadBalancer, firewall, endpoints, ownKey: ownKey.size }];
    }),
  );
  const door = { loadBalancer: true, endpoints: true };
  const none = { loadBalancer: false, endpoints: false, firewall: false, ownKey: 0 };
  expect(settings).toEqual({
    'dev-x blue': none,
    'dev-iot blue': none,
    'dev-door blue,green': { ...none, ...door },
    'test blue,green': { ...door, firewall: true, ownKey: 1 },
    'int blue,green': { ...door, firewall: true, ownKey: 1 },
    'prod blue,green': { ...door, firewall: true, ownKey: 1 },
  });
  const { traced, logged } = readSettings(dev.stacks);
  expect(
    namesOf(dev, ['AWS::StepFunctions::StateMachine']).every((name) => logged.has(name) && traced.has(name)),
  ).toBe(true);
  expect(namesOf(dev, ['AWS::Lambda::Function']).every((name) => traced.has(name))).toBe(true);
});
