import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { IotCore } from './iot-core/iot-core.ts';
import { InboundRouting, type InboundRoutingProps } from './traffic/inbound-routing.ts';

/** Everything that chooses between the environments: so far, the way back from the vehicle. */
export class TrafficStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { stage, tables, incomingQueue, environments, ...props }: StackProps & InboundRoutingProps,
  ) {
    super(scope, id, props);
    if (stage.broker === 'iot-core') new IotCore(this, 'IotCore', { incomingQueue });
    new InboundRouting(this, 'InboundRouting', { stage, tables, incomingQueue, environments });
  }
}
