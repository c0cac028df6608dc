import {
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledged.ts';
import type { EnvironmentName, StageConfig } from '../stages.ts';
import { tagBuildingBlock } from '../tags.ts';

/** What a load balancer needs at least, and enough to lose one. */
const ZONES = 2;

const PUBLIC = 'Public';
const ENDPOINTS = 'Endpoints';

/**
 * Where the front door stands, and the one way from it to the private APIs: an endpoint for each environment. Nothing
 * else is in it, and nothing in it can call out: there is no NAT gateway, which would cost 37 USD a month in each zone.
 */
export class Network extends Construct {
  readonly vpc: Vpc;
  /** Of API Gateway, by environment: whatever comes in through one of them reaches that environment only. */
  readonly endpoints: ReadonlyMap<EnvironmentName, InterfaceVpcEndpoint>;
  /** Of the load balancer. */
  readonly doorSecurityGroup: SecurityGroup;

  constructor(scope: Construct, id: string, { environments }: StageConfig) {
    super(scope, id);
    tagBuildingBlock(this, 'network');
    this.vpc = new Vpc(this, 'Vpc', {
      // It is connected to no other network, so any range does. A load balancer asks for at least a /27 per subnet.
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      maxAzs: ZONES,
      natGateways: 0,
      subnetConfiguration: [
        { name: PUBLIC, subnetType: SubnetType.PUBLIC, cidrMask: 27, mapPublicIpOnLaunch: false },
        { name: ENDPOINTS, subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: 27 },
      ],
      // A function of CDK's would empty it. Nothing is in that group: what there is has groups of its own.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(
      this.vpc,
      'AwsSolutions-VPC7',
      'Only AWS’s own load balancer and endpoints are in it; flow logs would add nothing but addresses of users.',
    );

    this.doorSecurityGroup = new SecurityGroup(this, 'DoorSecurityGroup', {
      vpc: this.vpc,
      description: 'The load balancer: anybody to it, and from it to the endpoints',
      allowAllOutbound: false,
    });
    acknowledge(
      this.doorSecurityGroup,
      'AwsSolutions-EC23',
      'It is the front door of a public API: apps come from any address.',
    );
    const endpointSecurityGroup = new SecurityGroup(this, 'EndpointSecurityGroup', {
      vpc: this.vpc,
      description: 'The endpoints of API Gateway: from the load balancer only',
      allowAllOutbound: false,
    });
    this.doorSecurityGroup.addIngressRule(Peer.anyIpv4(), Port.HTTPS, 'Apps');
    this.doorSecurityGroup.addIngressRule(Peer.anyIpv4(), Port.HTTP, 'Redirected to HTTPS');
    this.doorSecurityGroup.addEgressRule(endpointSecurityGroup, Port.HTTPS, 'To the private APIs');
    endpointSecurityGroup.addIngressRule(this.doorSecurityGroup, Port.HTTPS, 'From the load balancer');

    this.endpoints = new Map(
      environments.map((environment) => [
        environment,
        new InterfaceVpcEndpoint(this, `Endpoint-${environment}`, {
          vpc: this.vpc,
          service: InterfaceVpcEndpointAwsService.APIGATEWAY,
          subnets: { subnetGroupName: ENDPOINTS },
          securityGroups: [endpointSecurityGroup],
          // Two endpoints of one service cannot both have its name; the load balancer goes by address anyway.
          privateDnsEnabled: false,
          open: false,
        }),
      ]),
    );
  }

  get publicSubnets() {
    return { subnetGroupName: PUBLIC };
  }

  /** How many network interfaces, and addresses, an endpoint has: one in each zone. */
  get interfacesPerEndpoint(): number {
    return ZONES;
  }
}
