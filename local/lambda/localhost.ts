import dns from 'node:dns';

interface Options {
  readonly all?: boolean;
}

type Callback = (error: Error | null, address: unknown, family?: number) => void;

/**
 * Makes every name under `.localhost` resolve in this thread, which not every machine's resolver does. The SDK
 * makes such names: StartSyncExecution puts `sync-` before the endpoint's host name.
 */
export function resolveLocalhost(): void {
  const lookup = dns.lookup;
  const local = (hostname: string, ...rest: unknown[]): void => {
    if (!hostname.endsWith('.localhost')) {
      Reflect.apply(lookup, dns, [hostname, ...rest]);
      return;
    }
    const callback = rest.at(-1) as Callback;
    const { all } = rest.length > 1 && typeof rest[0] === 'object' ? (rest[0] as Options) : {};
    const address = '127.0.0.1';
    process.nextTick(() => (all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4)));
  };
  dns.lookup = Object.assign(local, { __promisify__: lookup.__promisify__ }) as typeof dns.lookup;
}
