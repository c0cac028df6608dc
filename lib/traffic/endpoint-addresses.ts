import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import type { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { AwsCustomResource, type AwsSdkCall, PhysicalResourceId } from 'aws-cdk-lib/custom-resources';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';

/** A call of EC2, with retries. */
const DESCRIBED_WITHIN = Duration.seconds(30);

/** Addresses of endpoints, which CloudFormation does not know: a function asks EC2 during a deployment. */
export class EndpointAddresses extends Construct {
  readonly #logGroup: LogGroup;
  readonly #role: Role;

  constructor(scope: Construct, id: string, stage: StageConfig) {
    super(scope, id);
    this.#logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    // Not CDK's default role: its managed policy allows writing to every log group of the account.
    this.#role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.#logGroup.grantWrite(this.#role);
    Grant.addToPrincipal({
      grantee: this.#role,
      actions: ['ec2:DescribeNetworkInterfaces'],
      resourceArns: ['*'],
    });
    acknowledge(
      this,
      'AwsSolutions-IAM5[Resource::*]',
      'EC2 knows no resources in what describes network interfaces: AWS asks for *.',
    );
  }

  /** One for each network interface, in no particular order. They stay as long as the endpoint does. */
  of(environment: EnvironmentName, endpoint: InterfaceVpcEndpoint, interfaces: number): string[] {
    const indices = Array.from({ length: interfaces }, (_, index) => index);
    const path = (index: number) => `NetworkInterfaces.${index}.PrivateIpAddress`;
    const describe: AwsSdkCall = {
      service: 'EC2',
      action: 'describeNetworkInterfaces',
      parameters: {
        NetworkInterfaceIds: indices.map((index) =>
          Fn.select(index, endpoint.vpcEndpointNetworkInterfaceIds),
        ),
      },
      outputPaths: indices.map(path),
      physicalResourceId: PhysicalResourceId.of(endpoint.vpcEndpointId),
    };
    const described = new AwsCustomResource(this, environment, {
      onUpdate: describe,
      role: this.#role,
      logGroup: this.#logGroup,
      installLatestAwsSdk: false,
      timeout: DESCRIBED_WITHIN,
    });
    return indices.map((index) => described.getResponseField(path(index)));
  }
}
