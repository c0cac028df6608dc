import { CfnOutput, CfnParameter, type Stack } from 'aws-cdk-lib';
import { Grant } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledged.ts';
import type { ServiceFunction } from './function.ts';
import { commandTopics, iotArn } from './iot-core/topics.ts';
import type { StageConfig } from './stages.ts';
import type { SimulatorApi } from './vehicle-simulator/simulator-api.ts';

/** Something outside of the environment that a function calls. */
interface Admitting {
  /**
   * Lets the function call.
   * @param scope the building block that the function is a part of
   */
  admit(scope: Construct, caller: ServiceFunction): void;
}

/** An HTTP API that a function posts to. */
export interface Peer extends Admitting {
  readonly url: string;
}

/** What commands are handed to. */
export interface BrokerPeer extends Admitting {
  /** What the function is told: the base URL of a broker API, or `iot-core`. */
  readonly address: string;
}

/** The two peers: the broker, and the subscriber of final events. */
export interface Peers {
  readonly broker: BrokerPeer;
  readonly subscriber: Peer;
}

/**
 * The peers that the stage has, real ones or the simulator's.
 * @throws Error if the broker is the mock and there is no simulator
 */
export function peersOf(stack: Stack, stage: StageConfig, simulator: SimulatorApi | undefined): Peers {
  return {
    broker: brokerOf(stack, stage, simulator),
    subscriber: simulator === undefined ? realSubscriber(stack, stage) : simulatedSubscriber(simulator),
  };
}

function brokerOf(stack: Stack, stage: StageConfig, simulator: SimulatorApi | undefined): BrokerPeer {
  if (stage.broker === 'http') return brokerApi(stack, stage);
  if (stage.broker === 'iot-core') return iotCore(stack);
  if (simulator !== undefined) return mock(simulator);
  throw new Error(
    `The stage '${stage.name}' has the simulator's broker, but no simulator: see lib/stages.ts`,
  );
}

/** The simulator admits functions by their roles. */
const mock = (simulator: SimulatorApi): BrokerPeer => ({
  address: simulator.brokerUrl,
  admit: (_, sender) => simulator.grantBroker(sender),
});
const simulatedSubscriber = (simulator: SimulatorApi): Peer => ({
  url: simulator.subscriberUrl,
  admit: (_, poster) => simulator.grantNotify(poster),
});

function brokerApi(stack: Stack, stage: StageConfig): BrokerPeer {
  const url = new CfnParameter(stack, 'BrokerUrl', {
    description:
      'Base URL of the broker API up to its version, https://…/api/v5: below it are /publish and /wake-up',
    allowedPattern: '^https://.+[^/]$',
  });
  return { address: url.valueAsString, admit: admitByCredentials(stack, stage, 'Broker') };
}

function realSubscriber(stack: Stack, stage: StageConfig): Peer {
  const url = new CfnParameter(stack, 'SubscriberUrl', {
    description: 'URL of the subscriber that is told how commands ended',
    allowedPattern: '^https://.+',
  });
  return { url: url.valueAsString, admit: admitByCredentials(stack, stage, 'Subscriber') };
}

/** AWS IoT Core admits functions by their roles. */
function iotCore(stack: Stack): BrokerPeer {
  const endpoint = new CfnParameter(stack, 'IotDataEndpoint', {
    description: "The account's own: aws iot describe-endpoint --endpoint-type iot:Data-ATS",
    allowedPattern: '^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$',
  });
  return {
    address: 'iot-core',
    admit: (scope, sender) => {
      sender.addEnvironment('AWS_ENDPOINT_URL_IOT_DATA_PLANE', `https://${endpoint.valueAsString}`);
      Grant.addToPrincipal({
        grantee: sender,
        actions: ['iot:Publish'],
        resourceArns: commandTopics().map((topic) => iotArn(stack, 'topic', topic)),
      });
      for (const topic of commandTopics()) {
        acknowledge(
          scope,
          `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iot:<AWS::Region>:<AWS::AccountId>:topic/${topic}]`,
          'Commands go to every vehicle: the wildcard stands for the VIN in the topics of one generation.',
        );
      }
    },
  };
}

/**
 * Real peers are where whoever deploys says. They admit us by credentials, which their operators give us and may
 * change at any time.
 */
const admitByCredentials =
  (stack: Stack, stage: StageConfig, name: 'Broker' | 'Subscriber'): Admitting['admit'] =>
  (scope, caller) => {
    const { secretArn } = credentials(scope, name, stage);
    caller.addEnvironment(`${name.toUpperCase()}_SECRET_ARN`, secretArn);
    // Not grantRead(): that allows describing the secret as well.
    Grant.addToPrincipal({
      grantee: caller,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: [secretArn],
    });
    // For whoever puts the real credentials there.
    new CfnOutput(stack, `${name}SecretArn`, { value: secretArn });
  };

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
