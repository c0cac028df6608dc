import * as z from 'zod';
import type { Json, JsonObject } from '../aws.ts';
import { accountId, region } from '../messaging/account.ts';
import { type Admits, compileResourcePolicy } from './resource-policy.ts';

const Domain = z.strictObject({
  DomainName: z.string(),
  CertificateArn: z.string(),
  EndpointConfiguration: z.looseObject({
    Types: z.tuple([z.literal('PRIVATE')], { error: 'EndpointConfiguration: only PRIVATE is supported' }),
  }),
  Policy: z.json().optional(),
  SecurityPolicy: z.string().optional(),
  Tags: z.array(z.json()).optional(),
});

const Mapping = z.strictObject({
  DomainNameArn: z.string(),
  RestApiId: z.string(),
  Stage: z.string(),
  BasePath: z.literal('', { error: 'BasePath: only the domain’s root is supported' }).optional(),
});
type Mapping = z.infer<typeof Mapping>;

const Association = z.strictObject({
  DomainNameArn: z.string(),
  AccessAssociationSource: z.string(),
  AccessAssociationSourceType: z.literal('VPCE'),
  Tags: z.array(z.json()).optional(),
});

/** What of a REST API says who may reach it how. */
export interface PrivateApi {
  readonly private: boolean;
  /** Its resource policy. */
  readonly policy: Json | undefined;
  /** Name of its stage. */
  readonly stageName: string | undefined;
}

interface PrivateDomain {
  readonly name: string;
  readonly admits: Admits;
}

/** Private custom domains: they lead requests that come through an endpoint to a private API. */
export class PrivateDomains {
  readonly #domains = new Map<string, PrivateDomain>();
  readonly #mappings: Mapping[] = [];
  readonly #associations: { domainArn: string; endpointId: string }[] = [];

  /** @returns the ARN @throws Error for what is not supported */
  createDomain(id: string, properties: JsonObject): string {
    const { DomainName: name, Policy } = Domain.parse(properties);
    // Domains of one name are told apart by their ids.
    const arn = `arn:aws:apigateway:${region}:${accountId}:/domainnames/${name}+${id}`;
    const resource = `arn:aws:execute-api:${region}:${accountId}:/domainnames/${name}+${id}`;
    this.#domains.set(arn, { name, admits: compileResourcePolicy(Policy, resource) });
    return arn;
  }

  /** @throws Error for what is not supported, and if there is no such domain */
  map(properties: JsonObject): void {
    const mapping = Mapping.parse(properties);
    this.#check(mapping.DomainNameArn);
    this.#mappings.push(mapping);
  }

  /** @throws Error for what is not supported, and if there is no such domain */
  associate(properties: JsonObject): void {
    const { DomainNameArn, AccessAssociationSource } = Association.parse(properties);
    this.#check(DomainNameArn);
    this.#associations.push({ domainArn: DomainNameArn, endpointId: AccessAssociationSource });
  }

  /**
   * The private API that answers a request which comes through an endpoint and names a host. API Gateway lets it pass
   * if a domain of that name is associated with the endpoint and leads to the API, and both policies admit the endpoint.
   * @returns its id; `undefined` if API Gateway forbids the request
   * @throws Error for a mapping to a stage that does not exist
   */
  apiFor(endpointId: string, host: string, apis: ReadonlyMap<string, PrivateApi>): string | undefined {
    for (const { domainArn } of this.#associations.filter((one) => one.endpointId === endpointId)) {
      const domain = this.#domains.get(domainArn);
      const mapping = this.#mappings.find(({ DomainNameArn }) => DomainNameArn === domainArn);
      if (domain?.name !== host || mapping === undefined) continue;
      const { RestApiId: id, Stage: stage } = mapping;
      const api = apis.get(id);
      if (api === undefined || api.stageName !== stage) {
        throw new Error(
          `The domain ${host} leads to the stage ${stage} of the REST API ${id}, which does not exist`,
        );
      }
      const resource = `arn:aws:execute-api:${region}:${accountId}:${id}/${stage}/GET/`;
      if (!api.private || !domain.admits(endpointId)) return undefined;
      return compileResourcePolicy(api.policy, resource)(endpointId) ? id : undefined;
    }
    return undefined;
  }

  #check(domainArn: string): void {
    if (!this.#domains.has(domainArn)) throw new Error(`There is no domain ${domainArn}`);
  }
}
