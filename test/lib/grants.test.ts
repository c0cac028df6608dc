import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { GENERATIONS } from '../../functions/vehicle-generations/generations.ts';
import { STACKS } from '../../lib/stack-names.ts';
import { hasDoor, type StageConfig, stageConfig } from '../../lib/stages.ts';
import { allStages, type Resource, type SynthesisedStage, synthesise, withoutGreen } from './synthesis.ts';

/** What a function needs of AWS whatever it does. X-Ray has no resources to name. */
const lambda = (path: string) => [
  'assumed by lambda.amazonaws.com',
  `logs:CreateLogStream on ${path}Logs`,
  `logs:PutLogEvents on ${path}Logs`,
  'xray:PutTelemetryRecords on *',
  'xray:PutTraceSegments on *',
];

/** The poller of an event source acts in the function's role. */
const consumes = (queue: string) => [
  `sqs:ChangeMessageVisibility on ${queue}/Queue`,
  `sqs:DeleteMessage on ${queue}/Queue`,
  `sqs:GetQueueAttributes on ${queue}/Queue`,
  `sqs:GetQueueUrl on ${queue}/Queue`,
  `sqs:ReceiveMessage on ${queue}/Queue`,
];

/** What every workflow needs: AWS asks for `*` for log deliveries, which have no resources either. */
const WORKFLOW = [
  'assumed by states.amazonaws.com',
  'logs:CreateLogDelivery on *',
  'logs:DeleteLogDelivery on *',
  'logs:DescribeLogGroups on *',
  'logs:DescribeResourcePolicies on *',
  'logs:GetLogDelivery on *',
  'logs:ListLogDeliveries on *',
  'logs:PutResourcePolicy on *',
  'logs:UpdateLogDelivery on *',
  'xray:GetSamplingRules on *',
  'xray:GetSamplingTargets on *',
  'xray:PutTelemetryRecords on *',
  'xray:PutTraceSegments on *',
];

const API_GATEWAY = 'assumed by apigateway.amazonaws.com';

/** Brings an event into its command's state, and frees the vehicle at the end. */
const SETTLES = [
  'dynamodb:BatchGetItem on shared/Persistence/Events',
  'dynamodb:UpdateItem on shared/Persistence/Events',
  'dynamodb:DeleteItem on shared/Persistence/Leases',
];
const PUBLISHES_EVENTS = 'sns:Publish on blue/EventProcessing/Events';

const posts = (path: string) =>
  `execute-api:Invoke on arn:aws:execute-api:region:account:vehicle-simulator/Api/RestApi/api/POST${path}`;

