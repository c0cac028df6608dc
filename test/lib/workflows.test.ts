import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { EVENT_TYPE, REPORT_EVENT_TYPE, VIN_PATTERN } from '../../functions/event/event.ts';
import { NO_SUCH_VEHICLE } from '../../functions/event-creation/request.ts';
import { hasDoor } from '../../lib/stages.ts';
import { SLEEPERS } from '../../vehicle-simulator/fleet.ts';
import { allStages, type Resource, withoutGreen } from './synthesis.ts';

const FOLDER = fileURLToPath(new URL('../../statemachines', import.meta.url));
const DEFINITIONS = globSync('*.asl.json', { cwd: FOLDER }).map((file) => ({
  name: basename(file, '.asl.json'),
  text: readFileSync(`${FOLDER}/${file}`, 'utf8'),
}));

/** API Gateway gives up after 29 s; whoever waits for a workflow must hear of its time-out. */
const API_GATEWAY_SECONDS = 29;

const Workflow = z.looseObject({
  StateMachineType: z.string(),
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.string()),
  LoggingConfiguration: z.json(),
  TracingConfiguration: z.json(),
});

const definitionOf = ({ properties }: Resource): string =>
  DEFINITIONS.find(({ text }) => text === properties.DefinitionString)?.name ?? 'none of the files';

