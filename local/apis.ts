import { forbidden } from './api-gateway/forbidden.ts';
import type { Origin } from './api-gateway/http-server.ts';
import { createRestApi, type RestApi } from './api-gateway/rest-api.ts';
import type { AwsCall, Log } from './aws.ts';
import type { Outputs } from './cloudformation/deploy.ts';
import type { Metrics } from './cloudwatch/metrics.ts';
import { observeLoadBalancer, observeRestApi } from './cloudwatch/sources.ts';
import { createDoor, type Door, type Target } from './elastic-load-balancing/door.ts';
import { loadBalancerFullName } from './elastic-load-balancing/load-balancers.ts';
import { brokerFront } from './faults/broker-front.ts';
import type { Faults } from './faults/faults.ts';
import { accountId, region } from './messaging/engine.ts';
import type { StageMeter } from './metering/stage-meter.ts';
import { outputNamed } from './outputs.ts';
import type { Definitions } from './resources.ts';

const HOST = '127.0.0.1';

/** The stacks' parameters that a front door needs. Its name leads nowhere: the stage's own address stands for it. */
export const DOOR_PARAMETERS = {
  DomainName: 'front-door.local.invalid',
  CertificateArn: `arn:aws:acm:${region}:${accountId}:certificate/local`,
};

export interface ApisOptions {
  /** Of the app's API; 0 takes any free one. */
  readonly port: number;
  readonly awsCall: AwsCall;
  readonly log: Log;
  readonly stops: (() => unknown)[];
  readonly faults: Faults;
  readonly metrics: Metrics;
  readonly meter: Pick<StageMeter, 'ofApi'>;
}

export interface Apis {
  /** Where the app's API is served: at the load balancer's listener, or by the API itself. */
  readonly app: Origin;
  readonly url: string;
  /** Pairs of AWS URL and local URL. */
  readonly urls: [string, string][];
  /** From now on the front door lets requests through, if there is one. */
  open(): void;
}

/**
 * Serves what a stack's output `ApiUrl` names on the given port: the front door with the private APIs behind it, or the
 * one regional API. Other regional APIs are served on free ports.
 * @throws Error for a template that is not wired, and for a port that is taken
 */
export async function startApis(
  definitions: Definitions,
  outputs: Outputs,
  { port, awsCall, log, stops, faults, metrics, meter }: ApisOptions,
): Promise<Apis> {
  const apiUrl = outputNamed(outputs, 'ApiUrl');
  if (apiUrl === undefined) throw new Error('No stack has an output ApiUrl');
  const urls: [string, string][] = [];
  const privateApis = new Map<string, RestApi>();
  let app: { origin: Origin; url: string } | undefined;

  for (const [id, { stage, ...parts }] of definitions.restApis) {
    if (stage === undefined) throw new Error(`The REST API ${id} has no stage`);
    const definition = { id, rootResourceId: `${id}-root`, stage, region, accountId, ...parts };
    const api = createRestApi(definition, awsCall, log, observeRestApi(metrics, parts.name, stage.name));
    if (parts.private) {
      privateApis.set(id, api);
      continue;
    }
    const awsUrl = `https://${id}.execute-api.${region}.amazonaws.com/${stage.name}`;
    const isApp = apiUrl.startsWith(awsUrl);
    // The other one is the simulator's, with the broker API.
    if (!isApp) api.standBefore(meter.ofApi(id, brokerFront(faults)));
    const url = `http://${HOST}:${await listen(api, isApp ? port : 0)}`;
    stops.push(() => api.close());
    urls.push([awsUrl, url]);
    if (isApp) app = { origin: api, url };
  }
  if (app !== undefined) return { app: app.origin, url: app.url, urls, open: () => undefined };

  const door = createFrontDoor(definitions, new URL(apiUrl).hostname, privateApis, metrics);
  const url = `http://${HOST}:${await listen(door, port)}`;
  stops.push(async () => {
    // First the APIs, for it is they that ask clients to close their connections.
    for (const api of privateApis.values()) await api.close();
    await door.close();
  });
  urls.push([new URL(apiUrl).origin, url]);
  return { app: door, url, urls, open: () => door.open() };
}

/** The listener that speaks HTTPS on AWS. That of HTTP only redirects there, and nobody needs it here. */
function createFrontDoor(
  definitions: Definitions,
  host: string,
  privateApis: ReadonlyMap<string, RestApi>,
  metrics: Metrics,
): Door {
  const { loadBalancers } = definitions;
  const listener = loadBalancers.listeners.find(({ Protocol }) => Protocol === 'HTTPS');
  if (listener === undefined)
    throw new Error('The output ApiUrl names neither a REST API nor a load balancer');
  const targets = targetsOf(definitions, host, privateApis);
  const targetAt = (address: string) => targets.get(address);
  const observe = observeLoadBalancer(metrics, loadBalancerFullName(listener.LoadBalancerArn));
  return createDoor({ loadBalancers, listener, host, targetAt, observe });
}

/** What answers at each address of an endpoint, by way of the private domain of this name. */
function targetsOf(
  { network, privateDomains, restApis }: Definitions,
  host: string,
  privateApis: ReadonlyMap<string, RestApi>,
): ReadonlyMap<string, Target> {
  const apis = new Map(
    [...restApis].map(([id, api]) => [
      id,
      { private: api.private, policy: api.policy, stageName: api.stage?.name },
    ]),
  );
  return new Map(
    [...network.endpoints].map(([address, endpointId]) => {
      const id = privateDomains.apiFor(endpointId, host, apis);
      const api = id === undefined ? undefined : privateApis.get(id);
      return [address, api === undefined ? forbidden : api.receive];
    }),
  );
}

async function listen(origin: Origin, port: number): Promise<number> {
  try {
    return await origin.listen(port, HOST);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Error(`Port ${port} is taken. Choose another one: PORT=${port + 1} npm start`, {
        cause: error,
      });
    }
    throw error;
  }
}
