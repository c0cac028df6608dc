import { readFileSync } from 'node:fs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { STACKS, stackName } from '../../lib/stack-names.ts';
import { hasDoor, stageConfig } from '../../lib/stages.ts';
import { allStages, type Resource, type SynthesisedStage, synthesise } from './synthesis.ts';

const stages = allStages();
const dev = synthesise(stageConfig('dev-y'));
const realBroker = synthesise(stageConfig('dev-http', { broker: 'http' }));
const ownDoor = synthesise(stageConfig('dev-door', { environments: 'blue,green' }));
const twoEnvironments = stages.find(({ config }) => config.name === 'prod') ?? dev;

interface TypeFacts {
  /** The property that would give a resource a name of its own: it blocks replacement, and a second stage. */
  readonly name?: string;
  /** Whether one costs money while nobody uses it. */
  readonly paidIdle: boolean;
}
const FREE = { paidIdle: false };
const PAID = { paidIdle: true };

/** Every type of resource in the templates. */
const TYPES: Readonly<Record<string, TypeFacts>> = {
  'AWS::ApiGateway::ApiKey': { ...FREE, name: 'Name' },
  // Its Name is required, and unique within the API only.
  'AWS::ApiGateway::Authorizer': FREE,
  'AWS::ApiGateway::BasePathMappingV2': FREE,
  'AWS::ApiGateway::Deployment': FREE,
  'AWS::ApiGateway::DomainNameAccessAssociation': FREE,
  // Its DomainName is the front door's, and unique for an endpoint only.
  'AWS::ApiGateway::DomainNameV2': FREE,
  'AWS::ApiGateway::GatewayResponse': FREE,
  'AWS::ApiGateway::Method': FREE,
  'AWS::ApiGateway::Model': { ...FREE, name: 'Name' },
  'AWS::ApiGateway::RequestValidator': { ...FREE, name: 'Name' },
  'AWS::ApiGateway::Resource': FREE,
  // Its Name is a label: APIs are told apart by id.
  'AWS::ApiGateway::RestApi': FREE,
  // Its StageName is a part of the URL, below the API's id.
  'AWS::ApiGateway::Stage': FREE,
  'AWS::ApiGateway::UsagePlan': { ...FREE, name: 'UsagePlanName' },
  'AWS::ApiGateway::UsagePlanKey': FREE,
  'AWS::CloudWatch::Alarm': { ...PAID, name: 'AlarmName' },
  // The plan of demo users is free for 10,000 of them a month.
  'AWS::Cognito::UserPool': { ...FREE, name: 'UserPoolName' },
  'AWS::Cognito::UserPoolClient': { ...FREE, name: 'ClientName' },
  'AWS::DynamoDB::GlobalTable': { ...FREE, name: 'TableName' },
  'AWS::EC2::InternetGateway': FREE,
  'AWS::EC2::Route': FREE,
  'AWS::EC2::RouteTable': FREE,
  'AWS::EC2::SecurityGroup': { ...FREE, name: 'GroupName' },
  'AWS::EC2::SecurityGroupEgress': FREE,
  'AWS::EC2::SecurityGroupIngress': FREE,
  'AWS::EC2::Subnet': FREE,
  'AWS::EC2::SubnetRouteTableAssociation': FREE,
  'AWS::EC2::VPC': FREE,
  'AWS::EC2::VPCEndpoint': PAID,
  'AWS::EC2::VPCGatewayAttachment': FREE,
  'AWS::ElasticLoadBalancingV2::Listener': FREE,
  'AWS::ElasticLoadBalancingV2::ListenerRule': FREE,
  'AWS::ElasticLoadBalancingV2::LoadBalancer': { ...PAID, name: 'Name' },
  'AWS::ElasticLoadBalancingV2::TargetGroup': { ...FREE, name: 'Name' },
  'AWS::Events::Rule': { ...FREE, name: 'Name' },
  'AWS::FIS::ExperimentTemplate': FREE,
  'AWS::IAM::ManagedPolicy': { ...FREE, name: 'ManagedPolicyName' },
  // Its PolicyName is required, and unique within the role only.
  'AWS::IAM::Policy': FREE,
  'AWS::IAM::Role': { ...FREE, name: 'RoleName' },
  'AWS::IoT::Policy': { ...FREE, name: 'PolicyName' },
  'AWS::IoT::TopicRule': { ...FREE, name: 'RuleName' },
  'AWS::KMS::Key': PAID,
  'AWS::Lambda::EventSourceMapping': FREE,
  'AWS::Lambda::Function': { ...FREE, name: 'FunctionName' },
  'AWS::Lambda::Permission': FREE,
  'AWS::Logs::LogGroup': { ...FREE, name: 'LogGroupName' },
  'AWS::Pipes::Pipe': { ...FREE, name: 'Name' },
  'AWS::S3::Bucket': { ...FREE, name: 'BucketName' },
  'AWS::S3::BucketPolicy': FREE,
  'AWS::SNS::Subscription': FREE,
  'AWS::SNS::Topic': { ...FREE, name: 'TopicName' },
  'AWS::SNS::TopicPolicy': FREE,
  'AWS::SQS::Queue': { ...FREE, name: 'QueueName' },
  'AWS::SQS::QueuePolicy': FREE,
  'AWS::SSM::Document': { ...FREE, name: 'Name' },
  'AWS::SecretsManager::Secret': { ...PAID, name: 'Name' },
  'AWS::StepFunctions::StateMachine': { ...FREE, name: 'StateMachineName' },
  'AWS::WAFv2::WebACL': { ...PAID, name: 'Name' },
  'AWS::WAFv2::WebACLAssociation': FREE,
  // A call of a function, during deployments.
  'Custom::AWS': FREE,
};
/** Types that there are for a front door only. */
const OF_A_DOOR =
  /^AWS::(EC2|ElasticLoadBalancingV2)::|^AWS::ApiGateway::(DomainName|BasePathMapping)|^Custom::AWS$/;
