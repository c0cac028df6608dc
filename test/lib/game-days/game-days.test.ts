import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { allSeries, isKill } from '../../../gameday/series.ts';
import { ENVIRONMENTS } from '../../../lib/stages.ts';
import { allStages, type Resource, type SynthesisedStage } from '../synthesis.ts';

const [withGameDays, without] = [true, false].map((wanted) =>
  allStages().filter(({ config }) => config.gameDays === wanted),
);

const Experiment = z.strictObject({
  Description: z.string(),
  RoleArn: z.literal('game-days/ExperimentRole'),
  StopConditions: z.array(z.object({ Source: z.literal('aws:cloudwatch:alarm'), Value: z.string() })),
  Actions: z.record(
    z.string(),
    z.strictObject({
      ActionId: z.string(),
      Parameters: z.record(z.string(), z.string()),
      Targets: z.strictObject({ Functions: z.string() }).optional(),
    }),
  ),
  Targets: z.record(
    z.string(),
    z.strictObject({
      ResourceType: z.literal('aws:lambda:function'),
      ResourceArns: z.array(z.string()),
      SelectionMode: z.literal('ALL'),
    }),
  ),
  ExperimentOptions: z.strictObject({ EmptyTargetResolutionMode: z.literal('fail') }),
  Tags: z.json(),
});
const Denied = z.object({ RoleNames: z.array(z.string()).min(1), PolicyArn: z.string() });

const experimentsOf = (stage: SynthesisedStage) =>
  stage.all('AWS::FIS::ExperimentTemplate').map(({ properties }) => Experiment.parse(properties));
/** Roles behind the door, which calls may be denied to. */
const OF_THE_SYSTEM = /^(blue|green|traffic)\/(?!EventCreation\/|FrontDoor\/|Shifting\/)/;

const statementsOf = ({ properties }: Resource) =>
  z.object({ PolicyDocument: z.object({ Statement: z.json() }) }).parse(properties).PolicyDocument.Statement;

const callsIn = (statements: z.core.util.JSONType): string[] =>
  JSON.stringify(statements).match(/(dynamodb|sns|sqs|states):\w+/g) ?? [];
/** Calls of those who read queues. The fault of SQS is one of sending. */
const RECEIVING = /^sqs:(ReceiveMessage|DeleteMessage|GetQueue\w+|ChangeMessageVisibility)$/;

/** Steps that the Fault Injection Service has actions for. A fault that gets one is a change of this list. */
const PLAYED = [
  'services: DynamoDB fails now and then',
  'services: SNS fails now and then',
  'services: SQS fails now and then',
  'services: Step Functions fails now and then',
  'functions: functions crash before their work',
  'functions: functions crash after their work',
  'functions: functions at the door crash',
  'functions: functions time out in the middle of a batch',
  'broker: the broker is down',
  'broker: the broker answers 503',
];

test('int and test have game days; prod and developers’ stages have none, nor anything of theirs', () => {
  expect(withGameDays?.map(({ config }) => config.name)).toEqual(['test', 'int']);
  for (const { config, resources } of without ?? []) {
    // What takes a stage down knows the names of all stacks that a stage may have.
    const text = JSON.stringify(resources.filter(({ path }) => !path.startsWith('expiry/')));
    expect(text, config.name).not.toMatch(/AWS_FIS|FaultInjection|aws-fis|game-days/);
  }
});

