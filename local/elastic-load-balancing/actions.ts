import type { RequestHead } from './conditions.ts';
import type { Action } from './properties.ts';

/** Its targets take turns. */
export class TargetGroup {
  /** What metrics call it: `targetgroup/<name>/<id>`. */
  readonly fullName: string;
  readonly addresses: readonly string[];
  #turn = 0;

  constructor(fullName: string, addresses: readonly string[]) {
    this.fullName = fullName;
    this.addresses = addresses;
  }

  /** @returns the address of the target whose turn it is; `undefined` if there is none */
  next(): string | undefined {
    this.#turn = (this.#turn + 1) % Math.max(1, this.addresses.length);
    return this.addresses[this.#turn];
  }
}

/** What the load balancer says itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Where a request goes: to the address of a target, or nowhere beyond the load balancer. */
export type Decision = { readonly target: string; readonly targetGroup: TargetGroup } | OwnAnswer;

export type Decide = (request: RequestHead) => Decision;

interface Context {
  /** @throws Error if there is none */
  readonly targetGroup: (arn: string) => TargetGroup;
  /** From 0 to below 1. */
  readonly random: () => number;
  /** Of the listener. */
  readonly port: number;
  readonly protocol: string;
}

/** @throws Error for a target group that does not exist */
export function compileAction(action: Action, context: Context): Decide {
  if (action.Type === 'fixed-response') {
    const { StatusCode, ContentType, MessageBody } = action.FixedResponseConfig;
    const answer = { status: StatusCode, headers: { 'content-type': ContentType }, body: MessageBody };
    return () => answer;
  }
  if (action.Type === 'redirect') return redirect(action.RedirectConfig, context);
  return forward(action, context);
}

type Of<Type extends Action['Type']> = Extract<Action, { Type: Type }>;

/** Target groups and their weights. One alone needs none. */
export const weightsOf = ({ TargetGroupArn, ForwardConfig }: Of<'forward'>) =>
  (ForwardConfig?.TargetGroups ?? [{ TargetGroupArn: TargetGroupArn ?? '' }]).map(
    ({ TargetGroupArn, Weight = 1 }: { TargetGroupArn: string; Weight?: number | undefined }) => ({
      TargetGroupArn,
      Weight,
    }),
  );

function forward(action: Of<'forward'>, { targetGroup, random }: Context): Decide {
  const groups = weightsOf(action).map(({ TargetGroupArn, Weight }) => ({
    group: targetGroup(TargetGroupArn),
    weight: Weight,
  }));
  const total = groups.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random() * total;
    const chosen = groups.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    const target = chosen?.group.next();
    return chosen === undefined || target === undefined ? NO_TARGET : { target, targetGroup: chosen.group };
  };
}

function redirect(
  { Protocol, Host, Port, Path, Query, StatusCode }: Of<'redirect'>['RedirectConfig'],
  { port, protocol }: Context,
): Decide {
  const status = StatusCode === 'HTTP_301' ? 301 : 302;
  return ({ url, host }) => {
    const [path = '', query = ''] = split(url);
    const values: Readonly<Record<string, string>> = {
      protocol: protocol.toLowerCase(),
      host,
      port: String(port),
      path: path.replace(/^\//, ''),
      query,
    };
    const filled = (text: string) =>
      text.replaceAll(/#\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
    const search = filled(Query);
    const origin = `${filled(Protocol).toLowerCase()}://${filled(Host)}:${filled(Port)}`;
    const location = `${origin}${filled(Path)}${search === '' ? '' : `?${search}`}`;
    return {
      ...ownAnswer(status, status === 301 ? 'Moved Permanently' : 'Found'),
      headers: { ...HTML, location },
    };
  };
}

function split(url: string): [string, string] {
  const mark = url.indexOf('?');
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

const HTML = { 'content-type': 'text/html' };

/** An answer in the load balancer's own words. */
export function ownAnswer(status: number, reason: string): OwnAnswer {
  const title = `${status} ${reason}`;
  const body =
    `<html>\r\n<head><title>${title}</title></head>\r\n` +
    `<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  return { status, headers: HTML, body };
}

/** Nobody is there to take the request, or no target group has a weight. */
const NO_TARGET = ownAnswer(503, 'Service Temporarily Unavailable');
