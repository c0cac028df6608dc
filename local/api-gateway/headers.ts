/** Response headers that API Gateway does not let an integration set under their own names. */
const REMAPPED = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-md5',
  'date',
  'expect',
  'host',
  'max-forwards',
  'proxy-authenticate',
  'server',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'www-authenticate',
]);

/** The name under which the client gets a header that an integration sets. */
export function publicHeaderName(name: string): string {
  return REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name;
}

export function isHeaderName(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** A header may echo what the client sent; what is no printable ASCII is left out rather than the whole answer. */
export function headerSafe(value: string): string {
  return value.replace(/[^\t -~]/g, '');
}
