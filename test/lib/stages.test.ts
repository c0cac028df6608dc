import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { stageConfig } from '../../lib/stages.ts';
import { allStages, type Resource, type SynthesisedStage, synthesise } from './synthesis.ts';

const stages = allStages();
const dev = synthesise(stageConfig('dev-y'));
const twoEnvironments = synthesise({ ...stageConfig('prod'), environments: ['blue', 'green'] });

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
  'AWS::ApiGateway::Account': FREE,
  'AWS::ApiGateway::Deployment': FREE,
  'AWS::ApiGateway::GatewayResponse': FREE,
  'AWS::ApiGateway::Method': FREE,
  'AWS::ApiGateway::Model': { ...FREE, name: 'Name' },
  'AWS::ApiGateway::RequestValidator': { ...FREE, name: 'Name' },
  'AWS::ApiGateway::Resource': FREE,
  // Its Name is a label: APIs are told apart by id.
  'AWS::ApiGateway::RestApi': FREE,
  // Its StageName is a part of the URL, below the API's id.
  'AWS::ApiGateway::Stage': FREE,
  'AWS::CloudWatch::Alarm': { ...PAID, name: 'AlarmName' },
  'AWS::DynamoDB::GlobalTable': { ...FREE, name: 'TableName' },
  // Its PolicyName is required, and unique within the role only.
  'AWS::IAM::Policy': FREE,
  'AWS::IAM::Role': { ...FREE, name: 'RoleName' },
  'AWS::Lambda::EventSourceMapping': FREE,
  'AWS::Lambda::Function': { ...FREE, name: 'FunctionName' },
  'AWS::Logs::LogGroup': { ...FREE, name: 'LogGroupName' },
  'AWS::Pipes::Pipe': { ...FREE, name: 'Name' },
  'AWS::SNS::Subscription': FREE,
  'AWS::SNS::Topic': { ...FREE, name: 'TopicName' },
  'AWS::SNS::TopicPolicy': FREE,
  'AWS::SQS::Queue': { ...FREE, name: 'QueueName' },
  'AWS::SQS::QueuePolicy': FREE,
  'AWS::StepFunctions::StateMachine': { ...FREE, name: 'StateMachineName' },
  'AWS::WAFv2::WebACL': { ...PAID, name: 'Name' },
  'AWS::WAFv2::WebACLAssociation': FREE,
};
const nameOf = ({ type, properties }: Resource) => properties[TYPES[type]?.name ?? ''];

describe.each([...stages, twoEnvironments])('in $config.name', (stage) => {
  const { name, environments } = stage.config;
  const tagged = stage.resources.filter(({ tags }) => tags !== undefined);

  test('every resource is of a type that these tests know', () => {
    const unknown = stage.resources.filter(({ type }) => !(type in TYPES));
    expect(unknown.map(({ path, type }) => `${path}: ${type}`)).toEqual([]);
  });

  test('no resource has a name of its own but the log groups whose prefix AWS asks for', () => {
    const named = stage.resources.filter((resource) => nameOf(resource) !== undefined);
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
    for (const { path, tags } of tagged) {
      const stack = path.split('/')[0] ?? '';
      expect(tags, path).toEqual({
        stage: name,
        environment: environments.some((environment) => environment === stack) ? stack : 'shared',
        'building-block': expect.stringMatching(/^[a-z-]+$/),
      });
    }
  });

  test('every resource says which building block it is a part of, by the same name in every stage', () => {
    // Of an environment's stack, the part below it; another stack is one building block.
    const blocks = tagged.map(({ path, tags }) => {
      const [stack = '', part = ''] = path.split('/');
      return `${tags?.environment === 'shared' ? stack : part} is tagged ${tags?.['building-block']}`;
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
      ]),
    );
  });

  test('there is a firewall before each environment’s API, if the stage has one', () => {
    const associated = stage.all('AWS::WAFv2::WebACLAssociation').map(({ properties }) => properties);
    expect(associated).toEqual(
      stage.config.waf
        ? environments.map((environment) => ({
            ResourceArn: expect.stringContaining(`/restapis/${environment}/EventCreation/Api/stages/`),
            WebACLArn: `${environment}/EventCreation/Firewall/WebAcl`,
          }))
        : [],
    );
    expect(stage.all('AWS::WAFv2::WebACL')).toHaveLength(associated.length);
  });

  test('data outlives its stack and can be restored where the stage says so', () => {
    const tables = stage.all('AWS::DynamoDB::GlobalTable');
    expect(tables).not.toEqual([]);
    for (const { path, properties, deletionPolicy } of tables) {
      expect(deletionPolicy, path).toBe(
        { destroy: 'Delete', retain: 'Retain' }[String(stage.config.removalPolicy)],
      );
      expect(properties.Replicas, path).toMatchObject([
        {
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: stage.config.pointInTimeRecovery },
        },
      ]);
    }
  });

  test('the vehicle simulator is there if the stage has simulated vehicles; else its peers are parameters', () => {
    const simulated = stage.resources.filter(({ path }) => path.startsWith('vehicle-simulator/'));
    const parameters = stage.stacks.flatMap(({ template }) =>
      Object.keys(template.Parameters).filter((parameter) => parameter !== 'BootstrapVersion'),
    );
    expect([simulated.length > 0, new Set(parameters)]).toEqual(
      stage.config.vehicleSimulator ? [true, new Set()] : [false, new Set(['BrokerUrl', 'SubscriberUrl'])],
    );
  });
});

describe('prod', () => {
  test('keeps its data and has no simulated vehicles', () => {
    expect(stageConfig('prod')).toMatchObject({
      removalPolicy: 'retain',
      pointInTimeRecovery: true,
      vehicleSimulator: false,
      waf: true,
      alarms: true,
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
      const name = nameOf(resource);
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
          new RegExp(`\\b${environment}\\b|(?<=remoteservicesprod)${environment}`, 'g'),
          'ENVIRONMENT',
        )
        .replaceAll(/[0-9A-F]{8}(?=")/g, 'HASH'),
    );

  test('has two environment stacks that are alike', () => {
    const [blue, green] = (['blue', 'green'] as const).map((environment) =>
      inStack(environment).map((resource) => anonymous(resource, environment)),
    );
    expect(blue?.length).toBeGreaterThan(50);
    expect(green).toEqual(blue);
  });

  test('has one shared stack, whose state both environments use', () => {
    expect(inStack('shared').map(({ path }) => path)).toEqual(
      stages
        .find(({ config }) => config.name === 'prod')
        ?.resources.filter(({ path }) => path.startsWith('shared/'))
        .map(({ path }) => path),
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
      expect(properties.SSESpecification ?? { SSEEnabled: false }, path).toEqual({ SSEEnabled: false });
    }
  });
});
