import { Grant } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ServiceFunction } from '../function.ts';
import type { IncomingVehicleCommunication } from '../incoming-vehicle-communication/incoming-vehicle-communication.ts';
import type { Tables } from '../persistence/tables.ts';
import type { ConsumedQueue } from '../queue.ts';
import { DESERIALISE_TIMEOUT } from '../shared-stack.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { ExpressWorkflow } from '../workflow.ts';

export interface InboundRoutingProps {
  readonly stage: StageConfig;
  readonly tables: Tables;
  readonly incomingQueue: ConsumedQueue;
  readonly environments: ReadonlyMap<EnvironmentName, IncomingVehicleCommunication>;
}

/** The way back: brings each vehicle message to the environment that sent the command. */
export class InboundRouting extends Construct {
  constructor(scope: Construct, id: string, props: InboundRoutingProps) {
    super(scope, id);
    const { stage, tables, incomingQueue, environments } = props;
    const topics = [...environments].map(([name, { topic }]) => `'${name}': '${topic.topicArn}'`);

    const workflow = new ExpressWorkflow(this, 'Workflow', {
      stage,
      definition: 'routing',
      substitutions: {
        DefaultEnvironment: stage.environments[0],
        EventsTable: tables.events.tableName,
        TrafficWeightsTable: tables.trafficWeights.tableName,
        // An object of JSONata: the topic by environment.
        VehicleMessageTopics: `{${topics.join(', ')}}`,
      },
    });
    tables.events.grant(workflow, 'dynamodb:GetItem');
    tables.trafficWeights.grant(workflow, 'dynamodb:GetItem');
    for (const incoming of environments.values()) incoming.grantPublish(workflow);

    const deserialise = new ServiceFunction(this, 'Deserialise', {
      stage,
      entry: 'functions/traffic/deserialise/handler.ts',
      description: 'Reads vehicle messages and has them routed; sets malformed ones aside',
      timeout: DESERIALISE_TIMEOUT,
      environment: {
        ROUTING_STATE_MACHINE_ARN: workflow.stateMachineArn,
        DEAD_LETTER_QUEUE_URL: incomingQueue.deadLetterQueue.queueUrl,
      },
    });
    Grant.addToPrincipal({
      grantee: deserialise,
      actions: ['states:StartSyncExecution'],
      resourceArns: [workflow.stateMachineArn],
    });
    incomingQueue.deadLetterQueue.grant(deserialise, 'sqs:SendMessage');
    incomingQueue.consumeWith(deserialise, 50);
  }
}
