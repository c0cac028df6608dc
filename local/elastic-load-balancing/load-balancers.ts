import * as z from 'zod';
import { AwsError, type JsonObject } from '../aws.ts';
import { accountId, region } from '../messaging/account.ts';
import { compileAction, type Decide, type Decision, TargetGroup, weightsOf } from './actions.ts';
import { compileConditions, type Matches, type RequestHead } from './conditions.ts';
import {
  type Action,
  type Condition,
  checkLoadBalancer,
  type ListenerProperties,
  listenerProperties,
  modification,
  namedRules,
  ruleProperties,
  targetAddresses,
} from './properties.ts';

interface Rule {
  readonly arn: string;
  readonly priority: number;
  readonly conditions: readonly Condition[];
  readonly matches: Matches;
  /** What the rule's action is compiled for. */
  readonly listener: ListenerAddress;
  action: Action;
  decide: Decide;
}

/** Where a load balancer is called. */
export type ListenerAddress = { readonly arn: string } & Pick<
  ListenerProperties,
  'LoadBalancerArn' | 'Port' | 'Protocol'
>;

interface Listener extends ListenerAddress {
  /** In the order of their priorities. */
  readonly rules: Rule[];
  readonly decide: Decide;
}

const arnOf = (resource: string): string => `arn:aws:elasticloadbalancing:${region}:${accountId}:${resource}`;
/** What metrics call a load balancer: `app/<name>/<id>`. */
export const loadBalancerFullName = (arn: string): string => arn.split(':loadbalancer/').at(-1) ?? '';

/** What metrics call a target group: `targetgroup/<name>/<id>`. */
export const targetGroupFullName = (arn: string): string => arn.split(':').at(-1) ?? '';

/** In place of the random digits that AWS puts into ARNs. */
const ID = 'local';

/** Application load balancers: listeners, their rules, and where a request goes. */
export class LoadBalancers {
  readonly #loadBalancers = new Set<string>();
  readonly #listeners = new Map<string, Listener>();
  readonly #rules = new Map<string, Rule>();
  readonly #targetGroups = new Map<string, TargetGroup>();
  readonly #random: () => number;

  /** @param random from 0 to below 1: what chooses by weights */
  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** @returns the ARN @throws Error for what is not supported */
  createLoadBalancer(name: string, properties: JsonObject): string {
    checkLoadBalancer(properties);
    const arn = arnOf(`loadbalancer/app/${name}/${ID}`);
    this.#loadBalancers.add(arn);
    return arn;
  }

  /** @returns the ARN @throws Error for what is not supported */
  createTargetGroup(name: string, properties: JsonObject): string {
    const arn = arnOf(`targetgroup/${name}/${ID}`);
    this.#targetGroups.set(arn, new TargetGroup(targetGroupFullName(arn), targetAddresses(properties)));
    return arn;
  }

  /** @returns the ARN @throws Error for what is not supported, or does not exist */
  createListener(name: string, properties: JsonObject): string {
    const parsed = listenerProperties(properties);
    if (!this.#loadBalancers.has(parsed.LoadBalancerArn)) {
      throw new Error(`There is no load balancer ${parsed.LoadBalancerArn}`);
    }
    const arn = `${parsed.LoadBalancerArn.replace(':loadbalancer/', ':listener/')}/${name}`;
    const { LoadBalancerArn, Port, Protocol, DefaultActions } = parsed;
    const decide = this.#compile(DefaultActions, parsed);
    this.#listeners.set(arn, { arn, LoadBalancerArn, Port, Protocol, rules: [], decide });
    return arn;
  }

  /** @returns the ARN @throws Error for what is not supported, does not exist, or has another rule's priority */
  createRule(name: string, properties: JsonObject): string {
    const { ListenerArn, Priority, Conditions: conditions, Actions: action } = ruleProperties(properties);
    const listener = this.#listener(ListenerArn);
    if (listener.rules.some(({ priority }) => priority === Priority)) {
      throw new Error(`Priority ${Priority} is taken`);
    }
    const rule: Rule = {
      arn: `${ListenerArn.replace(':listener/', ':listener-rule/')}/${name}`,
      priority: Priority,
      conditions,
      matches: compileConditions(conditions),
      listener,
      action,
      decide: this.#compile(action, listener),
    };
    this.#rules.set(rule.arn, rule);
    listener.rules.push(rule);
    listener.rules.sort((one, other) => one.priority - other.priority);
    return rule.arn;
  }

  get listeners(): readonly ListenerAddress[] {
    return [...this.#listeners.values()];
  }

  /** By the first rule whose conditions hold, else by the listener's default action. */
  decide(listenerArn: string, request: RequestHead): Decision {
    const listener = this.#listener(listenerArn);
    const rule = listener.rules.find(({ matches }) => matches(request));
    return (rule ?? listener).decide(request);
  }

  /** ModifyRule: another action for a rule. @throws AwsError as AWS answers it */
  modifyRule(input: JsonObject): JsonObject {
    const { RuleArn, Actions: action } = checked(() => modification(input));
    const rule = this.#rule(RuleArn);
    rule.decide = this.#compile(action, rule.listener);
    rule.action = action;
    return { Rules: [description(rule)] };
  }

  /** DescribeRules, by their ARNs. @throws AwsError as AWS answers it */
  describeRules(input: JsonObject): JsonObject {
    const arns = checked(() => namedRules(input));
    return { Rules: arns.map((arn) => description(this.#rule(arn))) };
  }

  #compile(action: Action, { Port: port, Protocol: protocol }: { Port: number; Protocol: string }): Decide {
    const targetGroup = (arn: string): TargetGroup => {
      const group = this.#targetGroups.get(arn);
      if (group !== undefined) return group;
      throw new AwsError('TargetGroupNotFound', `Target group '${arn}' not found`);
    };
    return compileAction(action, { targetGroup, random: this.#random, port, protocol });
  }

  #listener(arn: string): Listener {
    const listener = this.#listeners.get(arn);
    if (listener !== undefined) return listener;
    throw new AwsError('ListenerNotFound', `Listener '${arn}' not found`);
  }

  #rule(arn: string): Rule {
    const rule = this.#rules.get(arn);
    if (rule !== undefined) return rule;
    throw new AwsError('RuleNotFound', `Rule '${arn}' not found`);
  }
}

function checked<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof z.ZodError ? error.issues[0]?.message : undefined;
    throw new AwsError('ValidationError', reason ?? String(error));
  }
}

const description = ({ arn, priority, conditions, action }: Rule): JsonObject => ({
  RuleArn: arn,
  Priority: String(priority),
  Conditions: conditions.map(asJson),
  Actions: [action.Type === 'forward' ? asAnswered(action) : asJson(action)],
  IsDefault: false,
});

/** Whichever way a forward action was written, AWS answers it with weights; and, of one target group, in both ways. */
function asAnswered(action: Extract<Action, { Type: 'forward' }>): JsonObject {
  const TargetGroups = weightsOf(action);
  const [only, ...others] = TargetGroups;
  return {
    Type: 'forward',
    ...(only === undefined || others.length > 0 ? {} : { TargetGroupArn: only.TargetGroupArn }),
    ForwardConfig: { TargetGroups, TargetGroupStickinessConfig: { Enabled: false } },
  };
}

/** What is undefined in an object is not there in JSON. */
const asJson = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;