describe.each(allStages().map(withoutGreen))('in $config.name', (stage) => {
  const workflows = stage.all('AWS::StepFunctions::StateMachine');

  test('each definition is one workflow', () => {
    const definitions = workflows.map((workflow) => [workflow.path, definitionOf(workflow)]);
    expect(Object.fromEntries(definitions)).toEqual({
      'blue/EventCreation/Workflow': 'event-creation',
      'blue/IncomingVehicleCommunication/Workflow': 'processing',
      'traffic/InboundRouting/Workflow': 'routing',
      ...(hasDoor(stage.config) && { 'traffic/Shifting/Workflow': 'shifting' }),
      ...(stage.config.broker === 'mock' && {
        'vehicle-simulator/BrokerMock/Publish': 'simulated-broker',
        'vehicle-simulator/BrokerMock/WakeUp': 'simulated-wake-up',
      }),
    });
    if (stage.config.broker === 'mock' && hasDoor(stage.config))
      expect(DEFINITIONS).toHaveLength(workflows.length);
  });

  describe.each(workflows)('$path', ({ path, properties }) => {
    const workflow = Workflow.parse(properties);
    const isShifting = path === 'traffic/Shifting/Workflow';

    test('is an Express workflow, for it answers at once, unless it moves traffic, for that takes long', () => {
      expect(workflow.StateMachineType).toBe(isShifting ? 'STANDARD' : 'EXPRESS');
    });

    test('logs errors without the data of executions, which holds VINs, and is traced', () => {
      expect(workflow.LoggingConfiguration).toEqual({
        Level: 'ERROR',
        IncludeExecutionData: false,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: `${path}Logs` } }],
      });
      expect(workflow.TracingConfiguration).toEqual({ Enabled: true });
    });

    test('ends before whoever waits for it gives up', () => {
      const { TimeoutSeconds } = z
        .object({ TimeoutSeconds: z.int() })
        .parse(JSON.parse(workflow.DefinitionString));
      // Nobody waits for that one.
      expect(TimeoutSeconds).toBeLessThan(isShifting ? Number.POSITIVE_INFINITY : API_GATEWAY_SECONDS);
    });

    test('has a value for each placeholder of its definition, and no other', () => {
      const placeholders = workflow.DefinitionString.match(/(?<=\$\{)\w+(?=\})/g);
      expect(new Set(Object.keys(workflow.DefinitionSubstitutions))).toEqual(new Set(placeholders));
    });
  });

  test('placeholders stand for these resources and values', () => {
    const values = workflows.map(({ path, properties }) => [path, properties.DefinitionSubstitutions]);
    // Which there are, health.test.ts says.
    const alarmsOf = (environment: string) =>
      stage
        .all('AWS::CloudWatch::Alarm')
        .filter(({ path }) => path.startsWith('traffic/Health/') && path.endsWith(environment))
        .map(({ path }) => `'${path}'`)
        .join(', ');
    expect(Object.fromEntries(values)).toEqual({
      'blue/EventCreation/Workflow': {
        Environment: 'blue',
        EnrichFunction: 'blue/EventCreation/Enrich',
        EventsTable: 'shared/Persistence/Events',
        EventsTopic: 'blue/EventProcessing/Events',
        EventType: EVENT_TYPE,
        LeasesTable: 'shared/Persistence/Leases',
        NoSuchVehicle: NO_SUCH_VEHICLE,
        OutgoingQueue: 'blue/OutgoingVehicleCommunication/Commands/Queue',
        RememberSeconds: '600',
        RetentionDays: String(stage.config.eventRetentionDays),
        ValidateFunction: 'blue/EventCreation/Validate',
        VehiclesTable: 'shared/Persistence/Vehicles',
        VinPattern: VIN_PATTERN,
      },
      'blue/IncomingVehicleCommunication/Workflow': {
        DeadLetterQueue: 'blue/IncomingVehicleCommunication/Messages/DeadLetters',
        EventsTable: 'shared/Persistence/Events',
        EventsTopic: 'blue/EventProcessing/Events',
        EventType: EVENT_TYPE,
        PositionsTable: 'shared/Persistence/Positions',
        PositionSeconds: '900',
        Environment: 'blue',
        ReportEventType: REPORT_EVENT_TYPE,
        VehiclesTable: 'shared/Persistence/Vehicles',
      },
      'traffic/InboundRouting/Workflow': {
        DefaultEnvironment: 'blue',
        EventsTable: 'shared/Persistence/Events',
        TrafficWeightsTable: 'shared/Persistence/TrafficWeights',
        VehicleMessageTopics: `{${stage.config.environments
          .map(
            (environment) =>
              `'${environment}': '${environment}/IncomingVehicleCommunication/VehicleMessages'`,
          )
          .join(', ')}}`,
      },
      ...(hasDoor(stage.config) && {
        'traffic/Shifting/Workflow': {
          Alarms: `{'blue': [${alarmsOf('-blue')}], 'green': [${alarmsOf('-green')}], 'door': ['traffic/Health/DoorErrors']}`,
          BlueTargetGroup: 'traffic/FrontDoor/TargetGroup-blue',
          GreenTargetGroup: 'traffic/FrontDoor/TargetGroup-green',
          LookEverySeconds: String(stage.config.release.lookEverySeconds),
          TrafficWeightsTable: 'shared/Persistence/TrafficWeights',
          WeightsRuleArn: 'traffic/FrontDoor/Weights',
        },
      }),
      ...(stage.config.broker === 'mock' && {
        'vehicle-simulator/BrokerMock/Publish': {
          CommandsQueue: 'vehicle-simulator/Vehicle/Commands/Queue',
          SleepingPrefixes: `[${[...SLEEPERS.keys()].map((prefix) => `'${prefix}'`).join(', ')}]`,
          WakeUpsTable: 'vehicle-simulator/BrokerMock/WakeUps',
        },
        'vehicle-simulator/BrokerMock/WakeUp': {
          WakesAfterSeconds: expect.stringMatching(/^\{('[A-Z0-9]{10}': \d+(, )?)+\}$/),
          WakeUpsTable: 'vehicle-simulator/BrokerMock/WakeUps',
        },
      }),
    });
  });

  test('the pipe hands over one message at a time, and waits for what becomes of it', () => {
    const pipes = stage.all('AWS::Pipes::Pipe');
    expect(pipes.map(({ path }) => path)).toEqual(['blue/IncomingVehicleCommunication/Pipe']);
    const { Tags: _, ...properties } = pipes[0]?.properties ?? {};
    expect(properties).toEqual({
      RoleArn: 'blue/IncomingVehicleCommunication/PipeRole',
      Source: 'blue/IncomingVehicleCommunication/Messages/Queue',
      SourceParameters: { SqsQueueParameters: { BatchSize: 1 } },
      Target: 'blue/IncomingVehicleCommunication/Workflow',
      TargetParameters: { StepFunctionStateMachineParameters: { InvocationType: 'REQUEST_RESPONSE' } },
    });
    // Creating a pipe checks its role's rights.
    expect(pipes[0]?.dependsOn).toContain('blue/IncomingVehicleCommunication/PipeRole/DefaultPolicy');
  });
});