/** Who may do what. A grant that is added or removed is a change of this table. */
const GRANTS: Readonly<Record<string, readonly string[]>> = {
  'blue/EventCreation/Triggers/Role': [
    API_GATEWAY,
    'states:StartSyncExecution on blue/EventCreation/Workflow',
  ],
  'blue/EventCreation/Status/Role': [
    API_GATEWAY,
    'dynamodb:GetItem on shared/Persistence/Events',
    'dynamodb:Query on shared/Persistence/Positions',
  ],
  'blue/EventCreation/Status/HistoryRole': [
    ...lambda('blue/EventCreation/Status/History'),
    'dynamodb:GetItem on shared/Persistence/Vehicles',
    'dynamodb:Query on shared/Persistence/Events',
    'dynamodb:GetItem on shared/Persistence/Events',
  ],
  // The keys of the identity provider are public.
  'blue/EventCreation/Identity/AuthorizeRole': lambda('blue/EventCreation/Identity/Authorize'),
  'blue/EventCreation/Workflow/Role': [
    ...WORKFLOW,
    'lambda:InvokeFunction on blue/EventCreation/Validate',
    'lambda:InvokeFunction on blue/EventCreation/Enrich',
    'dynamodb:GetItem on shared/Persistence/Vehicles',
    'dynamodb:PutItem on shared/Persistence/Leases',
    'dynamodb:GetItem on shared/Persistence/Leases',
    'dynamodb:PutItem on shared/Persistence/Events',
    'dynamodb:GetItem on shared/Persistence/Events',
    'dynamodb:DeleteItem on shared/Persistence/Events',
    PUBLISHES_EVENTS,
    'sqs:SendMessage on blue/OutgoingVehicleCommunication/Commands/Queue',
  ],
  // The workflow gives them the vehicle.
  'blue/EventCreation/ValidateRole': lambda('blue/EventCreation/Validate'),
  'blue/EventCreation/EnrichRole': lambda('blue/EventCreation/Enrich'),

  'blue/EventProcessing/PersistenceRole': [
    ...lambda('blue/EventProcessing/Persistence'),
    ...consumes('blue/EventProcessing/PersistenceQueue'),
    ...SETTLES,
    'dynamodb:BatchWriteItem on shared/Persistence/Events',
  ],
  'blue/EventProcessing/DistributionRole': [
    ...lambda('blue/EventProcessing/Distribution'),
    ...consumes('blue/EventProcessing/DistributionQueue'),
    ...SETTLES,
    posts('/notifications'),
  ],
  'blue/EventProcessing/LifecycleWatchRole': [
    ...lambda('blue/EventProcessing/LifecycleWatch'),
    ...consumes('blue/EventProcessing/LifecycleQueue'),
    'sqs:SendMessage on blue/EventProcessing/DelayQueue/Queue',
  ],
  'blue/EventProcessing/LifecycleCheckRole': [
    ...lambda('blue/EventProcessing/LifecycleCheck'),
    ...consumes('blue/EventProcessing/DelayQueue'),
    'dynamodb:BatchGetItem on shared/Persistence/Events',
    'sqs:SendMessage on blue/EventProcessing/DelayQueue/Queue',
    PUBLISHES_EVENTS,
  ],

  'blue/OutgoingVehicleCommunication/SendRole': [
    ...lambda('blue/OutgoingVehicleCommunication/Send'),
    'dynamodb:BatchGetItem on shared/Persistence/Events',
    ...consumes('blue/OutgoingVehicleCommunication/Commands'),
    posts('/api/v5/publish'),
    posts('/api/v5/wake-up'),
    PUBLISHES_EVENTS,
  ],

  'blue/IncomingVehicleCommunication/PipeRole': [
    'assumed by pipes.amazonaws.com',
    'sqs:ReceiveMessage on blue/IncomingVehicleCommunication/Messages/Queue',
    'sqs:DeleteMessage on blue/IncomingVehicleCommunication/Messages/Queue',
    'sqs:GetQueueAttributes on blue/IncomingVehicleCommunication/Messages/Queue',
    'states:StartSyncExecution on blue/IncomingVehicleCommunication/Workflow',
  ],
  'blue/IncomingVehicleCommunication/Workflow/Role': [
    ...WORKFLOW,
    'dynamodb:GetItem on shared/Persistence/Events',
    'dynamodb:GetItem on shared/Persistence/Vehicles',
    'dynamodb:PutItem on shared/Persistence/Positions',
    PUBLISHES_EVENTS,
    'sqs:SendMessage on blue/IncomingVehicleCommunication/Messages/DeadLetters',
  ],

  'traffic/InboundRouting/DeserialiseRole': [
    ...lambda('traffic/InboundRouting/Deserialise'),
    ...consumes('shared/Incoming'),
    'states:StartSyncExecution on traffic/InboundRouting/Workflow',
    'sqs:SendMessage on shared/Incoming/DeadLetters',
  ],
  'traffic/InboundRouting/Workflow/Role': [
    ...WORKFLOW,
    'dynamodb:GetItem on shared/Persistence/Events',
    'dynamodb:GetItem on shared/Persistence/TrafficWeights',
    'sns:Publish on blue/IncomingVehicleCommunication/VehicleMessages',
  ],

  'vehicle-simulator/Api/BrokerRole': [
    API_GATEWAY,
    'states:StartSyncExecution on vehicle-simulator/BrokerMock/Publish',
    'states:StartSyncExecution on vehicle-simulator/BrokerMock/WakeUp',
  ],
  'vehicle-simulator/BrokerMock/Publish/Role': [
    ...WORKFLOW,
    'dynamodb:GetItem on vehicle-simulator/BrokerMock/WakeUps',
    'sqs:SendMessage on vehicle-simulator/Vehicle/Commands/Queue',
  ],
  'vehicle-simulator/BrokerMock/WakeUp/Role': [
    ...WORKFLOW,
    'dynamodb:PutItem on vehicle-simulator/BrokerMock/WakeUps',
  ],
  'vehicle-simulator/Api/SubscriberRole': [
    API_GATEWAY,
    'dynamodb:PutItem on vehicle-simulator/SubscriptionMock/Notifications',
    'dynamodb:Query on vehicle-simulator/SubscriptionMock/Notifications',
  ],
  'vehicle-simulator/Vehicle/DriveRole': [
    ...lambda('vehicle-simulator/Vehicle/Drive'),
    ...consumes('vehicle-simulator/Vehicle/Commands'),
    'sqs:SendMessage on shared/Incoming/Queue',
  ],
};

