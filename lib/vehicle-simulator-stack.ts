import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ConsumedQueue } from './queue.ts';
import type { StageConfig } from './stages.ts';
import { BrokerMock } from './vehicle-simulator/broker-mock.ts';
import { SimulatorApi } from './vehicle-simulator/simulator-api.ts';
import { SubscriptionMock } from './vehicle-simulator/subscription-mock.ts';
import { Vehicle } from './vehicle-simulator/vehicle.ts';

export interface VehicleSimulatorStackProps extends StackProps {
  readonly stage: StageConfig;
  readonly incomingQueue: ConsumedQueue;
}

/** Stands in for what lies outside of the system: a subscriber, and the broker API with the vehicles behind it. */
export class VehicleSimulatorStack extends Stack {
  readonly api: SimulatorApi;

  constructor(scope: Construct, id: string, { stage, incomingQueue, ...props }: VehicleSimulatorStackProps) {
    super(scope, id, props);
    const broker = stage.broker === 'mock' ? this.#brokerMock(stage, incomingQueue) : undefined;
    const subscriptionMock = new SubscriptionMock(this, 'SubscriptionMock', stage);
    this.api = new SimulatorApi(this, 'Api', { stage, broker, subscriptionMock });
    new CfnOutput(this, 'NotificationsUrl', { value: this.api.subscriberUrl });
  }

  #brokerMock(stage: StageConfig, incomingQueue: ConsumedQueue): BrokerMock {
    const vehicle = new Vehicle(this, 'Vehicle', { stage, incomingQueue });
    return new BrokerMock(this, 'BrokerMock', { stage, vehicle });
  }
}