const deletionPolicyOf = ({ config }: SynthesisedStage) =>
  ({ destroy: 'Delete', retain: 'Retain' })[String(config.removalPolicy)];
const nameOf = ({ type, properties }: Resource) => properties[TYPES[type]?.name ?? ''];

describe.each([...stages, realBroker, ownDoor])('in $config.name', (stage) => {
  const { name, environments } = stage.config;
  const tagged = stage.resources.filter(({ tags }) => tags !== undefined);

  test('every resource is of a type that these tests know', () => {
    const unknown = stage.resources.filter(({ type }) => !(type in TYPES));
    expect(unknown.map(({ path, type }) => `${path}: ${type}`)).toEqual([]);
  });

  test('no resource has a name of its own but the log groups whose prefix AWS asks for', () => {
    const named = stage.resources.filter(
      // API Gateway names its log by the API's id, which is unique.
      (resource) => nameOf(resource) !== undefined && !resource.path.endsWith('ApiExecutionLogs'),
    );
    expect(named.map(({ path }) => path).sort()).toEqual(
      stage
        .all('AWS::StepFunctions::StateMachine')
        .map(({ path }) => `${path}Logs`)
        .sort(),
    );
    for (const { path, properties } of named) {
      expect(properties.LogGroupName, path).toMatch(
        new RegExp(`^/aws/vendedlogs/states/remote-services-${name}-${path.split('/')[0]}-[a-z-]+$`),
      );
    }
  });

  test('every resource says which stage and environment it belongs to', () => {
    for (const { path, type, tags } of tagged) {
      const stack = path.split('/')[0] ?? '';
      // Queues have more tags, by which tools find them (see queues.test.ts), and CDK names what is in a network.
      const common = {
        stage: name,
        environment: environments.some((environment) => environment === stack) ? stack : 'shared',
        'building-block': expect.stringMatching(/^[a-z-]+$/),
      };
      const more = /^AWS::(SQS::Queue|EC2::\w+)$/.test(type);
      expect(tags, path).toEqual(more ? expect.objectContaining(common) : common);
    }
  });

  test('every stack itself is tagged with its stage: by that, tools find it', () => {
    expect(stage.stackTags).toEqual(
      Object.fromEntries(stage.stacks.map(({ stackName }) => [stackName, { stage: name }])),
    );
  });

  test('every resource says which building block it is a part of, by the same name in every stage', () => {
    // Of an environment's stack, the part below it; another stack is one building block.
    const blocks = tagged.map(({ path, tags }) => {
      const [stack = '', part = ''] = path.split('/');
      const block = part === 'Network' ? `${stack}/${part}` : tags?.environment === 'shared' ? stack : part;
      return `${block} is tagged ${tags?.['building-block']}`;
    });
    expect(new Set(blocks)).toEqual(
      new Set([
        'EventCreation is tagged event-creation',
        'EventProcessing is tagged event-processing',
        'IncomingVehicleCommunication is tagged incoming-vehicle-communication',
        'OutgoingVehicleCommunication is tagged outgoing-vehicle-communication',
        'shared is tagged persistence',
        'traffic is tagged traffic',
        ...(stage.config.vehicleSimulator ? ['vehicle-simulator is tagged vehicle-simulator'] : []),
        ...(stage.config.gameDays ? ['game-days is tagged game-days'] : []),
        ...(stage.config.expiresAfterDays === undefined ? [] : ['expiry is tagged expiry']),
        ...(hasDoor(stage.config) ? ['shared/Network is tagged network'] : []),
      ]),
    );
  });

  test('there is a firewall at the front door, if the stage has one', () => {
    const associated = stage.all('AWS::WAFv2::WebACLAssociation').map(({ properties }) => properties);
    expect(associated).toEqual(
      stage.config.waf
        ? [
            {
              ResourceArn: 'traffic/FrontDoor/LoadBalancer',
              WebACLArn: 'traffic/FrontDoor/Firewall/WebAcl',
            },
          ]
        : [],
    );
    expect(stage.all('AWS::WAFv2::WebACL')).toHaveLength(associated.length);
  });

  test('there is a front door, with all that belongs to it, where there are two environments, and only there', () => {
    const parts = new Set(stage.resources.map(({ type }) => type).filter((type) => OF_A_DOOR.test(type)));
    expect(parts.size > 0).toBe(environments.length > 1);
    expect(stage.all('AWS::ElasticLoadBalancingV2::LoadBalancer')).toHaveLength(
      hasDoor(stage.config) ? 1 : 0,
    );
    expect(stage.all('AWS::EC2::VPCEndpoint')).toHaveLength(hasDoor(stage.config) ? 2 : 0);
    expect(stage.all('AWS::EC2::NatGateway')).toEqual([]);
  });

  test('data outlives its stack and can be restored where the stage says so', () => {
    const tables = stage.all('AWS::DynamoDB::GlobalTable');
    expect(tables).not.toEqual([]);
    for (const { path, properties, deletionPolicy } of tables) {
      expect(deletionPolicy, path).toBe(deletionPolicyOf(stage));
      expect(properties.Replicas, path).toMatchObject([
        {
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: stage.config.pointInTimeRecovery },
        },
      ]);
    }
  });

  test('nobody deletes an environment by chance where data must stay: messages under way would be lost', () => {
    const environments = stage.config.environments.map((environment) =>
      stackName(stage.config.name, environment),
    );
    expect(stage.protectedStacks).toEqual(
      stage.config.removalPolicy === RemovalPolicy.RETAIN ? environments : [],
    );
  });

  test('there is a simulated subscriber if the stage has a simulator, and simulated vehicles if that is its broker', () => {
    const parts = stage.resources.flatMap(({ path }) => path.match(/(?<=^vehicle-simulator\/)\w+/) ?? []);
    expect([...new Set(parts)].sort()).toEqual(
      [
        ...(stage.config.vehicleSimulator ? ['Api', 'SubscriptionMock'] : []),
        ...(stage.config.broker === 'mock' ? ['BrokerMock', 'Vehicle'] : []),
      ].sort(),
    );
  });

  test('whoever deploys says who issues tokens, and where real peers are', () => {
    const parameters = stage.stacks.map(({ stackName, template }) => [
      stackName.replace(`remote-services-${name}-`, ''),
      Object.keys(template.Parameters)
        // AWS itself knows the values of these.
        .filter((parameter) => !/^(BootstrapVersion$|SsmParameterValue)/.test(parameter))
        .sort(),
    ]);
    const { broker, vehicleSimulator } = stage.config;
    const environment = [
      ...{ mock: [], http: ['BrokerUrl'], 'iot-core': ['IotDataEndpoint'] }[broker],
      ...(vehicleSimulator ? [] : ['SubscriberUrl']),
      ...(stage.config.identity === 'provider' ? ['TokenIssuer', 'TokenAudience'] : []),
    ];
    const door = hasDoor(stage.config) ? ['DomainName', 'CertificateArn'] : [];
    expect(Object.fromEntries(parameters)).toEqual({
      shared: broker === 'http' ? ['BrokerRoleArn'] : [],
      ...Object.fromEntries(environments.map((stack) => [stack, [...environment, ...door].sort()])),
      traffic: [...door, ...(hasDoor(stage.config) ? ['OverrideVersion'] : [])].sort(),
      ...(vehicleSimulator && { 'vehicle-simulator': [] }),
      ...(stage.config.gameDays && { 'game-days': [] }),
      ...(stage.config.expiresAfterDays !== undefined && { expiry: ['OwnerEmail'] }),
    });
  });

  test('our credentials at real peers are secrets, which stay or go as data does', () => {
    const secrets = stage.all('AWS::SecretsManager::Secret');
    expect(secrets.map(({ path }) => path).sort()).toEqual(
      [
        ...(hasDoor(stage.config) ? ['traffic/FrontDoor/TestSecret'] : []),
        ...environments.flatMap((environment) => [
          ...(stage.config.vehicleSimulator ? [] : [`${environment}/EventProcessing/SubscriberCredentials`]),
          ...(stage.config.broker === 'http'
            ? [`${environment}/OutgoingVehicleCommunication/BrokerCredentials`]
            : []),
        ]),
      ].sort(),
    );
    for (const { path, properties, deletionPolicy } of secrets) {
      // Generated: nothing that works stands in a template.
      expect(properties.SecretString, path).toBeUndefined();
      if (path === 'traffic/FrontDoor/TestSecret') continue;
      expect(deletionPolicy, path).toBe(deletionPolicyOf(stage));
      expect(properties.GenerateSecretString, path).toMatchObject({ GenerateStringKey: 'password' });
    }
  });

  test('positions are encrypted with a key of the stage’s own where it says so', () => {
    const keys = stage.all('AWS::KMS::Key');
    expect(keys.map(({ path }) => path)).toEqual(
      stage.config.customerManagedKeys ? ['shared/Persistence/PositionsKey'] : [],
    );
    for (const { path, properties, deletionPolicy } of keys) {
      expect(properties.EnableKeyRotation, path).toBe(true);
      expect(deletionPolicy, path).toBe(deletionPolicyOf(stage));
    }
    const { properties } = stage.at('shared/Persistence/Positions');
    expect(properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
    // Without a key AWS's own one for DynamoDB is used.
    expect(properties.Replicas).toEqual([
      {
        Region: 'region',
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: stage.config.pointInTimeRecovery },
        ...(stage.config.customerManagedKeys && {
          SSESpecification: { KMSMasterKeyId: 'shared/Persistence/PositionsKey' },
        }),
        Tags: expect.anything(),
      },
    ]);
  });

  test('what was remembered for a time is deleted in the end', () => {
    const attributes = stage
      .all('AWS::DynamoDB::GlobalTable')
      .filter(({ path }) => path.startsWith('shared/'))
      .map(({ path, properties }) => [path, properties.TimeToLiveSpecification]);
    const byAttribute = (AttributeName: string) => ({ AttributeName, Enabled: true });
    expect(Object.fromEntries(attributes)).toEqual({
      'shared/Persistence/Events': byAttribute('ttl'),
      'shared/Persistence/Leases': byAttribute('expiresAt'),
      'shared/Persistence/Positions': byAttribute('ttl'),
      'shared/Persistence/Vehicles': undefined,
      'shared/Persistence/TrafficWeights': undefined,
    });
  });
});