const SEND = 'blue/OutgoingVehicleCommunication/SendRole';
const DISTRIBUTION = 'blue/EventProcessing/DistributionRole';

/** Real peers admit us by credentials, of which each function reads its own, or by the function's role. */
const REAL_BROKERS: Readonly<Record<StageConfig['broker'], typeof GRANTS>> = {
  mock: {},
  http: { [SEND]: ['secretsmanager:GetSecretValue on blue/OutgoingVehicleCommunication/BrokerCredentials'] },
  'iot-core': {
    [SEND]: GENERATIONS.map(
      ({ commandTopic }) => `iot:Publish on arn:aws:iot:region:account:topic/${commandTopic('*')}`,
    ),
    'traffic/IotCore/RuleRole': [
      'assumed by iot.amazonaws.com',
      'sqs:SendMessage on shared/Incoming/Queue',
      'sqs:SendMessage on shared/Incoming/DeadLetters',
    ],
  },
};
const REAL_SUBSCRIBER: typeof GRANTS = {
  [DISTRIBUTION]: ['secretsmanager:GetSecretValue on blue/EventProcessing/SubscriberCredentials'],
};

/** The table without what is simulated in its place, and without what leads there. */
const without = (grants: typeof GRANTS, simulated: RegExp, caller: string): typeof GRANTS =>
  Object.fromEntries(
    Object.entries(grants)
      .filter(([role]) => !simulated.test(role))
      .map(([role, allowed]) => [
        role,
        role === caller ? allowed.filter((grant) => !grant.startsWith('execute-api:')) : allowed,
      ]),
  );

const together = (...tables: (typeof GRANTS)[]): typeof GRANTS => {
  const roles = new Set(tables.flatMap((table) => Object.keys(table)));
  return Object.fromEntries([...roles].map((role) => [role, tables.flatMap((table) => table[role] ?? [])]));
};

