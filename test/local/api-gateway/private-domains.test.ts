import { describe, expect, it } from 'vitest';
import { type PrivateApi, PrivateDomains } from '../../../local/api-gateway/private-domains.ts';
import type { Json, JsonObject } from '../../../local/aws.ts';

const HOST = 'door.example';

const only = (endpoint: string, changes: JsonObject = {}): JsonObject => ({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Principal: '*',
      Action: 'execute-api:Invoke',
      Resource: 'execute-api:/*',
      Condition: { StringEquals: { 'aws:SourceVpce': endpoint } },
      ...changes,
    },
  ],
});

interface Wiring {
  readonly name: string;
  readonly domainPolicy: Json | undefined;
  readonly mappedTo: string;
  readonly stage: string;
  readonly associated: string;
  readonly api: Partial<PrivateApi>;
}

/** A domain of each environment, both of the same name; what a test changes is blue's. @returns which API answers */
function wired(changes: Partial<Wiring> = {}): (endpoint: string, host?: string) => string | undefined {
  const domains = new PrivateDomains();
  const apis = new Map<string, PrivateApi>();
  for (const color of ['blue', 'green']) {
    const endpoint = `vpce-${color}`;
    const { name, domainPolicy, mappedTo, stage, associated, api }: Wiring = {
      name: HOST,
      domainPolicy: only(endpoint),
      mappedTo: `${color}-api`,
      stage: 'api',
      associated: endpoint,
      api: {},
      ...(color === 'blue' ? changes : {}),
    };
    apis.set(`${color}-api`, { private: true, policy: only(endpoint), stageName: 'api', ...api });
    const DomainNameArn = domains.createDomain(color, {
      DomainName: name,
      CertificateArn: 'arn:certificate',
      EndpointConfiguration: { Types: ['PRIVATE'] },
      ...(domainPolicy === undefined ? {} : { Policy: domainPolicy }),
    });
    domains.map({ DomainNameArn, RestApiId: mappedTo, Stage: stage });
    domains.associate({
      DomainNameArn,
      AccessAssociationSource: associated,
      AccessAssociationSourceType: 'VPCE',
    });
  }
  return (endpoint, host = HOST) => domains.apiFor(endpoint, host, apis);
}

it('the endpoint decides which of two domains of one name answers', () => {
  const apiFor = wired();
  expect(apiFor('vpce-blue')).toBe('blue-api');
  expect(apiFor('vpce-green')).toBe('green-api');
});

describe('forbidden is', () => {
  it('another host, and an endpoint that nothing is associated with', () => {
    expect(wired()('vpce-blue', 'other.example')).toBeUndefined();
    expect(wired()('vpce-red')).toBeUndefined();
  });

  it.each<[string, Partial<Wiring>]>([
    ['a domain of another name', { name: 'other.example' }],
    ['a domain without a policy', { domainPolicy: undefined }],
    ['a domain that admits the other endpoint', { domainPolicy: only('vpce-green') }],
    ['an association with another endpoint', { associated: 'vpce-red' }],
    ['an API without a policy', { api: { policy: undefined } }],
    ['an API that admits the other endpoint', { api: { policy: only('vpce-green') } }],
    [
      'a policy about another API',
      { api: { policy: only('vpce-blue', { Resource: 'arn:aws:execute-api:*:*:x/*' }) } },
    ],
    [
      'a policy about another action',
      { api: { policy: only('vpce-blue', { Action: 'execute-api:ManageConnections' }) } },
    ],
    ['an API that denies the endpoint', { api: { policy: only('vpce-blue', { Effect: 'Deny' }) } }],
    ['an API that is not private', { api: { private: false } }],
  ])('%s', (_, changes) => {
    const apiFor = wired(changes);
    expect(apiFor('vpce-blue')).toBeUndefined();
    expect(apiFor('vpce-green')).toBe('green-api');
  });
});

it('policies may name the API, and deny all other endpoints', () => {
  const resource = (Resource: string) => ({ api: { policy: only('vpce-blue', { Resource }) } });
  expect(wired(resource('arn:aws:execute-api:*:*:blue-api/*'))('vpce-blue')).toBe('blue-api');
  const allow = only('x', { Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-red' } } });
  expect(wired({ api: { policy: allow } })('vpce-blue')).toBe('blue-api');
});

it.each<[string, Partial<Wiring>]>([
  ['stage', { stage: 'prod' }],
  ['API', { mappedTo: 'red-api' }],
])('a mapping to a %s that does not exist is an error', (_, changes) => {
  expect(() => wired(changes)('vpce-blue')).toThrow(
    /leads to the stage \w+ of the REST API [\w-]+, which does not exist/,
  );
});

it.each<[string, JsonObject]>([
  ['Principal', { Principal: { AWS: 'arn:aws:iam::1:root' } }],
  ['Condition', { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }],
])('a policy with another %s is refused by name', (field, changes) => {
  expect(() => wired({ domainPolicy: only('vpce-blue', changes) })).toThrow(field);
});
