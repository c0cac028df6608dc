import { type IntegrationProperties, refuse } from './definition.ts';
import { type ParameterSource, parameterSource } from './parameter-mapping.ts';

/** What the properties of an AWS integration say about where and how to call. */
export interface Target {
  readonly region: string;
  readonly service: string;
  readonly kind: 'action' | 'path';
  /** What follows `action/` or `path/`. */
  readonly rest: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly query: readonly (readonly [string, ParameterSource])[];
}

export const FORM = 'application/x-www-form-urlencoded';
export const AMZ_JSON = 'application/x-amz-json-1.0';

/**
 * Understands the `Uri` of an AWS integration, `arn:aws:apigateway:{region}:{service}:action/{Action}` or
 * `…:path/{path}`, and its `RequestParameters`.
 * @param declared the method's own `RequestParameters`
 * @throws Error naming the method and the field
 */
export function parseTarget(
  label: string,
  integration: IntegrationProperties,
  declared: ReadonlySet<string>,
): Target {
  const uri = integration.Uri ?? '';
  const match = /^arn:[\w-]+:apigateway:([a-z0-9-]+):([a-z0-9-]+):(action|path)\/(.*)$/.exec(uri);
  if (match === null || uri.includes('${')) {
    return refuse(label, 'Integration.Uri', `${uri || 'missing'} is not supported`);
  }
  const [, region, service, kind, rest] = match as unknown as [
    string,
    string,
    string,
    Target['kind'],
    string,
  ];
  const headers = literalHeaders(label, integration);
  return { region, service, kind, rest, headers, query: querySources(label, integration, declared) };
}

const HEADER = 'integration.request.header.';
const QUERY = 'integration.request.querystring.';
const HEADERS = new Set(['content-type', 'x-amz-invocation-type', 'x-amz-target']);

function literalHeaders(label: string, { RequestParameters }: IntegrationProperties): Map<string, string> {
  const headers = new Map<string, string>();
  for (const [key, expression] of Object.entries(RequestParameters ?? {})) {
    if (key.startsWith(QUERY)) continue;
    const name = key.startsWith(HEADER) ? key.slice(HEADER.length).toLowerCase() : '';
    const value = /^'(.*)'$/.exec(expression)?.[1];
    if (!HEADERS.has(name) || value === undefined) {
      return refuse(label, `Integration.RequestParameters.${key}`, `${expression} is not supported`);
    }
    headers.set(name, value);
  }
  return headers;
}

function querySources(
  label: string,
  { RequestParameters }: IntegrationProperties,
  declared: ReadonlySet<string>,
): (readonly [string, ParameterSource])[] {
  const sources: (readonly [string, ParameterSource])[] = [];
  for (const [key, expression] of Object.entries(RequestParameters ?? {})) {
    if (!key.startsWith(QUERY)) continue;
    try {
      sources.push([key.slice(QUERY.length), parameterSource(expression, declared)]);
    } catch (error) {
      refuse(label, `Integration.RequestParameters.${key}`, (error as Error).message);
    }
  }
  return sources;
}
