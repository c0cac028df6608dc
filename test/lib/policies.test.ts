import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { hasDoor, type StageConfig } from '../../lib/stages.ts';
import type { Json, JsonObject } from '../../local/aws.ts';
import { allStages, type Resource, type SynthesisedStage, withoutGreen } from './synthesis.ts';

const Text = z.string();
const oneOrMore = z.union([Text, z.array(Text)]).transform((value) => [value].flat());
const Principals = z
  .union([Text, z.record(Text, oneOrMore)])
  .transform((principal) =>
    typeof principal === 'string'
      ? [principal]
      : Object.entries(principal).flatMap(([kind, names]) => names.map((name) => `${kind} ${name}`)),
  );

/** Strict: NotAction, NotResource and NotPrincipal would be wildcards under another name. */
const Statement = z
  .strictObject({
    Sid: Text.optional(),
    Effect: z.enum(['Allow', 'Deny']),
    Action: oneOrMore,
    /** A role's trust has none: it is about the role. */
    Resource: oneOrMore.default([]),
    /** An identity's policy has none: it is about the identity. */
    Principal: Principals.default([]),
    Condition: z.record(Text, z.record(Text, z.json())).optional(),
  })
  .transform(({ Effect, Action, Resource, Principal, Condition }) => ({
    effect: Effect,
    actions: Action,
    resources: Resource,
    principals: Principal,
    condition: Condition,
  }));

interface Policy extends z.infer<typeof Statement> {
  readonly path: string;
  readonly type: string;
}

