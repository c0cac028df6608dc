import { CfnOutput, CfnParameter, Duration, RemovalPolicy, SecretValue, Stack } from 'aws-cdk-lib';
import type { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import {
  ApplicationListener,
  ApplicationListenerRule,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  DesyncMitigationMode,
  ListenerAction,
  ListenerCertificate,
  ListenerCondition,
  Protocol,
  SslPolicy,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { IpTarget } from 'aws-cdk-lib/aws-elasticloadbalancingv2-targets';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import { errorBody } from '../mapping-templates.ts';
import type { DoorParameters } from '../network/door-parameters.ts';
import type { Network } from '../network/network.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { EndpointAddresses } from './endpoint-addresses.ts';
import { Firewall } from './firewall.ts';
import { ENVIRONMENT_HEADER, TEST_SECRET_HEADER } from './override-headers.ts';

/** API Gateway answers within 29 s, and a caller must hear that answer rather than the load balancer's own. */
const IDLE_TIMEOUT = Duration.seconds(35);

/**
 * Of the rule with the weights: behind those by which testers pick an environment, with room for more between them. No
 * two rules of a listener have the same priority.
 */
const WEIGHTS_PRIORITY = 1000;

/** Requests that are under way when an address goes: the same 29 s. */
const DEREGISTRATION_DELAY = Duration.seconds(30);

export interface FrontDoorProps extends DoorParameters {
  readonly stage: StageConfig;
  readonly network: Network;
}

/**
 * The one public way in: a load balancer that splits requests between the environments by weights. Whoever holds the
 * stage's test secret picks the environment instead; anybody else who tries is not even told that it did not work.
 */
export class FrontDoor extends Construct {
  readonly loadBalancer: ApplicationLoadBalancer;
  /** The rule with the weights: first all to the first environment, then as the shifting workflow says. */
  readonly weightsRule: ApplicationListenerRule;
  readonly targetGroups: ReadonlyMap<EnvironmentName, ApplicationTargetGroup>;

  constructor(scope: Construct, id: string, props: FrontDoorProps) {
    super(scope, id);
    const { stage, network, domainName, certificateArn } = props;
    this.loadBalancer = new ApplicationLoadBalancer(this, 'LoadBalancer', {
      vpc: network.vpc,
      vpcSubnets: network.publicSubnets,
      securityGroup: network.doorSecurityGroup,
      internetFacing: true,
      deletionProtection: stage.removalPolicy === RemovalPolicy.RETAIN,
      idleTimeout: IDLE_TIMEOUT,
      dropInvalidHeaderFields: true,
      desyncMitigationMode: DesyncMitigationMode.DEFENSIVE,
      // The private domains know their requests by it.
      preserveHostHeader: true,
      // A request that the firewall cannot look at in time still meets the API's own checks; a 5xx would end a command.
      wafFailOpen: stage.waf,
    });
    acknowledge(
      this.loadBalancer,
      'AwsSolutions-ELB2',
      'Its access logs would hold paths and queries, and with them VINs; API Gateway’s access logs do not.',
    );

    const addresses = new EndpointAddresses(this, 'Addresses', stage);
    this.targetGroups = new Map(
      [...network.endpoints].map(([environment, endpoint]) => [
        environment,
        this.#targetGroup(environment, endpoint, addresses, network),
      ]),
    );
    const listener = new ApplicationListener(this, 'Listener', {
      loadBalancer: this.loadBalancer,
      protocol: ApplicationProtocol.HTTPS,
      sslPolicy: SslPolicy.TLS13_12_RES_PQ,
      certificates: [ListenerCertificate.fromArn(certificateArn)],
      open: false,
      // Each request has a path, so the rule with the weights takes what no other rule does.
      defaultAction: ListenerAction.fixedResponse(503, {
        contentType: 'application/json',
        messageBody: errorBody(503, 'The service is unavailable. Try again.'),
      }),
    });
    // Not the listener's default action: CloudFormation sends the whole listener with each change of its certificate or
    // TLS policy, and that would be the template's weights, until a repair has put them right.
    this.weightsRule = new ApplicationListenerRule(this, 'Weights', {
      listener,
      priority: WEIGHTS_PRIORITY,
      conditions: [ListenerCondition.pathPatterns(['/*'])],
      action: ListenerAction.weightedForward(
        [...this.targetGroups].map(([environment, targetGroup]) => ({
          targetGroup,
          weight: environment === stage.environments[0] ? 100 : 0,
        })),
      ),
    });
    new ApplicationListener(this, 'RedirectListener', {
      loadBalancer: this.loadBalancer,
      protocol: ApplicationProtocol.HTTP,
      open: false,
      defaultAction: ListenerAction.redirect({ protocol: 'HTTPS', port: '443', permanent: true }),
    });

    const testSecret = this.#testSecret();
    // A dynamic reference: CloudFormation puts the value in when it makes the rules, and no template has it.
    const { valueAsString: versionId } = this.#overrideVersion();
    const secretValue = SecretValue.secretsManager(testSecret.secretArn, { versionId }).unsafeUnwrap();
    for (const [index, [environment, targetGroup]] of [...this.targetGroups].entries()) {
      new ApplicationListenerRule(this, `Override-${environment}`, {
        listener,
        priority: index + 1,
        conditions: [
          ListenerCondition.httpHeader(ENVIRONMENT_HEADER, [environment]),
          ListenerCondition.httpHeader(TEST_SECRET_HEADER, [secretValue]),
        ],
        action: ListenerAction.forward([targetGroup]),
      });
    }
    if (stage.waf) {
      new Firewall(this, 'Firewall', { loadBalancer: this.loadBalancer, testSecret: secretValue });
    }

    const outputs = {
      ApiUrl: `https://${domainName}`,
      // For the DNS record of the host name.
      DoorDnsName: this.loadBalancer.loadBalancerDnsName,
      WeightsRuleArn: this.weightsRule.listenerRuleArn,
      TestSecretArn: testSecret.secretArn,
      // Whoever reads the weights has to know whose they are.
      ...Object.fromEntries(
        [...this.targetGroups].map(([environment, { targetGroupArn }]) => [
          `${environment === 'blue' ? 'Blue' : 'Green'}TargetGroupArn`,
          targetGroupArn,
        ]),
      ),
    };
    for (const [name, value] of Object.entries(outputs)) new CfnOutput(Stack.of(this), name, { value });
  }

  #targetGroup(
    environment: EnvironmentName,
    endpoint: InterfaceVpcEndpoint,
    addresses: EndpointAddresses,
    { vpc, interfacesPerEndpoint }: Network,
  ): ApplicationTargetGroup {
    return new ApplicationTargetGroup(this, `TargetGroup-${environment}`, {
      vpc,
      targetType: TargetType.IP,
      protocol: ApplicationProtocol.HTTPS,
      port: 443,
      targets: addresses.of(environment, endpoint, interfacesPerEndpoint).map((ip) => new IpTarget(ip, 443)),
      deregistrationDelay: DEREGISTRATION_DELAY,
      // A probe cannot name the private domain, so API Gateway refuses it: that it answers is all that can be seen.
      healthCheck: { protocol: Protocol.HTTPS, path: '/', healthyHttpCodes: '403' },
    });
  }

  /** CloudFormation does not look whether a secret has another value: who rotates it names the version. */
  #overrideVersion(): CfnParameter {
    const version = new CfnParameter(this, 'OverrideVersion', {
      description: 'Version id of the test secret that the front door takes; empty for what it was made with',
      default: '',
    });
    version.overrideLogicalId('OverrideVersion');
    return version;
  }

  /** Load balancers compare headers without regard to case, and take * and ? for wildcards: so none of these. */
  #testSecret(): Secret {
    const secret = new Secret(this, 'TestSecret', {
      description: `With it, requests pick their environment by the header ${ENVIRONMENT_HEADER}`,
      generateSecretString: { passwordLength: 32, excludeUppercase: true, excludePunctuation: true },
      // A new stage generates a new one.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    acknowledge(
      secret,
      'AwsSolutions-SMG4',
      'It opens nothing but the choice of an environment; the rules take a new one with a deployment only.',
    );
    return secret;
  }
}
