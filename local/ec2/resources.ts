import * as z from 'zod';
import type { Json, JsonObject } from '../aws.ts';
import type { Creator, Definitions } from '../resources.ts';
import type { Network } from './network.ts';

/** Nothing goes through them here: who reaches whom is decided by policies and associations alone. */
const INERT = [
  'InternetGateway',
  'Route',
  'RouteTable',
  'SecurityGroupEgress',
  'SecurityGroupIngress',
  'Subnet',
  'SubnetRouteTableAssociation',
  'VPCGatewayAttachment',
];

const Endpoint = z.looseObject({
  VpcEndpointType: z.literal('Interface', {
    error: 'VpcEndpointType: only interface endpoints are supported',
  }),
  ServiceName: z.string().endsWith('.execute-api', { error: 'ServiceName: only execute-api is supported' }),
  SubnetIds: z.array(z.string()).min(1),
});

/** VPCs as templates define them, and what templates ask EC2 while they are deployed. */
export const networking = ({ network, functions }: Definitions): Record<string, Creator> => ({
  ...Object.fromEntries(
    INERT.map((type): [string, Creator] => [
      `AWS::EC2::${type}`,
      ({ name }) => ({ ref: name, attributes: {} }),
    ]),
  ),
  'AWS::EC2::VPC': ({ name, properties }) => ({
    ref: name,
    attributes: { VpcId: name, CidrBlock: String(properties.CidrBlock) },
  }),
  'AWS::EC2::SecurityGroup': ({ name }) => ({ ref: name, attributes: { GroupId: name, Id: name } }),
  'AWS::EC2::VPCEndpoint': ({ name, properties }) => {
    const { SubnetIds } = Endpoint.parse(properties);
    const id = `vpce-${name}`;
    return { ref: id, attributes: { Id: id, NetworkInterfaceIds: network.createEndpoint(id, SubnetIds) } };
  },
  'Custom::AWS': ({ properties }) => {
    // Only CloudFormation calls that function, and what it would do is done here.
    functions.delete(String(properties.ServiceToken));
    return answered(SdkCall.parse(JSON.parse(String(properties.Create ?? properties.Update))), network);
  },
});

/** How CDK writes down the call of an SDK that a custom resource stands for. */
const SdkCall = z.object({
  service: z.string(),
  action: z.string(),
  parameters: z.record(z.string(), z.json()).default({}),
  physicalResourceId: z.object({ id: z.string() }),
});
type SdkCall = z.infer<typeof SdkCall>;

const Interfaces = z.strictObject({ NetworkInterfaceIds: z.array(z.string()) });

function answered({ service, action, parameters, physicalResourceId }: SdkCall, network: Network) {
  if (service !== 'EC2' || action !== 'describeNetworkInterfaces') {
    throw new Error(`${service}:${action} is not supported during a deployment`);
  }
  const { NetworkInterfaceIds } = Interfaces.parse(parameters);
  const answer = network.describeNetworkInterfaces(NetworkInterfaceIds);
  return { ref: physicalResourceId.id, attributes: flat(answer) };
}

/** As CDK's function answers: each value under the path that leads to it, `NetworkInterfaces.0.PrivateIpAddress`. */
function flat(value: JsonObject | Json[], path = ''): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      typeof item === 'object' && item !== null
        ? flat(item, `${path}${key}.`)
        : { [path + key]: String(item) },
    ),
  ) as Record<string, string>;
}
