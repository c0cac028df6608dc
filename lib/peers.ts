import { CfnOutput, CfnParameter, type Stack } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';
import type { ServiceFunction } from './function.ts';
import type { StageConfig } from './stages.ts';
import type { SimulatorApi } from './vehicle-simulator/simulator-api.ts';

/** An HTTP API outside of the environment that a function posts to. */
export interface Peer {
  readonly url: string;
  /**
   * Lets the function post.
   * @param scope the building block that the function is a part of
   */
  admit(scope: Construct, poster: ServiceFunction): void;
}

/** The two peers: the broker API, and the subscriber of final events. */
export interface Peers {
  readonly broker: Peer;
  readonly subscriber: Peer;
}

/** The simulator stands in for both, and admits functions by their roles. */
export const simulatedPeers = (simulator: SimulatorApi): Peers => ({
  broker: { url: simulator.brokerUrl, admit: (_, poster) => simulator.grantBroker(poster) },
  subscriber: { url: simulator.subscriberUrl, admit: (_, poster) => simulator.grantNotify(poster) },
});

/**
 * Their URLs are parameters of the stack: whoever deploys says where they are. They admit us by credentials, which
 * their operators give us and may change at any time.
 */
export function realPeers(stack: Stack, stage: StageConfig): Peers {
  const peer = (name: 'Broker' | 'Subscriber', url: { description: string; pattern: string }): Peer => ({
    url: new CfnParameter(stack, `${name}Url`, {
      description: url.description,
      allowedPattern: url.pattern,
    }).valueAsString,
    admit: (scope, poster) => {
      const { secretArn } = credentials(scope, name, stage);
      poster.addEnvironment(`${name.toUpperCase()}_SECRET_ARN`, secretArn);
      // Not grantRead(): that allows describing the secret as well.
      Grant.addToPrincipal({
        grantee: poster,
        actions: ['secretsmanager:GetSecretValue'],
        resourceArns: [secretArn],
      });
      // For whoever puts the real credentials there.
      new CfnOutput(stack, `${name}SecretArn`, { value: secretArn });
    },
  });
  return {
    broker: peer('Broker', {
      description:
        'Base URL of the broker API up to its version, https://…/api/v5: below it are /publish and /wake-up',
      pattern: '^https://.+[^/]$',
    }),
    subscriber: peer('Subscriber', {
      description: 'URL of the subscriber that is told how commands ended',
      pattern: '^https://.+',
    }),
  };
}

function credentials(scope: Construct, name: string, { removalPolicy }: StageConfig): Secret {
  const secret = new Secret(scope, `${name}Credentials`, {
    description:
      `Our credentials at the ${name.toLowerCase()}, as {"username","password"}. What is generated is a ` +
      'placeholder: whoever operates this stage puts the real ones here, and new ones when they change.',
    generateSecretString: {
      secretStringTemplate: JSON.stringify({ username: 'not-set-yet' }),
      generateStringKey: 'password',
    },
    removalPolicy,
  });
  acknowledge(
    secret,
    'AwsSolutions-SMG4',
    'The operator of the peer rotates them: nobody else can. Functions read new ones without a deployment.',
  );
  return secret;
}
