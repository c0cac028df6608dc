import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { EnvironmentStack } from './environment-stack.ts';
import { IotCore } from './iot-core/iot-core.ts';
import { doorParameters } from './network/door-parameters.ts';
import type { Network } from './network/network.ts';
import type { Tables } from './persistence/tables.ts';
import type { ConsumedQueue } from './queue.ts';
import type { EnvironmentName, StageConfig } from './stages.ts';
import { FrontDoor } from './traffic/front-door.ts';
import { Health } from './traffic/health.ts';
import { InboundRouting } from './traffic/inbound-routing.ts';
import { Shifting } from './traffic/shifting.ts';

export interface TrafficStackProps extends StackProps {
  readonly stage: StageConfig;
  readonly tables: Tables;
  readonly incomingQueue: ConsumedQueue;
  readonly environments: ReadonlyMap<EnvironmentName, EnvironmentStack>;
  /** Of the front door; undefined without one. */
  readonly network: Network | undefined;
}

/** Everything that chooses between the environments: the front door for apps, and the way back from the vehicle. */
export class TrafficStack extends Stack {
  /** Undefined where there is one environment, whose API is public. */
  readonly frontDoor: FrontDoor | undefined;

  constructor(scope: Construct, id: string, props: TrafficStackProps) {
    const { stage, tables, incomingQueue, environments, network, ...stackProps } = props;
    super(scope, id, stackProps);
    this.frontDoor = network && new FrontDoor(this, 'FrontDoor', { stage, network, ...doorParameters(this) });
    if (this.frontDoor !== undefined) {
      const { frontDoor } = this;
      const health = new Health(this, 'Health', {
        stage,
        environments,
        loadBalancer: frontDoor.loadBalancer,
        targetGroups: frontDoor.targetGroups,
      });
      new Shifting(this, 'Shifting', { stage, tables, frontDoor, health });
    }
    if (stage.broker === 'iot-core') new IotCore(this, 'IotCore', { incomingQueue });
    const incoming = new Map([...environments].map(([name, environment]) => [name, environment.incoming]));
    new InboundRouting(this, 'InboundRouting', { stage, tables, incomingQueue, environments: incoming });
  }
}