/** Every policy in a value, wherever it stands: some are texts. */
function statementsIn(value: Json | undefined): Json[] {
  if (typeof value === 'string' && /^\s*\{.*"Statement"/s.test(value)) return statementsIn(JSON.parse(value));
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  const { Statement: statements, ...others } = value;
  return [...[statements ?? []].flat(), ...Object.values(others).flatMap(statementsIn)];
}

/** The right to call a function, as the statement that Lambda makes of it in the function's policy. */
const permission = ({ Action, FunctionName, Principal, ...conditions }: JsonObject): JsonObject => ({
  Effect: 'Allow',
  Action: Action ?? null,
  Resource: FunctionName ?? null,
  Principal: String(Principal).includes('.amazonaws.com')
    ? { Service: String(Principal) }
    : (Principal ?? null),
  Condition: { ArnLike: conditions },
});

const policiesOf = (stage: SynthesisedStage): Policy[] =>
  stage.resources.flatMap(({ path, type, properties }) => {
    // What a firewall's rules call a statement is none of a policy.
    if (type === 'AWS::WAFv2::WebACL') return [];
    const found = type === 'AWS::Lambda::Permission' ? [permission(properties)] : statementsIn(properties);
    return found.map((statement) => ({ path, type, ...Statement.parse(statement) }));
  });

const NOT_OVER_TLS = { Bool: { 'aws:SecureTransport': 'false' } };

const THROUGH_ENDPOINT = { StringEquals: { 'aws:SourceVpce': 'shared/Network/Endpoint-blue' } };

const iotTopic = (name: string) => `arn:aws:iot:region:account:topic/${name}`;

/** A policy of these is attached to whom it is about. */
const OF_IDENTITIES = ['AWS::IAM::ManagedPolicy', 'AWS::IAM::Policy', 'AWS::IoT::Policy'];

const isIn = (allowed: readonly string[]) => (text: string) => allowed.includes(text);

const isWildcard = (text: string) => /[*?]/.test(text);

const EXPIRY_POLICY = 'expiry/LookAfterRole/DefaultPolicy';

/** The wildcards that there may be, each with its reason. */
const WILDCARDS: Readonly<Record<string, (policy: Policy) => boolean>> = {
  'X-Ray has no resources to name': ({ effect, actions, resources, principals }) =>
    effect === 'Allow' &&
    actions.every(
      isIn([
        'xray:GetSamplingRules',
        'xray:GetSamplingTargets',
        'xray:PutTelemetryRecords',
        'xray:PutTraceSegments',
      ]),
    ) &&
    resources.every(isIn(['*'])) &&
    principals.length === 0,
  'log deliveries of workflows have no resources to name': ({ path, actions, resources, principals }) =>
    path.endsWith('/Role/DefaultPolicy') &&
    actions.every(
      isIn([
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ]),
    ) &&
    resources.every(isIn(['*'])) &&
    principals.length === 0,
  'a key’s policy is about the key; it leaves to identities’ policies of its account who may use it': ({
    type,
    actions,
    resources,
    principals,
  }) =>
    type === 'AWS::KMS::Key' &&
    actions.every(isIn(['kms:*'])) &&
    resources.every(isIn(['*'])) &&
    principals.every(isIn(['AWS arn:aws:iam::account:root'])),
  'commands go to every vehicle: the wildcard is the VIN in a topic': ({ path, actions, resources }) =>
    path === 'blue/OutgoingVehicleCommunication/SendRole/DefaultPolicy' &&
    actions.every(isIn(['iot:Publish'])) &&
    resources.every(isIn(GENERATIONS.map(({ commandTopic }) => iotTopic(commandTopic('*'))))),
  'CloudWatch knows no resources in what reads metrics': ({ path, actions, resources }) =>
    path === EXPIRY_POLICY &&
    actions.every(isIn(['cloudwatch:GetMetricStatistics'])) &&
    resources.every(isIn(['*'])),
  'the wildcard is the id that CloudFormation draws for a stack': ({ path, actions, resources }) =>
    path === EXPIRY_POLICY &&
    actions.every(
      isIn([
        'cloudformation:DeleteStack',
        'cloudformation:DescribeStacks',
        'cloudformation:ListStackResources',
      ]),
    ) &&
    resources.every((resource) =>
      /^arn:aws:cloudformation:region:account:stack\/remote-services-[a-z0-9-]+\/\*$/.test(resource),
    ),
  'EC2 knows no resources in what describes network interfaces': ({ path, actions, resources }) =>
    path === 'traffic/FrontDoor/Addresses/Role/DefaultPolicy' &&
    actions.every(isIn(['ec2:DescribeNetworkInterfaces'])) &&
    resources.every(isIn(['*'])),
  'CloudWatch asks for the right to describe all alarms, whichever are named': ({
    path,
    actions,
    resources,
  }) =>
    path === 'traffic/Shifting/Workflow/Role/DefaultPolicy' &&
    actions.every(isIn(['cloudwatch:DescribeAlarms'])) &&
    resources.every(isIn(['arn:aws:cloudwatch:region:account:alarm:*'])),
  'executions that move traffic have names that are not known before': ({ path, actions, resources }) =>
    path === 'traffic/Shifting/DescribeExecution' &&
    actions.every(isIn(['states:DescribeExecution'])) &&
    resources.every(isIn(['arn:aws:states:region:account:execution:traffic/Shifting/Workflow.Name:*'])),
  'private APIs and domains are for anybody who comes through the environment’s own endpoint': ({
    path,
    type,
    actions,
    resources,
    condition,
  }) =>
    ['AWS::ApiGateway::RestApi', 'AWS::ApiGateway::DomainNameV2'].includes(type) &&
    path.startsWith('blue/') &&
    actions.every(isIn(['execute-api:Invoke'])) &&
    // Short for what the policy is about.
    resources.every(isIn(['execute-api:/*'])) &&
    JSON.stringify(condition) === JSON.stringify(THROUGH_ENDPOINT),
  'game days: names of faults, ids of automations and versions of their document are not known before': ({
    path,
    effect,
    resources,
    actions,
  }) =>
    effect === 'Allow' &&
    /^(game-days|shared\/FaultInjection)\//.test(path) &&
    !actions.some(isWildcard) &&
    resources
      .filter(isWildcard)
      .every((resource) =>
        /\/FisConfigs\/\*$|:automation-(definition\/game-days\/Denial\/Document:|execution\/)\*$/.test(
          resource,
        ),
      ),
  'game days: what is denied is denied of everything': ({ path, type, effect, resources, actions }) =>
    type === 'AWS::IAM::ManagedPolicy' &&
    path.startsWith('game-days/Denial/') &&
    effect === 'Deny' &&
    resources.every(isIn(['*'])) &&
    !actions.some(isWildcard),
  'what is not encrypted on its way is denied to everybody': ({ effect, resources, condition }) =>
    effect === 'Deny' &&
    // A bucket's policy is about the objects in it too.
    resources.every((resource) => !isWildcard(resource.replace(/\/\*$/, ''))) &&
    JSON.stringify(condition) === JSON.stringify(NOT_OVER_TLS),
};

const reasonOf = (policy: Policy) => Object.entries(WILDCARDS).find(([, covers]) => covers(policy))?.[0];

/** Policies of AWS whose wildcards nobody can change. */

/** The template's own, by which experiments reach functions. */
const OF_EXPERIMENTS = [
  'shared/FaultInjection/Reading',
  'shared/FaultInjection/Configuring',
  'game-days/Denial/Passing',
  'game-days/Denial/Denying',
];

type Producers = Readonly<Record<string, readonly string[]>>;

const EVENTS = 'topic blue/EventProcessing/Events';
const VEHICLE_MESSAGES = 'topic blue/IncomingVehicleCommunication/VehicleMessages';

/** Who puts messages on queues. What SQS moves to a queue of dead letters by itself needs no right. */
const SENDERS: Producers = {
  'blue/EventProcessing/PersistenceQueue/Queue': [EVENTS],
  'blue/EventProcessing/PersistenceQueue/UndeliveredLetters': [EVENTS],
  'blue/EventProcessing/DistributionQueue/Queue': [EVENTS],
  'blue/EventProcessing/DistributionQueue/UndeliveredLetters': [EVENTS],
  'blue/EventProcessing/LifecycleQueue/Queue': [EVENTS],
  'blue/EventProcessing/LifecycleQueue/UndeliveredLetters': [EVENTS],
  'blue/EventProcessing/DelayQueue/Queue': [
    'blue/EventProcessing/LifecycleCheckRole',
    'blue/EventProcessing/LifecycleWatchRole',
  ],
  'blue/OutgoingVehicleCommunication/Commands/Queue': ['blue/EventCreation/Workflow/Role'],
  'blue/IncomingVehicleCommunication/Messages/Queue': [VEHICLE_MESSAGES],
  'blue/IncomingVehicleCommunication/Messages/UndeliveredLetters': [VEHICLE_MESSAGES],
  'blue/IncomingVehicleCommunication/Messages/DeadLetters': [
    'blue/IncomingVehicleCommunication/Workflow/Role',
  ],
  'shared/Incoming/DeadLetters': ['traffic/InboundRouting/DeserialiseRole'],
};
const OF_BROKERS: Readonly<Record<StageConfig['broker'], Producers>> = {
  mock: {
    'shared/Incoming/Queue': ['vehicle-simulator/Vehicle/DriveRole'],
    'vehicle-simulator/Vehicle/Commands/Queue': ['vehicle-simulator/BrokerMock/Publish/Role'],
  },
  http: { 'shared/Incoming/Queue': ['AWS <BrokerRoleArn>'] },
  'iot-core': {
    'shared/Incoming/Queue': ['traffic/IotCore/RuleRole'],
    'shared/Incoming/DeadLetters': ['traffic/InboundRouting/DeserialiseRole', 'traffic/IotCore/RuleRole'],
  },
};

/** Who publishes to topics. */
const PUBLISHERS: Producers = {
  'blue/EventProcessing/Events': [
    'blue/EventCreation/Workflow/Role',
    'blue/EventProcessing/LifecycleCheckRole',
    'blue/IncomingVehicleCommunication/Workflow/Role',
    'blue/OutgoingVehicleCommunication/SendRole',
  ],
  'blue/IncomingVehicleCommunication/VehicleMessages': ['traffic/InboundRouting/Workflow/Role'],
};

const Source = z.strictObject({ ArnEquals: z.strictObject({ 'aws:SourceArn': Text }) });

/** Who a statement of a queue's or a topic's own policy is about: a topic that SNS sends for, or a role. */
const producersIn = ({ principals, condition }: Policy): string[] =>
  principals.map((principal) =>
    principal === 'Service sns.amazonaws.com'
      ? `topic ${Source.parse(condition).ArnEquals['aws:SourceArn']}`
      : principal,
  );

const Attached = z.object({ Roles: z.array(Text) });

describe.each(allStages().map(withoutGreen))('in $config.name', (stage) => {
  const policies = policiesOf(stage);
  const queues = stage.all('AWS::SQS::Queue');
  const topics = stage.all('AWS::SNS::Topic');

  // CDK joins statements about the same resources, whatever their actions are for.
  const byAction = policies.flatMap((policy) =>
    policy.actions.map((action) => ({ ...policy, actions: [action] })),
  );

  test('no statement has a wildcard whose reason is not known', () => {
    const wild = byAction.filter(({ actions, resources, principals }) =>
      [...actions, ...resources, ...principals].some(isWildcard),
    );
    expect(wild.length).toBeGreaterThan(0);
    expect(wild.filter((policy) => reasonOf(policy) === undefined)).toEqual([]);
  });

  test('every reason for a wildcard is needed', () => {
    const found = new Set(byAction.map(reasonOf));
    expect(Object.keys(WILDCARDS).filter((reason) => !found.has(reason))).toEqual([
      ...(stage.config.customerManagedKeys
        ? []
        : [expect.stringMatching(/^a key’s policy is about the key/)]),
      ...(stage.config.broker === 'iot-core' ? [] : [expect.stringMatching(/^commands go to every vehicle/)]),
      ...(stage.config.expiresAfterDays === undefined
        ? [expect.stringMatching(/^CloudWatch knows/), expect.stringMatching(/^the wildcard is the id/)]
        : []),
      ...(hasDoor(stage.config)
        ? []
        : [
            expect.stringMatching(/^EC2 knows/),
            expect.stringMatching(/^CloudWatch asks/),
            expect.stringMatching(/^executions that move/),
            expect.stringMatching(/^private APIs/),
          ]),
      ...(stage.config.gameDays ? [] : Array(2).fill(expect.stringMatching(/^game days:/))),
    ]);
  });

  test('nobody is allowed anything for being anybody, unless the way is a private one', () => {
    const open = policies.filter(
      ({ effect, principals, condition }) =>
        effect === 'Allow' &&
        principals.some(isWildcard) &&
        JSON.stringify(condition) !== JSON.stringify(THROUGH_ENDPOINT),
    );
    expect(open).toEqual([]);
  });

  test('every policy but that of an identity says whom it is about', () => {
    const nobody = policies.filter(
      ({ type, principals }) => !OF_IDENTITIES.includes(type) && principals.length === 0,
    );
    expect(nobody).toEqual([]);
  });

  test('a service that acts for others is allowed to for one source only', () => {
    const services = policies.filter(
      ({ type, effect, principals }) =>
        type !== 'AWS::IAM::Role' &&
        effect === 'Allow' &&
        principals.some((name) => name.startsWith('Service ')),
    );
    expect(services.length).toBeGreaterThan(0);
    for (const { path, condition } of services) {
      const [operator, ...others] = Object.entries(condition ?? {});
      expect(others, path).toEqual([]);
      expect(['ArnEquals', 'ArnLike'], path).toContain(operator?.[0]);
      expect(Object.keys(operator?.[1] ?? {}), path).toEqual([expect.stringMatching(/^(aws:)?SourceArn$/)]);
    }
  });

  test('roles have no policies but those in the template', () => {
    const managed = stage
      .all('AWS::IAM::Role')
      .flatMap(({ properties }) => z.array(Text).parse(properties.ManagedPolicyArns ?? []));
    const own = managed.filter((policy) => stage.resources.some(({ path }) => path === policy));
    expect(new Set(own)).toEqual(new Set(stage.config.gameDays ? OF_EXPERIMENTS : []));
    expect(managed.filter((policy) => !own.includes(policy))).toEqual([]);
  });

  const deniesPlainHttp = (path: string, actions: readonly string[]) => ({
    effect: 'Deny',
    actions,
    resources: [path],
    principals: [expect.stringMatching(/^(AWS )?\*$/)],
    condition: NOT_OVER_TLS,
  });

  test.each(queues)('$path is denied to everybody without TLS', ({ path }) => {
    const own = policies.filter(
      ({ type, resources }) => type === 'AWS::SQS::QueuePolicy' && resources.includes(path),
    );
    expect(own).toContainEqual(expect.objectContaining(deniesPlainHttp(path, ['sqs:*'])));
  });

  test.each(topics)('$path is denied to everybody without TLS', ({ path }) => {
    const own = policies.filter(
      ({ type, resources }) => type === 'AWS::SNS::TopicPolicy' && resources.includes(path),
    );
    expect(own).toContainEqual(expect.objectContaining(deniesPlainHttp(path, ['sns:Publish'])));
  });

  test('policies of queues and topics are attached to what they are about', () => {
    for (const { path, type, properties } of stage.resources) {
      if (type !== 'AWS::SQS::QueuePolicy' && type !== 'AWS::SNS::TopicPolicy') continue;
      const attached = z.array(Text).parse(properties.Queues ?? properties.Topics);
      const about = policies.filter((policy) => policy.path === path).flatMap(({ resources }) => resources);
      expect(new Set(about), path).toEqual(new Set(attached));
    }
  });

  /** By their roles' policies and by the targets' own. */
  function producersOf(targets: readonly Resource[], action: string): Producers {
    const allowed = policies.filter(({ effect, actions }) => effect === 'Allow' && actions.includes(action));
    return Object.fromEntries(
      targets.flatMap(({ path: target }) => {
        const names = allowed
          .filter(({ resources }) => resources.includes(target))
          .flatMap((policy) =>
            policy.type === 'AWS::IAM::Policy'
              ? Attached.parse(stage.at(policy.path).properties).Roles
              : producersIn(policy),
          );
        return names.length === 0 ? [] : [[target, names.sort()]];
      }),
    );
  }

  test('only known producers put messages on queues', () => {
    expect(producersOf(queues, 'sqs:SendMessage')).toEqual({
      ...SENDERS,
      ...OF_BROKERS[stage.config.broker],
    });
  });

  test('only known producers publish to topics', () => {
    expect(producersOf(topics, 'sns:Publish')).toEqual({
      ...PUBLISHERS,
      ...(stage.config.expiresAfterDays !== undefined && { 'expiry/Warnings': ['expiry/LookAfterRole'] }),
    });
  });

  test('nothing but sending is allowed by a queue’s own policy, and nothing at all by a topic’s', () => {
    const allowedBy = (type: string) =>
      policies
        .filter((policy) => policy.type === type && policy.effect === 'Allow')
        .flatMap(({ actions }) => actions);
    expect(new Set(allowedBy('AWS::SQS::QueuePolicy'))).toEqual(new Set(['sqs:SendMessage']));
    expect(allowedBy('AWS::SNS::TopicPolicy')).toEqual([]);
  });

  test('queues and topics are encrypted at rest', () => {
    for (const { path, properties } of queues) expect(properties.SqsManagedSseEnabled, path).toBe(true);
    for (const { path, properties } of topics) {
      expect(properties.KmsMasterKeyId, path).toBe('arn:aws:kms:region:account:alias/aws/sns');
    }
  });

  test('tables and secrets are encrypted at rest: by AWS unless a key is named, which is our own', () => {
    const keys = stage.all('AWS::KMS::Key').map(({ path }) => path);
    const named = [
      ...stage.all('AWS::DynamoDB::GlobalTable'),
      ...stage.all('AWS::SecretsManager::Secret'),
    ].flatMap(
      ({ properties }) => JSON.stringify(properties).match(/(?<="K[Mm][Ss]\w*Key\w*":")[^"]*/g) ?? [],
    );
    expect(named).toEqual(keys);
    for (const { path, properties } of stage.all('AWS::DynamoDB::GlobalTable')) {
      // DynamoDB encrypts whatever is said here: false is a key of AWS that serves many accounts.
      expect([undefined, { SSEEnabled: false }, { SSEEnabled: true, SSEType: 'KMS' }], path).toContainEqual(
        properties.SSESpecification,
      );
    }
  });

  test('there is no older kind of table, whose encryption is said elsewhere', () => {
    expect(stage.all('AWS::DynamoDB::Table')).toEqual([]);
  });
});
