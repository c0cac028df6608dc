import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { EVENT_STATUS_PATH } from '../../functions/event-creation/paths.ts';
import type { BesideHandler, Front } from '../api-gateway/http-server.ts';
import type { Owner } from './building-blocks.ts';
import type { AccessLogBytes } from './log-lines.ts';
import type { Meter } from './meter.ts';
import type { Settings } from './settings.ts';

/**
 * API Gateway takes no money for requests without authorisation, and for those beyond the limits.
 * Source: Amazon API Gateway Developer Guide, «Amazon API Gateway pricing».
 */
const FREE_STATUSES: readonly number[] = [401, 403, 429];

const ACCEPTED = 202;

/** A request that has been answered. */
interface Answered {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** With the heads, without TLS and what is below it. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Counts what requests of REST APIs cost on their whole way: firewall, load balancer, endpoint, API and answer. */
export class ApiRequests {
  /** Of the app's API: accepted commands, all calls, and those that ask for a status. */
  readonly counts = { commands: 0, apiCalls: 0, statusPolls: 0 };
  readonly #meter: Meter;
  readonly #settings: Settings;
  /** What has gone through a connection before. */
  readonly #before = new WeakMap<Socket, { read: number; written: number }>();

  constructor(meter: Meter, settings: Settings) {
    this.#meter = meter;
    this.#settings = settings;
  }

  /** Sees the requests that come to the app's origin and are no others' to answer. */
  ofApp(api: Owner, logBytes: AccessLogBytes): BesideHandler {
    return (message, response) => {
      this.#onAnswer(message, response, (answered) => this.#appRequest(api, logBytes, answered));
      return false;
    };
  }

  /** Sees the requests of another API, before the front does. */
  of(api: Owner, logBytes: AccessLogBytes, front: Front): Front {
    return (message, response, proceed) => {
      this.#onAnswer(message, response, (answered) => this.#request(api, logBytes, answered));
      front(message, response, proceed);
    };
  }

  #onAnswer(message: IncomingMessage, response: ServerResponse, done: (answered: Answered) => void): void {
    const { socket, url = '/', method = '' } = message;
    response.once('finish', () => {
      const { read, written } = this.#before.get(socket) ?? { read: 0, written: 0 };
      const { bytesRead, bytesWritten } = socket;
      this.#before.set(socket, { read: bytesRead, written: bytesWritten });
      const query = url.indexOf('?');
      done({
        method,
        path: query < 0 ? url : url.slice(0, query),
        status: response.statusCode,
        bytesIn: bytesRead - read,
        bytesOut: bytesWritten - written,
      });
    });
  }

  #appRequest(api: Owner, logBytes: AccessLogBytes, answered: Answered): void {
    const { path, status, bytesIn, bytesOut } = answered;
    const { loadBalancer, firewall, endpoints } = this.#settings;
    const isPoll = path === EVENT_STATUS_PATH;
    this.counts.apiCalls += 1;
    if (isPoll) this.counts.statusPolls += 1;
    else if (status === ACCEPTED) this.counts.commands += 1;

    const { block } = this.#request(isPoll ? { ...api, block: 'status-polls' } : api, logBytes, answered);
    if (firewall) this.#meter.add({ block, resource: 'Firewall' }, 'waf:requests', 1);
    if (loadBalancer) {
      this.#meter.add({ block, resource: 'LoadBalancer' }, 'load-balancer:requests', 1);
      this.#meter.add({ block, resource: 'LoadBalancer' }, 'load-balancer:bytes', bytesIn + bytesOut);
    }
    if (endpoints) this.#meter.add({ block, resource: 'Endpoint' }, 'endpoint:bytes', bytesIn + bytesOut);
    this.#meter.add({ block, resource: 'Answers' }, 'data-transfer:bytes', bytesOut);
  }

  /** @returns who pays for it */
  #request(api: Owner, logBytes: AccessLogBytes, answered: Answered): Owner {
    if (!FREE_STATUSES.includes(answered.status)) this.#meter.add(api, 'api-gateway:requests', 1);
    this.#meter.add(api, 'logs:bytes', logBytes(answered));
    return api;
  }
}
