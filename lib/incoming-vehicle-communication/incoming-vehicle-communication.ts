import { Duration } from 'aws-cdk-lib';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { CfnPipe } from 'aws-cdk-lib/aws-pipes';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { EVENT_TYPE, REPORT_EVENT_TYPE } from '../../functions/event/event.ts';
import type { EventProcessing } from '../event-processing/event-processing.ts';
import type { Tables } from '../persistence/tables.ts';
import { ConsumedQueue } from '../queue.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { ExpressWorkflow } from '../workflow.ts';

/** The processing workflow's own time-out, and some seconds for the pipe. */
const TIMEOUT = Duration.seconds(25);

/** How long a position is shown: a car that was found may be on its way again. */
const POSITION_SECONDS = 15 * 60;

export interface IncomingVehicleCommunicationProps {
  readonly stage: StageConfig;
  readonly environment: EnvironmentName;
  readonly tables: Tables;
  readonly eventProcessing: EventProcessing;
}

/** Processes the vehicle messages that were routed to this environment. */
export class IncomingVehicleCommunication extends Construct {
  /** Routing publishes here. */
  readonly topic: Topic;

  constructor(
    scope: Construct,
    id: string,
    { stage, environment, tables, eventProcessing }: IncomingVehicleCommunicationProps,
  ) {
    super(scope, id);
    this.topic = new Topic(this, 'VehicleMessages', {
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns'),
    });
    const messages = new ConsumedQueue(this, 'Messages', { stage, consumerTimeout: TIMEOUT });
    messages.subscribeTo(this.topic);

    const workflow = new ExpressWorkflow(this, 'Workflow', {
      stage,
      definition: 'processing',
      substitutions: {
        Environment: environment,
        EventsTable: tables.events.tableName,
        EventsTopic: eventProcessing.topic.topicArn,
        EventType: EVENT_TYPE,
        PositionsTable: tables.positions.tableName,
        PositionSeconds: String(POSITION_SECONDS),
        ReportEventType: REPORT_EVENT_TYPE,
        VehiclesTable: tables.vehicles.tableName,
        DeadLetterQueue: messages.deadLetterQueue.queueUrl,
      },
    });
    tables.events.grant(workflow, 'dynamodb:GetItem');
    tables.vehicles.grant(workflow, 'dynamodb:GetItem');
    tables.grantStorePositions(workflow);
    eventProcessing.grantPublish(workflow);
    messages.deadLetterQueue.grant(workflow, 'sqs:SendMessage');

    const role = new Role(this, 'PipeRole', { assumedBy: new ServicePrincipal('pipes.amazonaws.com') });
    messages.queue.grant(role, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes');
    Grant.addToPrincipal({
      grantee: role,
      actions: ['states:StartSyncExecution'],
      resourceArns: [workflow.stateMachineArn],
    });
    // One message at a time, and synchronously: it leaves the queue when its event is published.
    const pipe = new CfnPipe(this, 'Pipe', {
      roleArn: role.roleArn,
      source: messages.queue.queueArn,
      sourceParameters: { sqsQueueParameters: { batchSize: 1 } },
      target: workflow.stateMachineArn,
      targetParameters: { stepFunctionStateMachineParameters: { invocationType: 'REQUEST_RESPONSE' } },
    });
    // Creating a pipe checks its role's rights.
    pipe.node.addDependency(role);
  }

  grantPublish(grantee: Parameters<Topic['grantPublish']>[0]): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['sns:Publish'], resourceArns: [this.topic.topicArn] });
  }
}