describe('prod', () => {
  test('keeps its data and has no simulated vehicles', () => {
    expect(stageConfig('prod')).toMatchObject({
      removalPolicy: 'retain',
      pointInTimeRecovery: true,
      vehicleSimulator: false,
      broker: 'http',
      waf: true,
      alarms: true,
      customerManagedKeys: true,
    });
  });
});

describe('stages side by side in one account', () => {
  const all = [...stages, dev];

  /** What must be unique in an account and region. */
  const unique = ({ stacks, resources }: SynthesisedStage) => [
    ...stacks.map(({ stackName }) => `stack ${stackName}`),
    ...stacks.flatMap(({ template }) =>
      Object.values(template.Outputs).flatMap(({ Export }) =>
        Export ? [`export ${JSON.stringify(Export.Name)}`] : [],
      ),
    ),
    ...resources.flatMap((resource) => {
      // A key's value is unique too, and has to be one that the authorizer can say.
      const name = resource.type === 'AWS::ApiGateway::ApiKey' ? resource.properties.Value : nameOf(resource);
      // In readable terms these look alike: the id of the API is in the name.
      if (resource.path.endsWith('ApiExecutionLogs')) return [];
      return name === undefined ? [] : [`${resource.type} ${JSON.stringify(name)}`];
    }),
  ];

  test('share no name of a stack, an export or a resource', () => {
    const names = all.flatMap(unique);
    expect(names.length).toBeGreaterThan(all.length);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('refer to their own stacks only', () => {
    for (const { config, stacks } of all) {
      const text = JSON.stringify(stacks.map(({ template }) => template));
      const named = new Set(text.match(/(?<="StackName":")[^"]+/g));
      const own = stacks.map(({ stackName }) => stackName);
      expect(
        [...named].filter((name) => !own.includes(name)),
        config.name,
      ).toEqual([]);
    }
  });

  test('hold nothing that an account has one of', () => {
    const singletons =
      /^AWS::(ApiGateway::Account|Logs::(Account|Resource)Policy|XRay::ResourcePolicy|IoT::Logging)$/;
    const found = all.flatMap(({ resources }) => resources.filter(({ type }) => singletons.test(type)));
    expect(found.map(({ path }) => path)).toEqual([]);
  });

  /** What AWS has no resources for, or knows only by names that it draws: all of it reads, but for log deliveries. */
  const NAMELESS =
    /^(xray:|logs:\w+(Deliver|Polic|LogGroups)|ec2:DescribeNetworkInterfaces$|cloudwatch:(DescribeAlarms|GetMetricStatistics)$)/;
  const Statements = z.object({
    Statement: z.array(
      z.looseObject({
        Effect: z.string(),
        Action: z.union([z.string(), z.array(z.string())]),
        Resource: z.union([z.string(), z.array(z.string())]),
      }),
    ),
  });

  test('may do nothing to each other: a wildcard stands behind what is the stage’s own', () => {
    for (const { config, resources } of [...all, ownDoor]) {
      const own = [
        ...resources.map(({ path }) => path),
        // With the slash: `dev-x` and a stack are how another stage's name may begin.
        ...STACKS.map((stack) => `:stack/${stackName(config.name, stack)}/`),
      ];
      const foreign = resources
        .filter(({ type }) => /^AWS::IAM::(Managed)?Policy$/.test(type))
        .flatMap(({ path, properties }) =>
          Statements.parse(properties.PolicyDocument).Statement.flatMap(({ Effect, Action, Resource }) =>
            [Resource]
              .flat()
              .filter((name) => Effect === 'Allow' && name.includes('*'))
              .filter((name) => !own.some((mine) => (name.split('*')[0] ?? '').includes(mine)))
              .flatMap((name) => [Action].flat().map((action) => ({ path, action, name }))),
          ),
        )
        .filter(({ action }) => !NAMELESS.test(action));
      const known = [
        // AWS IoT Core is a broker of the account: its stages must have vehicles of their own (docs/operations.md).
        ...(config.broker === 'iot-core' ? ['iot:Publish'] : []),
        // Ids of automations are drawn when they start; an experiment only knows those that it started.
        ...(config.gameDays ? ['ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'] : []),
      ];
      expect(
        foreign.filter(({ action }) => !known.includes(action)),
        config.name,
      ).toEqual([]);
    }
  });

  test('hear nothing of each other: a rule on the account’s bus is about the stage’s own', () => {
    for (const { config, resources, stacks } of [...all, ownDoor]) {
      const own = [
        ...resources.map(({ path }) => path),
        ...stacks.map(({ stackName }) => `:stack/${stackName}/`),
        // The id of the stack that the rule is in.
        '"stack-id":["stack"]',
      ];
      for (const { path, type, properties } of resources) {
        if (type !== 'AWS::Events::Rule' || properties.EventPattern === undefined) continue;
        const pattern = JSON.stringify(properties.EventPattern);
        expect(
          own.some((mine) => pattern.includes(mine)),
          `${config.name} ${path}: ${pattern}`,
        ).toBe(true);
      }
    }
  });

  test('no stack locks another: nothing is exported', () => {
    const exported = all.flatMap(({ stacks }) =>
      stacks.flatMap(({ template }) => Object.values(template.Outputs).filter(({ Export }) => Export)),
    );
    expect(exported).toEqual([]);
  });
});

describe('a stage with two environments', () => {
  const inStack = (stack: string) =>
    twoEnvironments.resources.filter(({ path }) => path.startsWith(`${stack}/`));

  /** A resource of an environment, whichever environment it is: CDK's names repeat the stack's, and end in a hash. */
  const anonymous = (resource: Resource, environment: string): unknown =>
    JSON.parse(
      JSON.stringify(resource)
        .replaceAll(
          new RegExp(`\\b${environment}\\b|(?<=remoteservicesprod|Endpoint|Logs_)${environment}`, 'g'),
          'ENVIRONMENT',
        )
        .replaceAll(/[0-9A-F]{8}(?=[".:])/g, 'HASH'),
    );

  test('has two environment stacks that are alike', () => {
    const [blue, green] = (['blue', 'green'] as const).map((environment) =>
      inStack(environment).map((resource) => anonymous(resource, environment)),
    );
    expect(blue?.length).toBeGreaterThan(50);
    expect(green).toEqual(blue);
  });

  test('has one shared stack, whose state both environments use', () => {
    const alone = dev.resources.filter(({ path }) => path.startsWith('shared/Persistence/'));
    const stored = inStack('shared').filter(({ path }) => path.startsWith('shared/Persistence/'));
    expect(stored.map(({ path }) => path).filter((path) => !path.endsWith('Key'))).toEqual(
      alone.map(({ path }) => path),
    );
  });

  test('routes vehicle messages to the topics of both', () => {
    const routing = twoEnvironments.at('traffic/InboundRouting/Workflow');
    expect(routing.properties.DefinitionSubstitutions).toMatchObject({
      DefaultEnvironment: 'blue',
      VehicleMessageTopics:
        "{'blue': 'blue/IncomingVehicleCommunication/VehicleMessages', " +
        "'green': 'green/IncomingVehicleCommunication/VehicleMessages'}",
    });
  });

  test('may publish to both topics when routing', () => {
    const policy = JSON.stringify(
      twoEnvironments.at('traffic/InboundRouting/Workflow/Role/DefaultPolicy').properties,
    );
    expect(policy).toContain('"blue/IncomingVehicleCommunication/VehicleMessages"');
    expect(policy).toContain('"green/IncomingVehicleCommunication/VehicleMessages"');
  });

  test('gives each environment’s events the environment’s name', () => {
    const environments = ['blue', 'green'].map((environment) => {
      const { properties } = twoEnvironments.at(`${environment}/EventCreation/Workflow`);
      return z.object({ Environment: z.string() }).parse(properties.DefinitionSubstitutions).Environment;
    });
    expect(environments).toEqual(['blue', 'green']);
  });
});

describe('a developer’s stage costs nothing while idle', () => {
  const idle = stages.find(({ config }) => config.name === 'dev-x') ?? dev;

  test('it has only resources that are paid by use', () => {
    const paid = idle.resources.filter(({ type }) => TYPES[type]?.paidIdle !== false);
    expect(paid.map(({ path, type }) => `${path}: ${type}`)).toEqual([]);
  });

  test('documents say what it costs all the same: AWS polls its queues', () => {
    const polled = [
      ...idle.all('AWS::Lambda::EventSourceMapping').map(({ properties }) => properties.EventSourceArn),
      ...idle.all('AWS::Pipes::Pipe').map(({ properties }) => properties.Source),
    ];
    expect(new Set(polled).size).toBe(8);
    // Five connections, which ask three times a minute, in a month of 30 days.
    const requests = polled.length * 5 * 3 * 60 * 24 * 30;
    expect((requests / 1_000_000) * 0.4).toBeCloseTo(2, 0);
    for (const file of ['README.md', 'docs/operations.md', 'lib/stages.ts']) {
      expect(readFileSync(file, 'utf8'), file).toContain(
        'none of its resources has an idle price; polling its eight queues costs some 2 USD a month',
      );
    }
  });

  test('no capacity is provisioned', () => {
    for (const { path, properties } of idle.all('AWS::DynamoDB::GlobalTable')) {
      expect(properties.BillingMode, path).toBe('PAY_PER_REQUEST');
    }
    for (const { path, properties } of idle.all('AWS::ApiGateway::Stage')) {
      expect(properties.CacheClusterEnabled ?? false, path).toBe(false);
    }
    expect(JSON.stringify(idle.resources)).not.toMatch(/"Provisioned\w+":/);
  });

  test('no key is the customer’s own', () => {
    const keys = new Set(JSON.stringify(idle.resources).match(/(?<="Kms\w*Key\w*":")[^"]*/gi));
    expect(keys).toEqual(new Set(['arn:aws:kms:region:account:alias/aws/sns']));
    for (const { path, properties } of idle.all('AWS::DynamoDB::GlobalTable')) {
      // AWS's own key for DynamoDB, which is paid by use, or a key that AWS does not even charge for.
      expect(properties.SSESpecification ?? { SSEEnabled: false }, path).toEqual(
        path === 'shared/Persistence/Positions'
          ? { SSEEnabled: true, SSEType: 'KMS' }
          : { SSEEnabled: false },
      );
    }
  });

  test('it has no key, no firewall and no secret', () => {
    for (const type of ['AWS::KMS::Key', 'AWS::WAFv2::WebACL', 'AWS::SecretsManager::Secret']) {
      expect(idle.all(type), type).toEqual([]);
    }
  });
});
