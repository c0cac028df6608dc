import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AwsError, type Json, type JsonObject } from '../aws.ts';
import { type Endpoint, unsupported } from '../endpoint.ts';
import type { LoadBalancers } from './load-balancers.ts';

const NAMESPACE = 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/';

/**
 * Elastic Load Balancing's HTTP API in AWS's query protocol, as far as tools use it: DescribeRules. Nobody's rights are
 * looked at.
 */
export async function startLoadBalancingEndpoint(
  loadBalancers: Pick<LoadBalancers, 'describeRules'>,
): Promise<Pick<Endpoint, 'url' | 'close'>> {
  const call = (form: URLSearchParams): string => {
    const action = form.get('Action') ?? '';
    if (action !== 'DescribeRules') throw unsupported(action);
    const RuleArns = [...form].filter(([name]) => name.startsWith('RuleArns.member.')).map(([, arn]) => arn);
    const answer = loadBalancers.describeRules({ RuleArns });
    return envelope(`${action}Response`, { [`${action}Result`]: answer, ResponseMetadata: requestId() });
  };

  const server = createServer(async (request, response) => {
    const answer = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    try {
      answer(200, call(new URLSearchParams(await text(request))));
    } catch (error) {
      const known = error instanceof AwsError ? error : new AwsError('InternalFailure', String(error), 500);
      const told = { Type: 'Sender', Code: known.name, Message: known.message };
      answer(known.statusCode, envelope('ErrorResponse', { Error: told, ...requestId() }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    // Tools call it, outside of functions, where not every machine resolves names below localhost.
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const requestId = (): JsonObject => ({ RequestId: randomUUID() });

const envelope = (name: string, content: JsonObject): string =>
  `<${name} xmlns="${NAMESPACE}">${xml(content)}</${name}>`;

/** Lists have their items in elements `member`. */
function xml(value: Json): string {
  if (Array.isArray(value)) return value.map((item) => `<member>${xml(item)}</member>`).join('');
  if (value !== null && typeof value === 'object') {
    return Object.entries(value)
      .map(([name, item]) => `<${name}>${xml(item)}</${name}>`)
      .join('');
  }
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