describe.each(withGameDays ?? [])('in $config.name', (stage) => {
  const experiments = experimentsOf(stage);

  test('each step that can be is an experiment', () => {
    expect(experiments.map(({ Description }) => Description.replace('Game day, ', ''))).toEqual(PLAYED);
    const steps = allSeries().flatMap(({ name, steps: all }) =>
      all.filter((step) => !isKill(step)).map((step) => `${name}: ${step.name}`),
    );
    expect(PLAYED.filter((step) => !steps.includes(step))).toEqual([]);
  });

  test('each is stopped by apps that see errors, and by dead letters', () => {
    for (const { StopConditions, Description } of experiments) {
      expect(
        StopConditions.map(({ Value }) => Value),
        Description,
      ).toEqual([
        'game-days/ServerErrors',
        ...['shared', 'blue', 'green'].map((stack) => `game-days/DeadLetters-${stack}`),
      ]);
    }
    const queues = stage
      .all('AWS::SQS::Queue')
      .filter(({ path }) => /^(shared|blue|green)\/.*\/DeadLetters$/.test(path))
      .map(({ path }) => `${path}.QueueName`);
    const alarms = ['shared', 'blue', 'green'].map(
      (stack) => stage.at(`game-days/DeadLetters-${stack}`).properties,
    );
    const watched = JSON.stringify(alarms).match(/[^"]+\.QueueName/g);
    expect(watched?.sort()).toEqual(queues.sort());
    for (const alarm of alarms) {
      expect(alarm).toMatchObject({ Threshold: 1, EvaluationPeriods: 5, DatapointsToAlarm: 1 });
      // A queue that nobody uses has no metric.
      expect(JSON.stringify(alarm)).toMatch(/"Expression":"FILL\(m0, 0\)( \+ FILL\(m\d, 0\))*"/);
    }
    // What apps see, they see through the load balancer.
    const serverErrors = JSON.stringify(stage.at('game-days/ServerErrors').properties.Metrics);
    expect(serverErrors.match(/(?<="MetricName":")[^"]+/g)?.sort()).toEqual([
      'HTTPCode_ELB_5XX_Count',
      'HTTPCode_Target_5XX_Count',
    ]);
  });

  test('function faults strike the functions of the local fault, as often, for minutes', () => {
    const found = experiments.flatMap(({ Description, Actions, Targets }) =>
      Object.values(Actions)
        .filter(({ ActionId }) => ActionId.startsWith('aws:lambda:'))
        .map(({ ActionId, Parameters, Targets: targets }) => ({
          step: Description.split(': ')[1],
          ActionId,
          ...Parameters,
          functions: Targets[targets?.Functions ?? '']?.ResourceArns,
        })),
    );
    const inBoth = (...names: string[]) =>
      ENVIRONMENTS.flatMap((name) => names.map((path) => `${name}/${path}`));
    const processing = inBoth(
      ...['Persistence', 'Distribution', 'LifecycleWatch', 'LifecycleCheck'].map(
        (name) => `EventProcessing/${name}`,
      ),
    );
    const common = { duration: 'PT5M', invocationPercentage: '30' };
    const targets = [
      processing,
      inBoth('OutgoingVehicleCommunication/Send'),
      ['traffic/InboundRouting/Deserialise'],
    ];
    const onEach = (fields: object) => targets.map((functions) => ({ ...common, ...fields, functions }));
    const error = { ActionId: 'aws:lambda:invocation-error' };
    expect(found).toEqual([
      ...onEach({ ...error, step: 'functions crash before their work', preventExecution: 'true' }),
      ...onEach({ ...error, step: 'functions crash after their work', preventExecution: 'false' }),
      {
        ...common,
        ...error,
        step: 'functions at the door crash',
        invocationPercentage: '20',
        preventExecution: 'true',
        functions: inBoth(
          ...['Validate', 'Enrich', 'Identity/Authorize', 'Status/History'].map(
            (name) => `EventCreation/${name}`,
          ),
        ),
      },
      ...onEach({
        ActionId: 'aws:lambda:invocation-add-delay',
        step: 'functions time out in the middle of a batch',
        startupDelayMilliseconds: '60000',
      }),
    ]);
    const timeouts = stage.all('AWS::Lambda::Function').map(({ properties }) => Number(properties.Timeout));
    expect(Math.max(...timeouts)).toBeLessThan(60);
  });

  test('every function that an experiment strikes has the extension, and may read what is to go wrong', () => {
    const struck = new Set(
      experiments.flatMap(({ Targets }) =>
        Object.values(Targets).flatMap(({ ResourceArns }) => ResourceArns),
      ),
    );
    for (const path of struck) {
      const { properties } = stage.at(path);
      expect(properties, path).toMatchObject({
        Layers: [expect.stringContaining('AWSFISextensionarm641xx')],
        Environment: {
          Variables: {
            AWS_LAMBDA_EXEC_WRAPPER: '/opt/aws-fis/bootstrap',
            AWS_FIS_CONFIGURATION_LOCATION: 'shared/FaultInjection/Configurations/FisConfigs/',
          },
        },
      });
    }
    expect(statementsOf(stage.at('shared/FaultInjection/Reading'))).toEqual([
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'shared/FaultInjection/Configurations' },
      {
        Effect: 'Allow',
        Action: 's3:GetObject',
        Resource: 'shared/FaultInjection/Configurations/FisConfigs/*',
      },
    ]);
    expect(statementsOf(stage.at('shared/FaultInjection/Configuring'))).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:DeleteObject', 's3:PutObject'],
        Resource: 'shared/FaultInjection/Configurations/FisConfigs/*',
      },
    ]);
  });

  test('calls of services are denied by an automation, to the roles behind the outgoing queue or of the broker', () => {
    const found = experiments.flatMap(({ Description, Actions }) =>
      Object.values(Actions)
        .filter(({ ActionId }) => ActionId === 'aws:ssm:start-automation-execution')
        .map(({ Parameters: { documentArn, documentParameters, maxDuration } }) => {
          expect(documentArn).toBe('arn:aws:ssm:region:account:document/game-days/Denial/Document');
          expect(maxDuration).toBe('PT10M');
          const { RoleNames, PolicyArn } = Denied.parse(JSON.parse(documentParameters ?? ''));
          const [denied] = z
            .tuple([
              z.strictObject({ Effect: z.literal('Deny'), Action: z.json(), Resource: z.literal('*') }),
            ])
            .parse(statementsOf(stage.at(PolicyArn)));
          return [Description.split(': ')[1], { roles: RoleNames, denied: denied.Action }];
        }),
    );
    const roles = stage
      .all('AWS::IAM::Role')
      .map(({ path }) => path)
      .filter((path) => OF_THE_SYSTEM.test(path));
    const system = {
      roles: expect.toSatisfy((names: string[]) => names.toSorted().join() === roles.sort().join()),
    };
    const broker = { roles: ['vehicle-simulator/Api/BrokerRole'], denied: 'states:StartSyncExecution' };
    expect(Object.fromEntries(found)).toEqual({
      'DynamoDB fails now and then': {
        ...system,
        denied: [
          'BatchGetItem',
          'BatchWriteItem',
          'DeleteItem',
          'GetItem',
          'PutItem',
          'Query',
          'UpdateItem',
        ].map((action) => `dynamodb:${action}`),
      },
      'SNS fails now and then': { ...system, denied: 'sns:Publish' },
      'SQS fails now and then': { ...system, denied: 'sqs:SendMessage' },
      'Step Functions fails now and then': { ...system, denied: 'states:StartSyncExecution' },
      'the broker is down': broker,
      'the broker answers 503': broker,
    });
  });

  test('of what the system may call, nothing is left out of what is denied', () => {
    const denied = experiments.flatMap(({ Actions }) =>
      Object.values(Actions).flatMap(({ Parameters: { documentParameters } }) => {
        if (documentParameters === undefined) return [];
        const { PolicyArn } = Denied.parse(JSON.parse(documentParameters));
        return callsIn(statementsOf(stage.at(PolicyArn)));
      }),
    );
    const granted = stage
      .all('AWS::IAM::Policy')
      .filter(({ path }) => OF_THE_SYSTEM.test(path))
      .flatMap((policy) => callsIn(statementsOf(policy)))
      .filter((action) => !RECEIVING.test(action));
    expect(granted.length).toBeGreaterThan(0);
    expect(denied).toEqual(expect.arrayContaining(granted));
  });

  test('an automation may attach and detach what denies, and nothing else', () => {
    const [statement] = z
      .tuple([
        z.strictObject({
          Effect: z.literal('Allow'),
          Action: z.tuple([z.literal('iam:AttachRolePolicy'), z.literal('iam:DetachRolePolicy')]),
          Resource: z.array(z.string()),
          Condition: z.strictObject({ ArnEquals: z.strictObject({ 'iam:PolicyARN': z.array(z.string()) }) }),
        }),
      ])
      .parse(statementsOf(stage.at('game-days/Denial/Denying')));
    for (const policy of statement.Condition.ArnEquals['iam:PolicyARN']) {
      expect(statementsOf(stage.at(policy)), policy).toEqual([expect.objectContaining({ Effect: 'Deny' })]);
    }
    const system = stage
      .all('AWS::IAM::Role')
      .map(({ path }) => path)
      .filter((path) => OF_THE_SYSTEM.test(path));
    expect(statement.Resource.sort()).toEqual([...system, 'vehicle-simulator/Api/BrokerRole'].sort());
    expect(statementsOf(stage.at('game-days/Denial/Passing'))).toEqual([
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: 'game-days/Denial/AutomationRole',
        Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      },
    ]);
  });

  test('what was denied is allowed again, whatever happens', () => {
    const Step = z.object({
      name: z.string(),
      onFailure: z.string().optional(),
      onCancel: z.string().optional(),
      isEnd: z.boolean().optional(),
    });
    const { content } = z
      .object({ Content: z.object({ mainSteps: z.array(Step), assumeRole: z.string() }) })
      .transform(({ Content }) => ({ content: Content }))
      .parse(stage.at('game-days/Denial/Document').properties);
    const back = { onFailure: 'step:allow', onCancel: 'step:allow' };
    expect(content).toEqual({
      assumeRole: 'game-days/Denial/AutomationRole',
      mainSteps: [
        { name: 'deny', ...back },
        { name: 'wait', ...back },
        { name: 'allow', isEnd: true },
      ],
    });
  });
});
