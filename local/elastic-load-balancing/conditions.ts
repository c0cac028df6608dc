import type { IncomingHttpHeaders } from 'node:http';
import type { Condition } from './properties.ts';

/** What rules and redirects look at. */
export interface RequestHead {
  /** With the query string. */
  readonly url: string;
  /** Without a port. */
  readonly host: string;
  readonly headers: IncomingHttpHeaders;
}

export type Matches = (request: RequestHead) => boolean;

/** Whether all of the conditions hold; of a condition's values, one must fit. */
export function compileConditions(conditions: readonly Condition[]): Matches {
  const compiled = conditions.map(compile);
  return (request) => compiled.every((matches) => matches(request));
}

function compile(condition: Condition): Matches {
  if (condition.Field === 'http-header') {
    const { HttpHeaderName, Values } = condition.HttpHeaderConfig;
    const name = HttpHeaderName.toLowerCase();
    const fits = anyOf(Values, 'i');
    return ({ headers }) => {
      const value = headers[name];
      return value !== undefined && fits(String(value));
    };
  }
  if (condition.Field === 'host-header') {
    const fits = anyOf(condition.HostHeaderConfig?.Values ?? condition.Values ?? [], 'i');
    return ({ host }) => fits(host);
  }
  const fits = anyOf(condition.PathPatternConfig?.Values ?? condition.Values ?? [], '');
  return ({ url }) => fits(pathOf(url));
}

/** Proxies send an absolute URL, whose path is meant. */
const pathOf = (url: string): string =>
  (url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '')).split('?', 1)[0] || '/';

/** In the values of rules, * stands for any text and ? for one character; in what callers send they stand for themselves. */
function anyOf(values: readonly string[], flags: string): (text: string) => boolean {
  const patterns = values.map((value) => {
    const escaped = value.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, `${flags}s`);
  });
  return (text) => patterns.some((pattern) => pattern.test(text));
}