/** The table with the peers that the stage has. */
function withPeers({ broker, vehicleSimulator }: StageConfig): typeof GRANTS {
  const withBroker =
    broker === 'mock'
      ? GRANTS
      : without(GRANTS, /^vehicle-simulator\/(Vehicle|BrokerMock|Api\/BrokerRole)/, SEND);
  const withBoth = vehicleSimulator ? withBroker : without(withBroker, /^vehicle-simulator\//, DISTRIBUTION);
  return together(withBoth, REAL_BROKERS[broker], vehicleSimulator ? {} : REAL_SUBSCRIBER);
}

/** What a stage of one's own adds to the table: its users, and what takes it down in the end. */
function ofOnesOwn({ config: { name, identity, expiresAfterDays } }: SynthesisedStage): typeof GRANTS {
  // Whatever a stage may have: another version of it, too.
  const stackArns = STACKS.map(
    (stack) => `arn:aws:cloudformation:region:account:stack/remote-services-${name}-${stack}/*`,
  );
  return {
    ...(identity === 'demo-users' && {
      'shared/DemoUsers/AudienceRole': lambda('shared/DemoUsers/Audience'),
    }),
    ...(expiresAfterDays !== undefined && {
      'expiry/LookAfterRole': [
        ...lambda('expiry/LookAfter'),
        ...stackArns.map((stack) => `cloudformation:DescribeStacks on ${stack}`),
        ...stackArns.map((stack) => `cloudformation:ListStackResources on ${stack}`),
        ...stackArns.map((stack) => `cloudformation:DeleteStack on ${stack}`),
        'cloudwatch:GetMetricStatistics on *',
        'sns:Publish on expiry/Warnings',
      ],
    }),
  };
}

/** What a front door adds to the table, whose environments are written in it once. */
const DOOR: typeof GRANTS = {
  'traffic/FrontDoor/Addresses/Role': [
    'assumed by lambda.amazonaws.com',
    'logs:CreateLogStream on traffic/FrontDoor/Addresses/Logs',
    'logs:PutLogEvents on traffic/FrontDoor/Addresses/Logs',
    'ec2:DescribeNetworkInterfaces on *',
  ],
  'traffic/Shifting/Workflow/Role': [
    ...WORKFLOW,
    'dynamodb:GetItem on shared/Persistence/TrafficWeights',
    'dynamodb:UpdateItem on shared/Persistence/TrafficWeights',
    'elasticloadbalancing:ModifyRule on traffic/FrontDoor/Weights',
    // CloudWatch asks for it whichever alarms are named.
    'cloudwatch:DescribeAlarms on arn:aws:cloudwatch:region:account:alarm:*',
    'states:DescribeExecution on arn:aws:states:region:account:execution:traffic/Shifting/Workflow.Name:*',
  ],
  'traffic/Shifting/Workflow/EventsRole': [
    'assumed by events.amazonaws.com',
    'states:StartExecution on traffic/Shifting/Workflow',
  ],
  'traffic/InboundRouting/Workflow/Role': [
    'sns:Publish on green/IncomingVehicleCommunication/VehicleMessages',
  ],
};

/** DynamoDB uses a table's key on behalf of those who read or write the table. */
const withKey = (...actions: string[]) =>
  actions.map((action) => `kms:${action} on shared/Persistence/PositionsKey`);
const READS_POSITIONS = withKey('Decrypt', 'DescribeKey');
/** Positions are encrypted and decrypted in the name of whoever writes and reads them. */
const POSITIONS_KEY: Readonly<Record<string, readonly string[]>> = {
  'blue/EventCreation/Status/Role': READS_POSITIONS,
  'blue/IncomingVehicleCommunication/Workflow/Role': [
    ...READS_POSITIONS,
    ...withKey(
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ),
  ],
};

/** The table with a key of the stage's own for positions. */
const withPositionsKey = (grants: typeof GRANTS): typeof GRANTS =>
  Object.fromEntries(
    Object.entries(grants).map(([role, allowed]) => [role, [...allowed, ...(POSITIONS_KEY[role] ?? [])]]),
  );

/**
 * The table with game days, whose experiments reach functions. What the managed policies allow is tested in game-days.
 */
function withGameDays(grants: typeof GRANTS): typeof GRANTS {
  const functions = Object.entries(grants)
    .filter(
      ([role, allowed]) =>
        /^(blue|traffic)\/(?!FrontDoor\/)/.test(role) && allowed.includes('assumed by lambda.amazonaws.com'),
    )
    .map(([role]) => role);
  return together(
    grants,
    Object.fromEntries(functions.map((role) => [role, ['managed policy shared/FaultInjection/Reading']])),
    {
      'game-days/ExperimentRole': [
        'assumed by fis.amazonaws.com',
        'managed policy shared/FaultInjection/Configuring',
        // Of the second environment too.
        ...functions
          .flatMap((role) => (role.startsWith('blue/') ? [role, role.replace('blue/', 'green/')] : [role]))
          .map((role) => `lambda:GetFunction on ${role.replace(/Role$/, '')}`),
        'ssm:StartAutomationExecution on arn:aws:ssm:region:account:automation-definition/game-days/Denial/Document:*',
        'ssm:GetAutomationExecution on arn:aws:ssm:region:account:automation-execution/*',
        'ssm:StopAutomationExecution on arn:aws:ssm:region:account:automation-execution/*',
        'managed policy game-days/Denial/Passing',
      ],
      'game-days/Denial/AutomationRole': [
        'assumed by ssm.amazonaws.com',
        'managed policy game-days/Denial/Denying',
      ],
    },
  );
}

/**
 * Which function may be called without a role, by whom and for what: API Gateway for one authorizer and one method
 * of one API.
 */
const PERMISSIONS: Readonly<Record<string, string>> = {
  'blue/EventCreation/Identity/Authorize':
    'blue/EventCreation/Api/authorizers/blue/EventCreation/Identity/Authorizer',
  'blue/EventCreation/Status/History':
    'blue/EventCreation/Api/blue/EventCreation/Api/DeploymentStage.api/GET/eadrax-vrccs/v3/presentation/remote-history/*',
};

const Text = z.string();
const oneOrMore = z.union([Text, z.array(Text)]).transform((value) => [value].flat());

/** Strict: a NotAction, NotResource or Deny would make the table say less than is allowed. */
const RoleStatement = z.strictObject({ Effect: z.literal('Allow'), Action: oneOrMore, Resource: oneOrMore });
const RolePolicy = z.object({
  Roles: z.array(Text),
  PolicyDocument: z.object({ Version: z.literal('2012-10-17'), Statement: z.array(RoleStatement) }),
});
/** Strict: inline policies would escape the table. */
const Role = z.strictObject({
  AssumeRolePolicyDocument: z.object({
    Statement: z.tuple([
      z.object({
        Effect: z.literal('Allow'),
        Action: z.literal('sts:AssumeRole'),
        Principal: z.strictObject({ Service: Text }),
      }),
    ]),
  }),
  ManagedPolicyArns: z.array(Text).default([]),
  Tags: z.json(),
});

/** Of the form `action on resource`, by role. */
function grantsOf(stage: SynthesisedStage): Record<string, string[]> {
  const grants: Record<string, string[]> = {};
  for (const { path, properties } of stage.all('AWS::IAM::Role')) {
    const { AssumeRolePolicyDocument, ManagedPolicyArns } = Role.parse(properties);
    const [{ Principal }] = AssumeRolePolicyDocument.Statement;
    grants[path] = [
      `assumed by ${Principal.Service}`,
      ...ManagedPolicyArns.map((arn) => `managed policy ${arn}`),
    ];
  }
  for (const policy of stage.all('AWS::IAM::Policy')) {
    const { Roles, PolicyDocument } = RolePolicy.parse(policy.properties);
    for (const { Action, Resource } of PolicyDocument.Statement) {
      const allowed = Action.flatMap((action) => Resource.map((resource) => `${action} on ${resource}`));
      for (const role of Roles) grants[role]?.push(...allowed);
    }
  }
  return grants;
}

const sorted = (grants: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(Object.entries(grants).map(([role, allowed]) => [role, [...allowed].sort()]));

/** Of the policies of queues and topics. */
const ResourceStatement = z.looseObject({
  Effect: z.enum(['Allow', 'Deny']),
  Principal: z.union([Text, z.record(z.string(), Text)]),
  Condition: z.json().optional(),
});
const resourceStatements = ({ properties }: Resource) =>
  z.object({ Statement: z.array(ResourceStatement) }).parse(properties.PolicyDocument).Statement;

const Permission = z.strictObject({
  Action: z.literal('lambda:InvokeFunction'),
  FunctionName: Text,
  Principal: z.enum(['apigateway.amazonaws.com', 'cognito-idp.amazonaws.com', 'events.amazonaws.com']),
  SourceArn: Text,
});

/** A real broker beside a simulated subscriber. */
const realBroker = synthesise(stageConfig('dev-http', { broker: 'http' }));

describe.each([...allStages(), realBroker].map(withoutGreen))('in $config.name', (stage) => {
  const grants = grantsOf(stage);
  const all = Object.entries(grants).flatMap(([role, allowed]) => allowed.map((grant) => ({ role, grant })));

  test('every role may do what the table says, and nothing else', () => {
    const peers = together(withPeers(stage.config), hasDoor(stage.config) ? DOOR : {}, ofOnesOwn(stage));
    const system = stage.config.customerManagedKeys ? withPositionsKey(peers) : peers;
    const expected = stage.config.gameDays ? withGameDays(system) : system;
    expect(sorted(grants)).toEqual(sorted(expected));
  });

  test('no action is a wildcard', () => {
    expect(all.filter(({ grant }) => /^[^ ]*[*?]/.test(grant))).toEqual([]);
  });

  test('wildcard resources are those that AWS cannot name, VINs in topics, and automations of game days', () => {
    const nameless = WORKFLOW.filter((grant) => grant.endsWith(' on *'));
    const commands = REAL_BROKERS[stage.config.broker][SEND] ?? [];
    const known = [
      ...nameless,
      ...commands,
      ...Object.values({ ...withGameDays({}), ...DOOR, ...ofOnesOwn(stage) }).flat(),
    ];
    expect(all.filter(({ grant }) => grant.includes('*') && !known.includes(grant))).toEqual([]);
  });

  test('every role is used by something of its stage', () => {
    const used = new Set(
      stage.resources.flatMap(({ type, properties }) =>
        type.startsWith('AWS::IAM::') ? [] : JSON.stringify(properties).match(/(?<=")[^"]*Role(?=")/g),
      ),
    );
    expect(Object.keys(grants).filter((role) => !used.has(role))).toEqual([]);
  });

  test('nobody is allowed anything for being anybody', () => {
    const policies = [...stage.all('AWS::SQS::QueuePolicy'), ...stage.all('AWS::SNS::TopicPolicy')];
    const open = policies
      .flatMap(resourceStatements)
      .filter(({ Effect, Principal }) => Effect === 'Allow' && JSON.stringify(Principal).includes('*'));
    expect(open).toEqual([]);
    expect(stage.resources.filter(({ properties }) => 'ResourcePolicy' in properties)).toEqual([]);
  });

  test('functions are called for the authorizer, the method, the user pool and the schedule that they are for', () => {
    const permissions = stage.all('AWS::Lambda::Permission').map(({ properties }) => {
      // Nothing else: without a source, a service might call for any account.
      const { FunctionName, SourceArn } = Permission.parse(properties);
      return [FunctionName, SourceArn.replace('arn:aws:execute-api:region:account:', '')];
    });
    const expected = {
      ...PERMISSIONS,
      ...(stage.config.identity === 'demo-users' && { 'shared/DemoUsers/Audience': 'shared/DemoUsers/Pool' }),
      ...(stage.config.expiresAfterDays !== undefined && { 'expiry/LookAfter': 'expiry/Daily' }),
    };
    expect(permissions).toHaveLength(Object.keys(expected).length);
    expect(Object.fromEntries(permissions)).toEqual(expected);
  });
});
