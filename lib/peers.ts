import { CfnParameter } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { SimulatorApi } from './vehicle-simulator/simulator-api.ts';

/** An HTTP API outside of the environment that a function posts to. */
export interface Peer {
  readonly url: string;
  grantPost(grantee: IGrantable): void;
}

/** The two peers: the broker API, and the subscriber of final events. */
export interface Peers {
  readonly broker: Peer;
  readonly subscriber: Peer;
}

/** The simulator stands in for both. */
export const simulatedPeers = (simulator: SimulatorApi): Peers => ({
  broker: { url: simulator.brokerUrl, grantPost: (grantee) => simulator.grantPublish(grantee) },
  subscriber: { url: simulator.subscriberUrl, grantPost: (grantee) => simulator.grantNotify(grantee) },
});

/** Their URLs are parameters of the stack: whoever deploys says where they are. */
export function realPeers(scope: Construct): Peers {
  const peer = (id: string, description: string): Peer => ({
    url: new CfnParameter(scope, id, { description, allowedPattern: '^https://.+' }).valueAsString,
    // They admit us by their own means, not by IAM.
    grantPost: () => undefined,
  });
  return {
    broker: peer('BrokerUrl', 'URL of the broker API that takes messages for vehicles'),
    subscriber: peer('SubscriberUrl', 'URL of the subscriber that is told how commands ended'),
  };
}
