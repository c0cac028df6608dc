import { AwsError, type JsonObject } from '../aws.ts';

interface NetworkInterface {
  readonly address: string;
  /** Of the endpoint that it belongs to. */
  readonly endpointId: string;
}

/** The one thing in a VPC that has a behaviour here: interface endpoints, with an address in each of their subnets. */
export class Network {
  /** By id. */
  readonly #interfaces = new Map<string, NetworkInterface>();

  /** @returns the ids of its network interfaces, one for each subnet */
  createEndpoint(endpointId: string, subnetIds: readonly string[]): string[] {
    return subnetIds.map((_, index) => {
      const number = this.#interfaces.size;
      const address = `10.0.${Math.floor(number / 250)}.${(number % 250) + 4}`;
      const id = `eni-${endpointId}-${index}`;
      this.#interfaces.set(id, { address, endpointId });
      return id;
    });
  }

  /** Pairs of an address and the id of the endpoint that has it. */
  get endpoints(): readonly (readonly [string, string])[] {
    return [...this.#interfaces.values()].map(({ address, endpointId }) => [address, endpointId]);
  }

  /** DescribeNetworkInterfaces, by their ids. @throws AwsError if there is no such one */
  describeNetworkInterfaces(ids: readonly string[]): JsonObject {
    return {
      NetworkInterfaces: ids.map((id) => {
        const found = this.#interfaces.get(id);
        if (found === undefined) {
          throw new AwsError(
            'InvalidNetworkInterfaceID.NotFound',
            `The network interface ID '${id}' does not exist`,
          );
        }
        return { NetworkInterfaceId: id, PrivateIpAddress: found.address, Status: 'in-use' };
      }),
    };
  }
}
