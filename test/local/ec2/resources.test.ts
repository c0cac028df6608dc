import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../../local/aws.ts';
import { networking } from '../../../local/ec2/resources.ts';
import { noDefinitions } from '../../../local/resources.ts';

const ENDPOINT = {
  VpcEndpointType: 'Interface',
  ServiceName: 'com.amazonaws.eu-central-1.execute-api',
  SubnetIds: ['one', 'two'],
  PrivateDnsEnabled: false,
};

function start() {
  const definitions = noDefinitions();
  const creators = networking(definitions);
  const create = (type: string, properties: JsonObject = {}, name = 'shared-Thing') =>
    creators[type]?.({ stackName: 's', logicalId: 'Thing', type, name, properties, assets: new Map() });
  const sdkCall = (call: JsonObject) =>
    create('Custom::AWS', { ServiceToken: 'arn:function', Create: JSON.stringify(call) });
  const describeInterfaces = (...NetworkInterfaceIds: string[]) =>
    sdkCall({
      service: 'EC2',
      action: 'describeNetworkInterfaces',
      parameters: { NetworkInterfaceIds },
      physicalResourceId: { id: 'vpce-1' },
      outputPaths: ['NetworkInterfaces.0.PrivateIpAddress'],
    });
  return { definitions, create, sdkCall, describeInterfaces };
}

describe('an endpoint', () => {
  it('has a network interface in each subnet, with an address that leads to it', async () => {
    const { definitions, create, describeInterfaces } = start();
    const blue = await create('AWS::EC2::VPCEndpoint', ENDPOINT, 'shared-Blue');
    const green = await create('AWS::EC2::VPCEndpoint', ENDPOINT, 'shared-Green');
    const ids = [blue, green].flatMap((endpoint) => endpoint?.attributes.NetworkInterfaceIds ?? []);
    expect(new Set(ids).size).toBe(4);

    const described = await describeInterfaces(...ids);
    const addresses = ids.map(
      (_, index) => described?.attributes[`NetworkInterfaces.${index}.PrivateIpAddress`],
    );
    expect(definitions.network.endpoints).toEqual(
      addresses.map((address, index) => [address, index < 2 ? blue?.ref : green?.ref]),
    );
    expect(new Set(addresses).size).toBe(4);
  });

  it.each<[string, JsonObject]>([
    ['VpcEndpointType', { ...ENDPOINT, VpcEndpointType: 'Gateway' }],
    ['ServiceName', { ...ENDPOINT, ServiceName: 'com.amazonaws.eu-central-1.s3' }],
  ])('of another %s is refused', (field, properties) => {
    expect(() => start().create('AWS::EC2::VPCEndpoint', properties)).toThrow(field);
  });
});

describe('what CloudFormation asks EC2', () => {
  it('is answered here, and the function that would do so is not started', async () => {
    const { definitions, create, describeInterfaces } = start();
    definitions.functions.set('arn:function', {
      name: 'f',
      codeDir: '/f',
      handler: 'index.handler',
      environment: {},
      timeoutSeconds: 1,
      memoryMb: 128,
      role: 'r',
      maxConcurrency: 1,
    });
    const endpoint = await create('AWS::EC2::VPCEndpoint', ENDPOINT);
    const [id = ''] = endpoint?.attributes.NetworkInterfaceIds ?? [];
    expect((await describeInterfaces(id))?.ref).toBe('vpce-1');
    expect(definitions.functions.size).toBe(0);
  });

  it('must exist', () => {
    expect(() => start().describeInterfaces('eni-none')).toThrow(/'eni-none' does not exist/);
  });

  test.each(['describeVpcs', 'terminateInstances'])('%s is refused by name', (action) => {
    expect(() => start().sdkCall({ service: 'EC2', action, physicalResourceId: { id: 'x' } })).toThrow(
      `EC2:${action} is not supported during a deployment`,
    );
  });
});
