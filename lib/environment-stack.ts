import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EventCreation } from './event-creation/event-creation.ts';
import { EventProcessing } from './event-processing/event-processing.ts';
import type { DemoUsers } from './identity/demo-users.ts';
import { IncomingVehicleCommunication } from './incoming-vehicle-communication/incoming-vehicle-communication.ts';
import { doorParameters } from './network/door-parameters.ts';
import type { Network } from './network/network.ts';
import { OutgoingVehicleCommunication } from './outgoing-vehicle-communication/outgoing-vehicle-communication.ts';
import { peersOf } from './peers.ts';
import type { Tables } from './persistence/tables.ts';
import type { EnvironmentName, StageConfig } from './stages.ts';
import { tagBuildingBlock } from './tags.ts';
import type { VehicleSimulatorStack } from './vehicle-simulator-stack.ts';

export interface EnvironmentStackProps extends StackProps {
  readonly stage: StageConfig;
  readonly environment: EnvironmentName;
  readonly tables: Tables;
  readonly simulator: VehicleSimulatorStack | undefined;
  readonly demoUsers: DemoUsers | undefined;
  /** Of the front door; undefined without one. */
  readonly network: Network | undefined;
}

/** The four building blocks, whole: what a stage has in duplicate. */
export class EnvironmentStack extends Stack {
  readonly eventCreation: EventCreation;
  readonly incoming: IncomingVehicleCommunication;

  constructor(scope: Construct, id: string, props: EnvironmentStackProps) {
    const { stage, environment, tables, simulator, demoUsers, network, ...stackProps } = props;
    super(scope, id, stackProps);
    const { broker, subscriber } = peersOf(this, stage, simulator?.api);

    const eventProcessing = new EventProcessing(this, 'EventProcessing', { stage, tables, subscriber });
    const outgoing = new OutgoingVehicleCommunication(this, 'OutgoingVehicleCommunication', {
      stage,
      tables,
      eventProcessing,
      broker,
    });
    this.incoming = new IncomingVehicleCommunication(this, 'IncomingVehicleCommunication', {
      stage,
      environment,
      tables,
      eventProcessing,
    });
    const endpoint = network?.endpoints.get(environment);
    this.eventCreation = new EventCreation(this, 'EventCreation', {
      stage,
      environment,
      tables,
      eventProcessing,
      outgoing,
      demoUsers,
      behindDoor: endpoint && { endpoint, ...doorParameters(this) },
    });
    tagBuildingBlock(this.eventCreation, 'event-creation');
    tagBuildingBlock(eventProcessing, 'event-processing');
    tagBuildingBlock(outgoing, 'outgoing-vehicle-communication');
    tagBuildingBlock(this.incoming, 'incoming-vehicle-communication');

    // Behind a door, it is the door's.
    if (endpoint === undefined) new CfnOutput(this, 'ApiUrl', { value: this.eventCreation.api.url });
  }
}
