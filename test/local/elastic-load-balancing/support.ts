import type { IncomingHttpHeaders } from 'node:http';
import type { JsonObject } from '../../../local/aws.ts';
import { LoadBalancers } from '../../../local/elastic-load-balancing/load-balancers.ts';

export const BLUE = '10.0.0.4';
export const GREEN = '10.0.0.5';
export const SECRET = 'abcdefghijklmnopqrstuvwxyz012345';

export const targetGroup = (...addresses: string[]): JsonObject => ({
  Port: 443,
  Protocol: 'HTTPS',
  TargetType: 'ip',
  VpcId: 'vpc',
  Targets: addresses.map((Id) => ({ Id, Port: 443 })),
  TargetGroupAttributes: [{ Key: 'stickiness.enabled', Value: 'false' }],
});

export const forwardTo = (...weights: (readonly [string, number])[]): JsonObject => ({
  Type: 'forward',
  ForwardConfig: { TargetGroups: weights.map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })) },
});

export const header = (HttpHeaderName: string, ...Values: string[]): JsonObject => ({
  Field: 'http-header',
  HttpHeaderConfig: { HttpHeaderName, Values },
});

/**
 * A load balancer with a listener, the rules by which testers pick an environment, and the one with the weights, all to
 * blue. What no rule takes, nobody does.
 */
export function frontDoor(random?: () => number) {
  const loadBalancers = new LoadBalancers(random);
  const loadBalancer = loadBalancers.createLoadBalancer('door', { Type: 'application', Scheme: 'internal' });
  const blue = loadBalancers.createTargetGroup('blue', targetGroup(BLUE));
  const green = loadBalancers.createTargetGroup('green', targetGroup(GREEN));
  const listener = loadBalancers.createListener('https', {
    LoadBalancerArn: loadBalancer,
    Port: 443,
    Protocol: 'HTTPS',
    Certificates: [{ CertificateArn: 'arn:certificate' }],
    DefaultActions: [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
  });
  for (const [index, [name, group]] of [['blue', blue] as const, ['green', green] as const].entries()) {
    loadBalancers.createRule(name, {
      ListenerArn: listener,
      Priority: index + 1,
      Conditions: [header('x-environment', name), header('X-Test-Secret', SECRET)],
      Actions: [{ Type: 'forward', TargetGroupArn: group }],
    });
  }
  const weights = loadBalancers.createRule('weights', {
    ListenerArn: listener,
    Priority: 1000,
    Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/*'] } }],
    Actions: [forwardTo([blue, 100], [green, 0])],
  });
  const shift = (percentOfBlue: number) =>
    loadBalancers.modifyRule({
      RuleArn: weights,
      Actions: [forwardTo([blue, percentOfBlue], [green, 100 - percentOfBlue])],
    });
  /** The address of the target that a request goes to, or the load balancer's own answer. */
  const decide = (headers: IncomingHttpHeaders = {}, url = '/', host = 'door.example') => {
    const decision = loadBalancers.decide(listener, { url, host, headers });
    return 'target' in decision ? decision.target : decision;
  };
  return { loadBalancers, loadBalancer, listener, weights, blue, green, shift, decide };
}
